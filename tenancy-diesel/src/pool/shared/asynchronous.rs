use diesel::connection::{CacheSize, Instrumentation, TransactionManagerStatus};
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, AsyncPgConnection,
    SimpleAsyncConnection, TransactionManager,
};
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;

use super::{SharedConn, SharedTransactionManager};
use crate::SqlTenantId;
use crate::scoped::{
    AsyncScopeConnection, AsyncScopedTransactionManager, ScopeFn, finish_transaction,
};

type PgRow = <AsyncPgConnection as AsyncConnectionCore>::Row<'static, 'static>;
type Rows<'conn> = BoxStream<'conn, QueryResult<PgRow>>;

impl<C: AsyncScopeConnection, Id: SqlTenantId> SimpleAsyncConnection for SharedConn<C, Id> {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.batch_execute(query).await
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> AsyncConnectionCore for SharedConn<C, Id> {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Rows<'conn>>>;
    type Stream<'conn, 'query> = Rows<'conn>;
    type Row<'conn, 'query> = PgRow;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        self.0.load(source)
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        self.0.execute_returning_count(source)
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> AsyncConnection for SharedConn<C, Id> {
    type TransactionManager = SharedTransactionManager;

    async fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "it comes from a pool: `pool.shared()`".to_owned(),
        ))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        self.0.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.0.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.0.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.0.set_prepared_statement_cache_size(size);
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> TransactionManager<SharedConn<C, Id>>
    for SharedTransactionManager
{
    type TransactionStateData = AnsiTransactionManager;

    async fn begin_transaction(conn: &mut SharedConn<C, Id>) -> QueryResult<()> {
        AsyncScopedTransactionManager::begin_transaction(&mut conn.0).await
    }

    async fn rollback_transaction(conn: &mut SharedConn<C, Id>) -> QueryResult<()> {
        AsyncScopedTransactionManager::rollback_transaction(&mut conn.0).await
    }

    async fn commit_transaction(conn: &mut SharedConn<C, Id>) -> QueryResult<()> {
        AsyncScopedTransactionManager::commit_transaction(&mut conn.0).await
    }

    /// As that of a scope: a closure whose future is dropped gives the connection up.
    #[allow(
        clippy::manual_async_fn,
        reason = "an `async fn` would ask for longer lifetimes than the trait"
    )]
    fn transaction<'a, 'conn, F, R, E>(
        conn: &'conn mut SharedConn<C, Id>,
        callback: F,
    ) -> impl Future<Output = Result<R, E>> + Send + 'conn
    where
        for<'r> F: AsyncFnOnce(&'r mut SharedConn<C, Id>) -> Result<R, E>
            + ScopeFn<&'r mut SharedConn<C, Id>, Result<R, E>, Future: Send>
            + Send
            + 'a,
        E: From<Error> + Send,
        R: Send,
        'a: 'conn,
    {
        async move {
            let callback = callback;
            Self::begin_transaction(conn).await?;
            let closure = conn.0.enter_closure();
            let result = callback(&mut *conn).await;
            closure.end();
            finish_transaction(&mut conn.0, result).await
        }
    }

    fn transaction_manager_status_mut(
        conn: &mut SharedConn<C, Id>,
    ) -> &mut TransactionManagerStatus {
        AsyncScopedTransactionManager::transaction_manager_status_mut(&mut conn.0)
    }

    fn is_broken_transaction_manager(conn: &mut SharedConn<C, Id>) -> bool {
        AsyncScopedTransactionManager::is_broken_transaction_manager(&mut conn.0)
    }
}
