//! Crossing on asynchronous connections.

use diesel::QueryResult;
use diesel::query_dsl::methods::LimitDsl;
use diesel::result::Error as QueryError;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager,
};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::check::{self, Findings};
use super::error::Source;
use super::pool::AsyncCrossingConnections;
use super::read::{CrossTenantAlone, Incoming, Read};
use super::record::{self, Event, OPENING, Opening};
use super::{
    BEGIN, BuildError, Builder, CrossTenant, CrossTenantPool, CrossingError, ReadAcross,
    ReadableAcross,
};
use crate::observe::Observation;
use crate::pool::{AsyncScopePool, TenantPool};
use crate::purpose::Purpose;
use crate::scoped::{Awaiting, is_plain_statement};
use crate::search_path::TRUSTED;
use crate::table::Schema;
use crate::{AsyncScopeConnection, ScopeError, Scoped, TenantId};

impl<P: AsyncCrossingConnections> Builder<P, Awaiting> {
    /// Checks both roles and builds the pool.
    ///
    /// # Errors
    /// [`BuildError::UnsafeRole`] when a role can do what it must not, or cannot add records,
    /// [`BuildError::ApplicationReachesRecords`] when the application could read or forge them,
    /// [`BuildError::NotMigrated`] without their table, and [`BuildError::UnknownApplicationRole`] when
    /// there is no role of the name that [`app_role`](Self::app_role) gave.
    pub async fn build(self) -> Result<CrossTenantPool<P, Awaiting>, BuildError> {
        let reader = look_up(&self.reading, &self.app_role)
            .await?
            .judge_reading(&self.app_role)?;
        look_up(&self.recording, &self.app_role)
            .await?
            .judge_recording(&self.app_role)?;
        Ok(self.checked(reader))
    }
}

async fn look_up<P: AsyncCrossingConnections>(
    pool: &P,
    app_role: &str,
) -> Result<Findings, BuildError> {
    let mut lease = pool.lease().await.map_err(BuildError::Checkout)?;
    let found = lease.pg().transaction(async |pg| {
        pg.batch_execute(TRUSTED).await?;
        check::statement(app_role).get_result(pg).await
    });
    found.await.map_err(BuildError::Query)
}

impl<P: AsyncCrossingConnections + Clone> CrossTenantPool<P, Awaiting> {
    /// Records who crosses tenants and why, and then takes a connection.
    ///
    /// The name and the reason are for people to read. They must say something, in at most 256 and 2000
    /// bytes, without control characters.
    ///
    /// # Errors
    /// [`CrossingError::Purpose`] when the name or the reason is not accepted,
    /// [`CrossingError::NotRecorded`] when the record could not be committed, and
    /// [`CrossingError::Checkout`] when there is no connection to be had.
    pub async fn open(
        &self,
        actor: &str,
        reason: &str,
    ) -> Result<CrossTenant<P, Awaiting>, CrossingError> {
        let mut purpose = Purpose::parse(actor, reason)?;
        purpose.opening = self.opening().await.map_err(CrossingError::NotRecorded)?;
        self.record(&purpose, Event::Open).await?;
        Ok(CrossTenant {
            lease: (self.reading.lease().await).map_err(CrossingError::Checkout)?,
            pool: self.clone(),
            purpose,
            busy: false,
            tainted: false,
        })
    }

    async fn opening(&self) -> Result<String, Source> {
        let mut lease = self.recording.lease().await?;
        let Opening { id } = diesel::sql_query(OPENING).get_result(lease.pg()).await?;
        Ok(id)
    }
}

impl<P: AsyncCrossingConnections> CrossTenantPool<P, Awaiting> {
    async fn record(&self, purpose: &Purpose, event: Event<'_>) -> Result<(), CrossingError> {
        (self.insert(purpose, event).await).map_err(CrossingError::NotRecorded)?;
        record::trace(purpose, &self.reader, event);
        Ok(())
    }

    async fn insert(&self, purpose: &Purpose, event: Event<'_>) -> Result<(), Source> {
        let mut lease = self.recording.lease().await?;
        let insert = record::insert(purpose, &self.reader, event);
        record::one(insert.execute(lease.pg()).await?)
    }
}

impl<P: AsyncCrossingConnections> CrossTenant<P, Awaiting> {
    /// Runs a query and returns its rows, after its transaction has ended.
    ///
    /// # Errors
    /// What the server and Diesel report. [`CrossingError::of`] finds
    /// [`NotRecorded`](CrossingError::NotRecorded) in it when the statement could not be recorded: then it
    /// was not sent.
    pub async fn load<U>(
        &mut self,
        query: impl ReadAcross<U, SqlType: ReadableAcross, Read: Send> + Send,
    ) -> QueryResult<Vec<U>>
    where
        U: Send + 'static,
    {
        let rows = self.start(query).await?;
        let rows = rows.try_collect().await;
        self.finish(rows).await
    }

