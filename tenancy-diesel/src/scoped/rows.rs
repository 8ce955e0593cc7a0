//! The rows of scoped queries on synchronous connections.

use std::marker::PhantomData;
use std::sync::Arc;

use diesel::PgConnection;
use diesel::QueryResult;
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::{Pg, PgRowByRowLoadingMode};
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::query_dsl::{CompatibleType, LoadQuery};
use diesel::result::Error;

use super::position::{Position, Suspicion};
use super::{Scoped, SyncScopeConnection};
use crate::SqlTenantId;
use crate::ambient::{self, Binding};
use crate::error::typed;
use crate::query::{LoadStatement, ScopedQuery};

type StatementType<Q> = <<Q as LoadStatement>::Statement as Query>::SqlType;
type RowType<Q, U> = <StatementType<Q> as CompatibleType<U, Pg>>::SqlType;

/// The whole result is read, and the transaction committed, before the first row is handed out.
impl<'query, Q, C, Id, U> LoadQuery<'query, Scoped<C, Id>, U> for ScopedQuery<Q, Id>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    Q: LoadStatement,
    Q::Statement: QueryFragment<Pg> + QueryId + 'query,
    StatementType<Q>: CompatibleType<U, Pg>,
    Pg: QueryMetadata<StatementType<Q>>,
    U: FromSqlRow<RowType<Q, U>, Pg> + 'static,
    RowType<Q, U>: 'static,
{
    type RowIter<'conn>
        = Rows<U>
    where
        Scoped<C, Id>: 'conn;

    fn internal_load(self, conn: &mut Scoped<C, Id>) -> QueryResult<Self::RowIter<'_>> {
        collect::<Q, _, _, _>(self.inner, conn).map(|rows| Rows(rows.into_iter()))
    }
}

/// The rows of a scoped query, after its COMMIT.
#[derive(Debug)]
pub struct Rows<U>(std::vec::IntoIter<U>);

impl<U> Iterator for Rows<U> {
    type Item = QueryResult<U>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<U> ExactSizeIterator for Rows<U> {}

fn collect<Q, U, C, Id>(query: Q, conn: &mut Scoped<C, Id>) -> QueryResult<Vec<U>>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    Q: LoadStatement,
    Q::Statement: QueryFragment<Pg> + QueryId,
    StatementType<Q>: CompatibleType<U, Pg>,
    Pg: QueryMetadata<StatementType<Q>>,
    U: FromSqlRow<RowType<Q, U>, Pg> + 'static,
{
    const {
        // Forces the check that a WHERE clause has no window function.
        let _ = Q::Statement::IS_WINDOW_FUNCTION;
    }
    let statement = query.into_load();
    let cursor = conn.statement(|pg| LoadConnection::<DefaultLoadingMode>::load(pg, statement))?;
    ambient::enter(&conn.binding, || {
        cursor
            .map(|row| U::build_from_row(&row?).map_err(Error::DeserializationError))
            .collect()
    })
}

/// In a transaction the rows come as the server sends them, and only one is held at a time. Outside of
/// one there is a COMMIT to wait for, so they are collected first, as in the default mode.
impl<'query, Q, C, Id, U> LoadQuery<'query, Scoped<C, Id>, U, PgRowByRowLoadingMode>
    for ScopedQuery<Q, Id>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    Q: LoadStatement,
    Q::Statement: QueryFragment<Pg> + QueryId + 'query,
    StatementType<Q>: CompatibleType<U, Pg>,
    Pg: QueryMetadata<StatementType<Q>>,
    U: FromSqlRow<RowType<Q, U>, Pg> + 'static,
    RowType<Q, U>: 'static,
{
    type RowIter<'conn>
        = RowByRow<'conn, 'query, RowType<Q, U>, U>
    where
        Scoped<C, Id>: 'conn;

    fn internal_load(self, conn: &mut Scoped<C, Id>) -> QueryResult<Self::RowIter<'_>> {
        if conn.state.position(conn.conn.depth())? != Position::Inside {
            let rows = collect::<Q, _, _, _>(self.inner, conn)?;
            return Ok(RowByRow(Source::Collected(rows.into_iter())));
        }
        const {
            // Forces the check that a WHERE clause has no window function.
            let _ = Q::Statement::IS_WINDOW_FUNCTION;
        }
        let statement = self.inner.into_load();
        let suspicion = conn.state.failure().suspect();
        let binding = Arc::clone(&conn.binding);
        let pg = conn.conn.pg();
        let cursor = ambient::enter(&binding, || {
            LoadConnection::<PgRowByRowLoadingMode>::load(pg, statement)
        });
        Ok(RowByRow(Source::Streaming {
            cursor: cursor.map_err(typed)?,
            binding,
            suspicion: Some(suspicion),
            row: PhantomData,
        }))
    }
}

type Cursor<'conn, 'query> =
    <PgConnection as LoadConnection<PgRowByRowLoadingMode>>::Cursor<'conn, 'query>;

/// The rows of a scoped query that is loaded row by row.
#[allow(missing_debug_implementations, reason = "the cursor is Diesel's")]
pub struct RowByRow<'conn, 'query, ST, U>(Source<'conn, 'query, ST, U>);

enum Source<'conn, 'query, ST, U> {
    Collected(std::vec::IntoIter<U>),
    Streaming {
        cursor: Cursor<'conn, 'query>,
        binding: Arc<Binding>,
        /// Cleared by the last row: until then the statement may have failed unseen.
        suspicion: Option<Suspicion>,
        row: PhantomData<fn() -> ST>,
    },
}

impl<ST, U> Iterator for RowByRow<'_, '_, ST, U>
where
    U: FromSqlRow<ST, Pg>,
{
    type Item = QueryResult<U>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Collected(rows) => rows.next().map(Ok),
            Source::Streaming {
                cursor,
                binding,
                suspicion,
                ..
            } => match cursor.next() {
                Some(Ok(row)) => Some(
                    ambient::enter(binding, || U::build_from_row(&row))
                        .map_err(Error::DeserializationError),
                ),
                Some(Err(error)) => {
                    *suspicion = None;
                    Some(Err(typed(error)))
                }
                None => {
                    if let Some(suspicion) = suspicion.take() {
                        suspicion.clear();
                    }
                    None
                }
            },
        }
    }
}
