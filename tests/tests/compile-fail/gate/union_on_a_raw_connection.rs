//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use diesel::dsl::Select;
use shop::*;

pub fn run(
    names: Select<projects::ScopedTable, projects::name>,
    raw: &mut PgConnection,
    scope: &mut Scoped<PgConnection>,
) -> QueryResult<Vec<String>> {
    tasks::table.select(tasks::title).union(names).load(raw)
    //~ right: tasks::table.select(tasks::title).union(names).load(scope)
}

fn main() {}
