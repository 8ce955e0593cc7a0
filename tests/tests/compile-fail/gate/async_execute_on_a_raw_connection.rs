//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut AsyncPgConnection`

use diesel_async::RunQueryDsl;
use shop::*;

pub async fn run(
    raw: &mut AsyncPgConnection,
    scope: &mut Scoped<AsyncPgConnection>,
) -> QueryResult<usize> {
    delete(projects::table).execute(raw).await
    //~ right: delete(projects::table).execute(scope).await
}

fn main() {}
