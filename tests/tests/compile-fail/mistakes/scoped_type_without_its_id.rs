//~ E0107
//~ struct takes 2 generic arguments but 1 generic argument was supplied

use shop::{PgConnection, projects};
use tenancy_diesel::Scoped;
//~ right: use shop::Scoped;
use tenancy_diesel::prelude::*;

pub fn count(conn: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(conn)
}

fn main() {}
