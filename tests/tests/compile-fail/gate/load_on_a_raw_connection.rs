//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).load(raw)
    //~ right: projects::table.select(projects::name).load(scope)
}

fn main() {}
