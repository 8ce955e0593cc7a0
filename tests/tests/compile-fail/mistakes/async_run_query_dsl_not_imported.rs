//~ E0277
//~ is not a synchronous PostgreSQL connection
//~ import `diesel_async::RunQueryDsl` and `.await` the call

use shop::*;
use tenancy_diesel::prelude::*;

pub async fn count(conn: &mut Scoped<AsyncPgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(conn).await
    //~ right: diesel_async::RunQueryDsl::get_result(projects::table.count(), conn).await
}

fn main() {}
