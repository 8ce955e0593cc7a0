//~ ?

use shop::*;
use diesel_async::RunQueryDsl;

pub async fn run(scope: &mut Scoped<PgConnection>, asynchronous: &mut Scoped<AsyncPgConnection>) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).load(scope).await
    //~ right: projects::table.select(projects::name).load(asynchronous).await
}

fn main() {}
