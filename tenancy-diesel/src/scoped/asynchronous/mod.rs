//! Scopes on asynchronous connections.

mod connection;
mod known;
mod pipeline;
mod query;
mod transaction;
mod types;

pub(crate) use known::KnownStatements;
pub use transaction::AsyncScopedTransactionManager;
pub(crate) use transaction::ScopeFn;
#[cfg(feature = "bb8")]
pub(crate) use transaction::finish_transaction;

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