    /// Runs a query and returns its first row, without a limit of the rows that the server finds.
    ///
    /// # Errors
    /// As [`load`](Self::load), and [`NotFound`](QueryError::NotFound) when there is no row; see
    /// [`OptionalExtension`](diesel::OptionalExtension).
    pub async fn get_result<U>(
        &mut self,
        query: impl ReadAcross<U, SqlType: ReadableAcross, Read: Send> + Send,
    ) -> QueryResult<U>
    where
        U: Send + 'static,
    {
        let rows = self.load(query).await?;
        rows.into_iter().next().ok_or(QueryError::NotFound)
    }

    /// Runs a query with `LIMIT 1` and returns its row.
    ///
    /// # Errors
    /// As [`get_result`](Self::get_result).
    pub async fn first<U>(
        &mut self,
        query: impl LimitDsl<Output: ReadAcross<U, SqlType: ReadableAcross, Read: Send> + Send> + Send,
    ) -> QueryResult<U>
    where
        U: Send + 'static,
    {
        self.get_result(query.limit(1)).await
    }

    /// Runs a query and returns its rows as they come. It is recorded before the first of them.
    ///
    /// An error of the statement is the last item. A stream that is dropped before its end takes the
    /// connection with it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_stream<U>(
        &mut self,
        query: impl ReadAcross<U, SqlType: ReadableAcross, Read: Send> + Send,
    ) -> QueryResult<BoxStream<'_, QueryResult<U>>>
    where
        U: Send + 'static,
    {
        let rows = self.start(query).await?;
        Ok(stream::unfold(Some((self, rows)), async |state| {
            let (cross, mut rows) = state?;
            match rows.next().await {
                Some(Ok(row)) => Some((Ok(row), Some((cross, rows)))),
                Some(Err(error)) => Some((cross.finish(Err(error)).await, None)),
                None => (cross.finish(Ok(())).await.err()).map(|error| (Err(error), None)),
            }
        })
        .boxed())
    }

    /// A scope of one tenant, for a write. It is recorded, and it is an ordinary scope: of the
    /// application's pool and role, with the tenant's filter, its policies and its keys.
    ///
    /// # Errors
    /// [`CrossingError::Scope`] when the id cannot be a tenant's,
    /// [`CrossingError::NotRecorded`] when the record could not be committed and
    /// [`CrossingError::NoScope`] when the pool has no scope for the tenant.
    pub async fn scope<S, Q>(
        &mut self,
        tenants: &TenantPool<S, Q, Awaiting>,
        tenant: S::Tenant,
    ) -> Result<Scoped<Q::Lease, S::Tenant>, CrossingError>
    where
        S: Schema,
        Q: AsyncScopePool,
    {
        tenant.validate().map_err(ScopeError::from)?;
        let canonical = tenant.canonical();
        let event = Event::Scope { tenant: &canonical };
        self.pool.record(&self.purpose, event).await?;
        (tenants.scope(tenant).await).map_err(|error| CrossingError::NoScope(error.into()))
    }

    /// Records a statement and sends it, in a transaction of its own.
    async fn start<U>(
        &mut self,
        query: impl ReadAcross<U, SqlType: ReadableAcross, Read: Send> + Send,
    ) -> QueryResult<Incoming<U>>
    where
        U: Send + 'static,
    {
        if self.busy {
            return Err(QueryError::BrokenTransactionManager);
        }
        let read = query.prepare(CrossTenantAlone::PERMIT);
        let statement = read.text()?;
        self.tainted |= !is_plain_statement(&statement);
        let event = Event::Read {
            statement: &statement,
        };
        self.pool.record(&self.purpose, event).await?;
        let seen = Observation::of_crossing(&statement);
        self.busy = true;
        AnsiTransactionManager::begin_transaction_sql(self.lease.pg(), BEGIN).await?;
        let pg = &*self.lease.pg();
        match seen.follow(read.send(pg)).await {
            Ok(rows) => Ok(rows),
            Err(error) => self.finish(Err(error)).await,
        }
    }

    /// Ends the transaction. Until then the connection counts as cut off.
    async fn finish<R>(&mut self, result: QueryResult<R>) -> QueryResult<R> {
        let pg = self.lease.pg();
        match result {
            Ok(value) => {
                AnsiTransactionManager::commit_transaction(pg).await?;
                self.busy = false;
                Ok(value)
            }
            Err(error) => {
                let rolled_back = AnsiTransactionManager::rollback_transaction(pg).await;
                self.busy = rolled_back.is_err();
                Err(error)
            }
        }
    }
}
