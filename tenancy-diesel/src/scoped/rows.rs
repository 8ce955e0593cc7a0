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
use crate::observe::Count;
use crate::query::{LoadStatement, ScopedQuery};

type StatementType<Q> = <<Q as LoadStatement>::Statement as Query>::SqlType;
type RowType<Q, U> = <StatementType<Q> as CompatibleType<U, Pg>>::SqlType;

/// One implementation for both modes: with two, the compiler would not say which of the bounds of a query
/// is missing.
impl<'query, Q, C, Id, U, Mode> LoadQuery<'query, Scoped<C, Id>, U, Mode> for ScopedQuery<Q, Id>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    Mode: LoadingMode,
    Q: LoadStatement,
    Q::Statement: QueryFragment<Pg> + QueryId + 'query,
    StatementType<Q>: CompatibleType<U, Pg>,
    Pg: QueryMetadata<StatementType<Q>>,
    U: FromSqlRow<RowType<Q, U>, Pg> + 'static,
    RowType<Q, U>: 'static,
{
    type RowIter<'conn>
        = Rows<'conn, 'query, RowType<Q, U>, U, Mode>
    where
        Scoped<C, Id>: 'conn;

    fn internal_load(self, conn: &mut Scoped<C, Id>) -> QueryResult<Self::RowIter<'_>> {
        const {
            // Forces the check that a WHERE clause has no window function.
            let _ = Q::Statement::IS_WINDOW_FUNCTION;
        }
        let statement = self.inner.into_load();
        conn.inspect(&statement);
        let is_inside = conn.position()? == Position::Inside;
        let source = if Mode::IS_ROW_BY_ROW && is_inside {
            stream(statement, conn)?
        } else {
            collect(statement, conn)?
        };
        Ok(Rows {
            source,
            mode: PhantomData,
        })
    }
}

/// How a synchronous connection reads a result: Diesel's `DefaultLoadingMode`, the whole result before its
/// first row is handed out, or `PgRowByRowLoadingMode`.
///
/// Row by row, the rows come as the server sends them and only one is held at a time. That is so in a
/// transaction. Outside of one there is a COMMIT to wait for, and the result is read as a whole.
#[diagnostic::on_unimplemented(
    message = "a scope does not load in the mode `{Self}`",
    note = "use `DefaultLoadingMode` or `PgRowByRowLoadingMode`"
)]
pub trait LoadingMode {
    #[doc(hidden)]
    const IS_ROW_BY_ROW: bool;
}

impl LoadingMode for DefaultLoadingMode {
    const IS_ROW_BY_ROW: bool = false;
}

impl LoadingMode for PgRowByRowLoadingMode {
    const IS_ROW_BY_ROW: bool = true;
}

/// Reads the whole result in a transaction of its own, or in the one that is open.
fn collect<'conn, 'query, S, ST, U, C, Id>(
    statement: S,
    conn: &'conn mut Scoped<C, Id>,
) -> QueryResult<Source<'conn, 'query, ST, U>>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    S: Query + QueryFragment<Pg> + QueryId,
    Pg: QueryMetadata<S::SqlType>,
    U: FromSqlRow<ST, Pg>,
{
    let seen = conn.observe(&statement);
    let cursor = conn.statement(seen, |pg| {
        LoadConnection::<DefaultLoadingMode>::load(pg, statement)
    })?;
    let rows: QueryResult<Vec<U>> = ambient::enter(&conn.binding, || {
        cursor
            .map(|row| U::build_from_row(&row?).map_err(Error::DeserializationError))
            .collect()
    });
    Ok(Source::Collected(rows?.into_iter()))
}

/// Begins to read the result in the open transaction.
fn stream<'conn, 'query, S, ST, U, C, Id>(
    statement: S,
    conn: &'conn mut Scoped<C, Id>,
) -> QueryResult<Source<'conn, 'query, ST, U>>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    S: Query + QueryFragment<Pg> + QueryId + 'query,
    Pg: QueryMetadata<S::SqlType>,
{
    let suspicion = conn.state.suspect();
    let seen = conn.observe(&statement);
    Count::RoundTrip.one();
    let binding = Arc::clone(&conn.binding);
    let has_timeout = conn.options.timeout.is_some();
    let pg = conn.conn.pg();
    let cursor = seen.watch(|| {
        ambient::enter(&binding, || {
            LoadConnection::<PgRowByRowLoadingMode>::load(pg, statement)
        })
    });
    Ok(Source::Streaming {
        cursor: cursor.map_err(|error| typed(error, has_timeout))?,
        has_timeout,
        binding,
        suspicion: Some(suspicion),
        row: PhantomData,
    })
}

type Cursor<'conn, 'query> =
    <PgConnection as LoadConnection<PgRowByRowLoadingMode>>::Cursor<'conn, 'query>;

/// The rows of a scoped query.
#[allow(missing_debug_implementations, reason = "the cursor is Diesel's")]
pub struct Rows<'conn, 'query, ST, U, Mode> {
    source: Source<'conn, 'query, ST, U>,
    mode: PhantomData<fn() -> Mode>,
}

enum Source<'conn, 'query, ST, U> {
    Collected(std::vec::IntoIter<U>),
    Streaming {
        cursor: Cursor<'conn, 'query>,
        binding: Arc<Binding>,
        /// Cleared by the last row: until then the statement may have failed unseen.
        suspicion: Option<Suspicion>,
        has_timeout: bool,
        row: PhantomData<fn() -> ST>,
    },
}

impl<ST, U, Mode> Iterator for Rows<'_, '_, ST, U, Mode>
where
    U: FromSqlRow<ST, Pg>,
{
    type Item = QueryResult<U>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.source {
            Source::Collected(rows) => rows.next().map(Ok),
            Source::Streaming {
                cursor,
                binding,
                suspicion,
                has_timeout,
                ..
            } => match cursor.next() {
                Some(Ok(row)) => Some(
                    ambient::enter(binding, || U::build_from_row(&row))
                        .map_err(Error::DeserializationError),
                ),
                Some(Err(error)) => {
                    *suspicion = None;
                    Some(Err(typed(error, *has_timeout)))
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

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.source {
            Source::Collected(rows) => rows.size_hint(),
            Source::Streaming { .. } => (0, None),
        }
    }
}

impl<ST, U> ExactSizeIterator for Rows<'_, '_, ST, U, DefaultLoadingMode> where U: FromSqlRow<ST, Pg>
{}
