//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(raw)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
