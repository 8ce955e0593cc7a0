//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut C`

use shop::*;
use tenancy_diesel::SyncScopeConnection;
use tenancy_diesel::prelude::*;

pub fn count<C>(
    conn: &mut C,
    //~ right: conn: &mut Scoped<C>,
) -> QueryResult<i64>
where
    C: SyncScopeConnection,
{
    projects::table.count().get_result(conn)
}

fn main() {}
