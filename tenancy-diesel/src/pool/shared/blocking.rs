use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, DefaultLoadingMode, Instrumentation,
    LoadConnection, SimpleConnection, TransactionManager, TransactionManagerStatus,
};
use diesel::expression::QueryMetadata;
use diesel::internal::derives::multiconnection::ConnectionSealed;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::{ConnectionError, ConnectionResult, QueryResult};

use super::{SharedConn, SharedTransactionManager};
use crate::SqlTenantId;
use crate::scoped::{ScopedTransactionManager, SyncScopeConnection};

impl<C: SyncScopeConnection, Id: SqlTenantId> SimpleConnection for SharedConn<C, Id> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.batch_execute(query)
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> ConnectionSealed for SharedConn<C, Id> {}

impl<C: SyncScopeConnection, Id: SqlTenantId> Connection for SharedConn<C, Id> {
    type Backend = Pg;
    type TransactionManager = SharedTransactionManager;

    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "it comes from a pool: `pool.shared()`".to_owned(),
        ))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.0.execute_returning_count(source)
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

impl<C: SyncScopeConnection, Id: SqlTenantId> LoadConnection for SharedConn<C, Id> {
    type Cursor<'conn, 'query>
        = <PgConnection as LoadConnection<DefaultLoadingMode>>::Cursor<'conn, 'query>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = <PgConnection as LoadConnection<DefaultLoadingMode>>::Row<'conn, 'query>
    where
        Self: 'conn;

    fn load<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<T::SqlType>,
    {
        LoadConnection::load(&mut self.0, source)
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> TransactionManager<SharedConn<C, Id>>
    for SharedTransactionManager
{
    type TransactionStateData = AnsiTransactionManager;

    fn begin_transaction(conn: &mut SharedConn<C, Id>) -> QueryResult<()> {
        ScopedTransactionManager::begin_transaction(&mut conn.0)
    }

    fn rollback_transaction(conn: &mut SharedConn<C, Id>) -> QueryResult<()> {
        ScopedTransactionManager::rollback_transaction(&mut conn.0)
    }

    fn commit_transaction(conn: &mut SharedConn<C, Id>) -> QueryResult<()> {
        ScopedTransactionManager::commit_transaction(&mut conn.0)
    }

    /// As that of a scope: a panic in the closure gives the connection up.
    fn transaction<F, R, E>(conn: &mut SharedConn<C, Id>, callback: F) -> Result<R, E>
    where
        F: FnOnce(&mut SharedConn<C, Id>) -> Result<R, E>,
        E: From<Error>,
    {
        Self::begin_transaction(conn)?;
        let closure = conn.0.enter_closure();
        let result = callback(conn);
        closure.end();
        match result {
            Ok(value) => {
                Self::commit_transaction(conn)?;
                Ok(value)
            }
            Err(error) => {
                // A failed ROLLBACK marks the connection as broken; the caller's error says why.
                let _ = Self::rollback_transaction(conn);
                Err(error)
            }
        }
    }

    fn transaction_manager_status_mut(
        conn: &mut SharedConn<C, Id>,
    ) -> &mut TransactionManagerStatus {
        ScopedTransactionManager::transaction_manager_status_mut(&mut conn.0)
    }
}
