//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    raw.transaction(|conn| projects::table.count().get_result(conn))
    //~ right: scope.transaction(|conn| projects::table.count().get_result(conn))
}

fn main() {}
