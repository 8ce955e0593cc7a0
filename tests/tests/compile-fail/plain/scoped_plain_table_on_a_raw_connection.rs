//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    scoped(countries::table).count().get_result(raw)
    //~ right: scoped(countries::table).count().get_result(scope)
}

fn main() {}
