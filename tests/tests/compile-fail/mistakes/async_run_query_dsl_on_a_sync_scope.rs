//~ E0277
//~ is not an asynchronous PostgreSQL connection
//~ use `diesel::RunQueryDsl` without `.await`

use diesel_async::RunQueryDsl;
use shop::*;
use tenancy_diesel::prelude::*;

pub async fn count(sync: &mut Scoped<PgConnection>, conn: &mut Scoped<AsyncPgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(sync).await
    //~ right: projects::table.count().get_result(conn).await
}

fn main() {}
