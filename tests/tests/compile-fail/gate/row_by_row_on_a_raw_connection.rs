//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use diesel::pg::PgRowByRowLoadingMode;
use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).load_iter::<String, PgRowByRowLoadingMode>(raw)?.collect()
    //~ right: projects::table.select(projects::name).load_iter::<String, PgRowByRowLoadingMode>(scope)?.collect()
}

fn main() {}
