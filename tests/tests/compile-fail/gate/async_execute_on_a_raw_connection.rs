//~ ?

use shop::*;
use diesel_async::RunQueryDsl;

pub async fn run(raw: &mut AsyncPgConnection, scope: &mut Scoped<AsyncPgConnection>) -> QueryResult<usize> {
    delete(projects::table).execute(raw).await
    //~ right: delete(projects::table).execute(scope).await
}

fn main() {}
