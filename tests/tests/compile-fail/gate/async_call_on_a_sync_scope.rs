//~ E0277
//~ `shop::PgConnection` is not an asynchronous PostgreSQL connection
//~ on a synchronous connection, use `diesel::RunQueryDsl` without `.await`

use shop::*;

pub async fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    diesel_async::RunQueryDsl::load(projects::table.select(projects::name), scope).await
    //~ right: projects::table.select(projects::name).load(scope)
}

fn main() {}
