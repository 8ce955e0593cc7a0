//~ E0277
//~ `shop::AsyncPgConnection` is not a synchronous PostgreSQL connection
//~ on an asynchronous connection, import `diesel_async::RunQueryDsl` and `.await` the call

use shop::*;

pub async fn run(scope: &mut Scoped<AsyncPgConnection>) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).load(scope)
    //~ right: diesel_async::RunQueryDsl::load(projects::table.select(projects::name), scope).await
}

fn main() {}
