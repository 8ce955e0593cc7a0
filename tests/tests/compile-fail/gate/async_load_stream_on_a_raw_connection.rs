//~ ?

use diesel_async::RunQueryDsl;
use shop::*;

pub async fn run(raw: &mut AsyncPgConnection, scope: &mut Scoped<AsyncPgConnection>) -> QueryResult<()> {
    let _rows = projects::table.select(projects::name).load_stream::<String>(raw).await?;
    //~ right: let _rows = projects::table.select(projects::name).load_stream::<String>(scope).await?;
    Ok(())
}

fn main() {}
