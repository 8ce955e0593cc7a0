//~ E0277
//~ `C` is not a synchronous PostgreSQL connection

use shop::*;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{ScopeConnection, SyncScopeConnection};

pub fn count<C>(conn: &mut Scoped<C>) -> QueryResult<i64>
where
    C: ScopeConnection,
    //~ right: C: SyncScopeConnection,
{
    projects::table.count().get_result(conn)
}

fn main() {}
