//! A scope as a connection of diesel-async.

use diesel::connection::{CacheSize, Instrumentation};
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, AsyncPgConnection,
    SimpleAsyncConnection,
};

use super::{AsyncScopedTransactionManager, ExecuteFuture, LoadFuture, ScopedRows};
use crate::SqlTenantId;
use crate::scoped::position::Position;
use crate::scoped::{AsyncScopeConnection, Scoped};

impl<C: AsyncScopeConnection, Id: SqlTenantId> SimpleAsyncConnection for Scoped<C, Id> {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.state.taint();
        match self.position()? {
            Position::Inside => {
                let suspicion = self.state.failure().suspect();
                suspicion.judge(self.conn.pg().batch_execute(query).await)
            }
            Position::Free => {
                let flight = self.state.take_off();
                AnsiTransactionManager::begin_transaction_sql(self.conn.pg(), &self.begin).await?;
                let result = self.conn.pg().batch_execute(query).await;
                let end = super::transaction::end(self.conn.pg(), result.is_ok()).await;
                flight.land();
                result.and(end)
            }
            Position::Borrowed => {
                let flight = self.state.take_off();
                self.conn.pg().batch_execute(&self.set).await?;
                let result = self.conn.pg().batch_execute(query).await;
                let unset = self.conn.pg().batch_execute(&Self::unset()).await;
                flight.land();
                result.and(unset)
            }
        }
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> AsyncConnectionCore for Scoped<C, Id> {
    type ExecuteFuture<'conn, 'query> = ExecuteFuture<'conn>;
    type LoadFuture<'conn, 'query> = LoadFuture<'conn>;
    type Stream<'conn, 'query> = ScopedRows<'conn>;
    type Row<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        let query = source.as_query();
        self.inspect(&query);
        // It may be a write, so its rows are held back until COMMIT.
        self.rows(query, true)
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        self.inspect(&source);
        self.count(source)
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> AsyncConnection for Scoped<C, Id> {
    type TransactionManager = AsyncScopedTransactionManager;

    async fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "a scope has a tenant: open it with `Scoped::open(connection, tenant)`".to_owned(),
        ))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        self.conn.pg().transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.conn.pg().instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        // It stays with the connection, and would be shown the next tenant's statements and their values.
        self.state.taint();
        self.conn.pg().set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.known.reset(!matches!(size, CacheSize::Disabled));
        self.conn.pg().set_prepared_statement_cache_size(size);
    }
}
