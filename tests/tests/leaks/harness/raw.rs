//! Raw SQL that yields a text column `line`.

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::AsyncConnection;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// The rows of raw SQL with a text column `line`.
pub(crate) fn lines<C>(conn: &mut C, sql: &str) -> QueryResult<Vec<String>>
where
    C: LoadConnection<Backend = Pg>,
{
    let rows: Vec<Line> = diesel::sql_query(sql).load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

pub(crate) async fn async_lines<C>(conn: &mut C, sql: &str) -> QueryResult<Vec<String>>
where
    C: AsyncConnection<Backend = Pg>,
{
    let query = diesel::sql_query(sql);
    let rows: Vec<Line> = diesel_async::RunQueryDsl::load(query, conn).await?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}
