//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut AsyncPgConnection`

use diesel_async::RunQueryDsl;
use shop::*;

pub async fn run(
    raw: &mut AsyncPgConnection,
    scope: &mut Scoped<AsyncPgConnection>,
) -> QueryResult<String> {
    projects::table.select(projects::name).first(raw).await
    //~ right: projects::table.select(projects::name).first(scope).await
}

fn main() {}
