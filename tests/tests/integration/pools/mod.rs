//! Pools of every kind.

mod blocking;
mod boot;
mod current_tenant;
mod limits;
mod log;
mod round_trips;
mod scopes;
mod shared;
mod spawned;

use diesel_async::RunQueryDsl;
use tenancy_diesel::AsyncScopeConnection;
use tenancy_diesel::prelude::*;
use tenancy_tests::schema::{self, projects};

/// A sees 3 projects, and B 4.
async fn count<C: AsyncScopeConnection>(conn: &mut schema::Scoped<C>) -> QueryResult<i64> {
    projects::table.count().get_result(conn).await
}
