//~ E0107
//~ type alias takes 1 generic argument but 2 generic arguments were supplied

use shop::*;
use tenancy_diesel::prelude::*;

pub fn count(conn: &mut Scoped<PgConnection, OrgId>) -> QueryResult<i64> {
    //~ right: pub fn count(conn: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(conn)
}

fn main() {}
