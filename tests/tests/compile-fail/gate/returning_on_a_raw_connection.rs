//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<i32>> {
    delete(projects::table).returning(projects::id).get_results(raw)
    //~ right: delete(projects::table).returning(projects::id).get_results(scope)
}

fn main() {}
