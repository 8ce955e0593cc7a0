//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PooledConnection<...>`

use diesel::r2d2::{ConnectionManager, PooledConnection};
use shop::*;

type Lease = PooledConnection<ConnectionManager<PgConnection>>;

pub fn run(lease: &mut Lease, scope: &mut Scoped<Lease>) -> QueryResult<i64> {
    projects::table.count().get_result(lease)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
