//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut AsyncPgConnection`

use diesel_async::RunQueryDsl;
use shop::*;

pub async fn run(
    raw: &mut AsyncPgConnection,
    scope: &mut Scoped<AsyncPgConnection>,
) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).load(raw).await
    //~ right: projects::table.select(projects::name).load(scope).await
}

fn main() {}
