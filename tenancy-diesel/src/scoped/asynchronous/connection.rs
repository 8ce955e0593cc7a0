//! A scope as a connection of diesel-async.

use diesel::connection::{CacheSize, Instrumentation};
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, Query, QueryFragment, QueryId};
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, SimpleAsyncConnection,
};
use futures_util::{StreamExt, stream};

use super::drive::batch;
use super::opening::after_opening;
use super::statement::{Ground, Rows};
use super::{AsyncScopedTransactionManager, ExecuteFuture, LoadFuture, PgRow, ScopedRows};
use crate::SqlTenantId;
use crate::error::typed;
use crate::observe::Count;
use crate::scoped::position::Position;
use crate::scoped::{AsyncScopeConnection, Scoped};

impl<C: AsyncScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// What a statement needs to know, unless nothing may be sent.
    pub(super) fn ground(&mut self) -> QueryResult<Ground<'_>> {
        let position = self.position_of_statement()?;
        Ok(Ground {
            pg: self.conn.pg(),
            binding: &self.binding,
            known: &self.known,
            state: &self.state,
            begin: &self.begin,
            set: &self.set,
            variable: self.tenant.variable(),
            session: self.session.as_ref(),
            has_timeout: self.options.timeout.is_some(),
            namespace: self.namespace.as_deref(),
            position,
        })
    }
}

/// Loads rows that nobody has typed yet. It may be a write, so they are held back until COMMIT.
pub(super) fn load<'c, Q>(ground: QueryResult<Ground<'c>>, query: Q) -> LoadFuture<'c>
where
    Q: Query + QueryFragment<Pg> + QueryId,
{
    let call = ground.and_then(|ground| ground.load(query, true));
    Box::pin(async move {
        Ok(match call?.rows().await? {
            Rows::Whole(rows) => stream::iter(rows.into_iter().map(Ok)).boxed(),
            Rows::Arriving(rows) => rows,
        })
    })
}

pub(super) fn execute<'c, Q>(ground: QueryResult<Ground<'c>>, query: Q) -> ExecuteFuture<'c>
where
    Q: QueryFragment<Pg> + QueryId,
{
    let call = ground.and_then(|ground| ground.count(query));
    Box::pin(async move { call?.rows_affected().await })
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> SimpleAsyncConnection for Scoped<C, Id> {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.state.taint();
        let seen = self.observe_raw(query);
        seen.follow(self.batch(query)).await
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    async fn batch(&mut self, query: &str) -> QueryResult<()> {
        let ground = self.ground()?;
        Count::RoundTrip.add(if ground.position == Position::Inside {
            1
        } else {
            3
        });
        let result = match ground.position {
            Position::Inside => {
                let suspicion = ground.state.suspect();
                suspicion.judge(after_opening(ground, batch(ground.pg, query)).await)
            }
            Position::Free | Position::Session => {
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
                let unset = self.unset();
                let unset = self.conn.pg().batch_execute(&unset).await;
                flight.land();
                result.and(unset)
            }
        };
        result.map_err(|error| typed(error, self.options.timeout.is_some()))
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> AsyncConnectionCore for Scoped<C, Id> {
    type ExecuteFuture<'conn, 'query> = ExecuteFuture<'conn>;
    type LoadFuture<'conn, 'query> = LoadFuture<'conn>;
    type Stream<'conn, 'query> = ScopedRows<'conn>;
    type Row<'conn, 'query> = PgRow;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        load(self.ground(), source.as_query())
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        execute(self.ground(), source)
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
