//~ ?

use shop::*;

pub fn run(conn: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    conn.transaction(|conn| projects::table.count().get_result(conn))
    //~ right: scope.transaction(|conn| projects::table.count().get_result(conn))
}

fn main() {}
