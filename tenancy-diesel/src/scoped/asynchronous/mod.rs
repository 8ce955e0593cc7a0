//! Scopes on asynchronous connections.

mod commit;
mod connection;
mod drive;
mod known;
mod opening;
mod outgoing;
mod pipeline;
mod query;
mod statement;
mod transaction;

pub(super) use drive::send;
pub(crate) use known::KnownStatements;
pub use pipeline::{Pipeline, PipelineExecute, PipelineLoad};
pub use query::ScopedStream;
pub use transaction::AsyncScopedTransactionManager;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(crate) use transaction::finish_transaction;
pub(crate) use transaction::{ScopeFn, begin_with_first_statement};

use diesel_async::{AsyncConnectionCore, AsyncPgConnection};
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;

use diesel::QueryResult;

type PgRow = <AsyncPgConnection as AsyncConnectionCore>::Row<'static, 'static>;
/// The rows of a result as they arrive. They do not borrow the connection.
type RawRows = BoxStream<'static, QueryResult<PgRow>>;
/// The rows of a scoped statement.
type ScopedRows<'conn> = BoxStream<'conn, QueryResult<PgRow>>;
type LoadFuture<'conn> = BoxFuture<'conn, QueryResult<ScopedRows<'conn>>>;
type ExecuteFuture<'conn> = BoxFuture<'conn, QueryResult<usize>>;
