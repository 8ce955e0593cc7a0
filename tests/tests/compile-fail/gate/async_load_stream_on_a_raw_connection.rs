//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut AsyncPgConnection`

use diesel_async::RunQueryDsl;
use shop::*;

pub async fn run(
    raw: &mut AsyncPgConnection,
    scope: &mut Scoped<AsyncPgConnection>,
) -> QueryResult<()> {
    projects::table.select(projects::name).load_stream::<String>(raw).await.map(drop)
    //~ right: projects::table.select(projects::name).load_stream::<String>(scope).await.map(drop)
}

fn main() {}
