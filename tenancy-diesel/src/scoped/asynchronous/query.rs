use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::result::Error;
use diesel_async::methods::{ExecuteDsl, LoadQuery};
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::StreamExt;

use super::PgRow;
use super::statement::{Ground, Rows};
use crate::SqlTenantId;
use crate::ambient::{self, Binding};
use crate::query::{ExecuteStatement, LoadStatement, ScopedQuery};
use crate::scoped::{AsyncScopeConnection, Scoped};

/// The rows of a scoped query on an asynchronous connection.
#[allow(
    missing_debug_implementations,
    reason = "a stream of rows shows nothing"
)]
pub struct ScopedStream<'conn, U>(Source<'conn, U>);

enum Source<'conn, U> {
    Whole(std::vec::IntoIter<QueryResult<U>>),
    Arriving(BoxStream<'conn, QueryResult<U>>),
}

impl<U> Unpin for ScopedStream<'_, U> {}

impl<U> Stream for ScopedStream<'_, U> {
    type Item = QueryResult<U>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Source::Whole(rows) => Poll::Ready(rows.next()),
            Source::Arriving(rows) => rows.poll_next_unpin(cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Source::Whole(rows) => rows.size_hint(),
            Source::Arriving(rows) => rows.size_hint(),
        }
    }
}

/// Loads the rows of a statement.
pub(super) fn load<'c, S, U, ST>(
    ground: QueryResult<Ground<'c>>,
    statement: S,
    writes: bool,
) -> BoxFuture<'c, QueryResult<ScopedStream<'c, U>>>
where
    S: Query + QueryFragment<Pg> + QueryId,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    ST: 'static,
{
    let call = ground.and_then(|ground| Ok((ground.binding, ground.load(statement, writes)?)));
    Box::pin(async move {
        let (binding, call) = call?;
        Ok(ScopedStream(match call.rows().await? {
            Rows::Whole(rows) => {
                let rows: Vec<_> =
                    ambient::enter(binding, || rows.iter().map(read::<U, ST>).collect());
                Source::Whole(rows.into_iter())
            }
            Rows::Arriving(rows) => {
                let binding: Arc<Binding> = Arc::clone(binding);
                let rows = rows.map(move |row| {
                    let row = row?;
                    ambient::enter(&binding, || read(&row))
                });
                Source::Arriving(rows.boxed())
            }
        }))
    })
}

fn read<U: FromSqlRow<ST, Pg>, ST>(row: &PgRow) -> QueryResult<U> {
    U::build_from_row(row).map_err(Error::DeserializationError)
}

pub(super) fn execute<'c, S>(
    ground: QueryResult<Ground<'c>>,
    statement: S,
) -> BoxFuture<'c, QueryResult<usize>>
where
    S: QueryFragment<Pg> + QueryId,
{
    let call = ground.and_then(|ground| ground.count(statement));
    Box::pin(async move { call?.rows_affected().await })
}

impl<Q, C, Id> ExecuteDsl<Scoped<C, Id>, Pg> for ScopedQuery<Q, Id>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    Q: ExecuteStatement + Send,
{
    fn execute<'conn, 'query>(
        query: Self,
        conn: &'conn mut Scoped<C, Id>,
    ) -> BoxFuture<'conn, QueryResult<usize>>
    where
        Self: 'query,
    {
        execute(conn.ground(), query.inner.into_execute())
    }
}

impl<'query, Q, C, Id, U, ST> LoadQuery<'query, Scoped<C, Id>, U> for ScopedQuery<Q, Id>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    Q: LoadStatement + Send + 'query,
    Q::Statement: QueryFragment<Pg> + QueryId + Send + 'query,
    <Q::Statement as Query>::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    Pg: QueryMetadata<<Q::Statement as Query>::SqlType>,
    ST: 'static,
{
    type LoadFuture<'conn>
        = BoxFuture<'conn, QueryResult<Self::Stream<'conn>>>
    where
        Scoped<C, Id>: 'conn;

    type Stream<'conn>
        = ScopedStream<'conn, U>
    where
        Scoped<C, Id>: 'conn;

    fn internal_load(self, conn: &mut Scoped<C, Id>) -> Self::LoadFuture<'_> {
        const {
            // Forces the check that a WHERE clause has no window function.
            let _ = Q::Statement::IS_WINDOW_FUNCTION;
        }
        load::<_, U, ST>(conn.ground(), self.inner.into_load(), Q::WRITES)
    }
}
