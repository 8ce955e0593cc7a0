//! Crossing on synchronous connections.

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::connection::{
    AnsiTransactionManager, Connection, SimpleConnection, TransactionManager,
};
use diesel::query_dsl::methods::LimitDsl;
use diesel::result::Error as QueryError;

use super::check::{self, Findings};
use super::error::Source;
use super::pool::SyncCrossingConnections;
use super::read::{CrossTenantAlone, Read};
use super::record::{self, Event, OPENING, Opening};
use super::{
    BEGIN, BuildError, Builder, CrossTenant, CrossTenantPool, CrossingError, ReadAcross,
    ReadableAcross,
};
use crate::observe::Observation;
use crate::purpose::Purpose;
use crate::scoped::{Blocking, is_plain_statement};
use crate::search_path::TRUSTED;
use crate::{ScopeError, Scoped, SqlTenantId, SyncScopeConnection};

impl<P: SyncCrossingConnections> Builder<P, Blocking> {
    /// Checks both roles and builds the pool.
    ///
    /// # Errors
    /// [`BuildError::UnsafeRole`] when a role can do what it must not, or cannot add records,
    /// [`BuildError::ApplicationReachesRecords`] when the application could read or forge them,
    /// [`BuildError::NotMigrated`] without their table, and [`BuildError::UnknownApplicationRole`] when
    /// there is no role of the name that [`app_role`](Self::app_role) gave.
    pub fn build(self) -> Result<CrossTenantPool<P, Blocking>, BuildError> {
        let reader = look_up(&self.reading, &self.app_role)?.judge_reading(&self.app_role)?;
        look_up(&self.recording, &self.app_role)?.judge_recording(&self.app_role)?;
        Ok(self.checked(reader))
    }
}

fn look_up<P: SyncCrossingConnections>(pool: &P, app_role: &str) -> Result<Findings, BuildError> {
    let mut lease = pool.lease().map_err(BuildError::Checkout)?;
    let found = lease.pg().transaction(|pg| {
        pg.batch_execute(TRUSTED)?;
        check::statement(app_role).get_result(pg)
    });
    found.map_err(BuildError::Query)
}

impl<P: SyncCrossingConnections + Clone> CrossTenantPool<P, Blocking> {
    /// Records who crosses tenants and why, and then takes a connection.
    ///
    /// The name and the reason are for people to read. They must say something, in at most 256 and 2000
    /// bytes, without control characters.
    ///
    /// # Errors
    /// [`CrossingError::Purpose`] when the name or the reason is not accepted,
    /// [`CrossingError::NotRecorded`] when the record could not be committed, and
    /// [`CrossingError::Checkout`] when there is no connection to be had.
    pub fn open(
        &self,
        actor: &str,
        reason: &str,
    ) -> Result<CrossTenant<P, Blocking>, CrossingError> {
        let mut purpose = Purpose::parse(actor, reason)?;
        purpose.opening = self.opening().map_err(CrossingError::NotRecorded)?;
        self.record(&purpose, Event::Open)?;
        Ok(CrossTenant {
            lease: self.reading.lease().map_err(CrossingError::Checkout)?,
            pool: self.clone(),
            purpose,
            busy: false,
            tainted: false,
        })
    }

    fn opening(&self) -> Result<String, Source> {
        let mut lease = self.recording.lease()?;
        let Opening { id } = diesel::sql_query(OPENING).get_result(lease.pg())?;
        Ok(id)
    }
}

impl<P: SyncCrossingConnections> CrossTenantPool<P, Blocking> {
    fn record(&self, purpose: &Purpose, event: Event<'_>) -> Result<(), CrossingError> {
        (self.insert(purpose, event)).map_err(CrossingError::NotRecorded)?;
        record::trace(purpose, &self.reader, event);
        Ok(())
    }

    fn insert(&self, purpose: &Purpose, event: Event<'_>) -> Result<(), Source> {
        let mut lease = self.recording.lease()?;
        let insert = record::insert(purpose, &self.reader, event);
        record::one(insert.execute(lease.pg())?)
    }
}

impl<P: SyncCrossingConnections> CrossTenant<P, Blocking> {
    /// Runs a query and returns its rows, after its transaction has ended.
    ///
    /// # Errors
    /// What the server and Diesel report. [`CrossingError::of`] finds
    /// [`NotRecorded`](CrossingError::NotRecorded) in it when the statement could not be recorded: then it
    /// was not sent.
    pub fn load<U>(
        &mut self,
        query: impl ReadAcross<U, SqlType: ReadableAcross>,
    ) -> QueryResult<Vec<U>> {
        if self.busy {
            return Err(QueryError::BrokenTransactionManager);
        }
        let read = query.prepare(CrossTenantAlone::PERMIT);
        let statement = read.text()?;
        self.tainted |= !is_plain_statement(&statement);
        let event = Event::Read {
            statement: &statement,
        };
        self.pool.record(&self.purpose, event)?;
        let seen = Observation::of_crossing(&statement);
        self.busy = true;
        let pg = self.lease.pg();
        AnsiTransactionManager::begin_transaction_sql(pg, BEGIN)?;
        match seen.watch(|| read.load(pg)) {
            Ok(rows) => {
                AnsiTransactionManager::commit_transaction(pg)?;
                self.busy = false;
                Ok(rows)
            }
            Err(error) => {
                self.busy = AnsiTransactionManager::rollback_transaction(pg).is_err();
                Err(error)
            }
        }
    }

    /// Runs a query and returns its first row, without a limit of the rows that the server finds.
    ///
    /// # Errors
    /// As [`load`](Self::load), and [`NotFound`](QueryError::NotFound) when there is no row; see
    /// [`OptionalExtension`](diesel::OptionalExtension).
    pub fn get_result<U>(
        &mut self,
        query: impl ReadAcross<U, SqlType: ReadableAcross>,
    ) -> QueryResult<U> {
        let rows = self.load(query)?;
        rows.into_iter().next().ok_or(QueryError::NotFound)
    }

    /// Runs a query with `LIMIT 1` and returns its row.
    ///
    /// # Errors
    /// As [`get_result`](Self::get_result).
    pub fn first<U>(
        &mut self,
        query: impl LimitDsl<Output: ReadAcross<U, SqlType: ReadableAcross>>,
    ) -> QueryResult<U> {
        self.get_result(query.limit(1))
    }

    /// A scope of one tenant on a connection of the application's role, for a write. It is recorded, and
    /// it is an ordinary scope, with the tenant's filter and its policies.
    ///
    /// # Errors
    /// [`CrossingError::Scope`] when the id cannot be a tenant's and
    /// [`CrossingError::NotRecorded`] when the record could not be committed.
    pub fn scope<C: SyncScopeConnection, Id: SqlTenantId>(
        &mut self,
        conn: C,
        tenant: Id,
    ) -> Result<Scoped<C, Id>, CrossingError> {
        tenant.validate().map_err(ScopeError::from)?;
        let canonical = tenant.canonical();
        let event = Event::Scope { tenant: &canonical };
        self.pool.record(&self.purpose, event)?;
        Ok(Scoped::open(conn, tenant)?)
    }
}
