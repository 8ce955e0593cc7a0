//~ ?

use shop::*;

pub async fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    diesel_async::RunQueryDsl::load(projects::table.select(projects::name), scope).await
    //~ right: projects::table.select(projects::name).load(scope)
}

fn main() {}
