//~ ?

use shop::*;
use diesel::r2d2::{ConnectionManager, PooledConnection};

pub fn run(raw: &mut PooledConnection<ConnectionManager<PgConnection>>, scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(raw)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
