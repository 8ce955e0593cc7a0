//! Scopes on synchronous connections.
//!
//! A statement outside of a transaction costs three round trips: `BEGIN` with `SET LOCAL`, the statement,
//! `COMMIT`. A fourth prepares it when it is new to the connection. In libpq's pipeline mode all of them would share
//! one, but Diesel's `PgConnection` keeps its libpq handle to itself, and each of its calls waits for the answer.
//! `BEGIN` and `SET LOCAL` share a message because a simple query may hold several statements. One with binds holds one
//! alone, so neither of the others can join them. Several statements in one `transaction` share these costs.

use diesel::PgConnection;
use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, DefaultLoadingMode, Instrumentation,
    LoadConnection, SimpleConnection, TransactionManager, TransactionManagerStatus,
};
use diesel::expression::QueryMetadata;
use diesel::internal::derives::multiconnection::ConnectionSealed;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::result::Error;
use diesel::{ConnectionError, ConnectionResult, QueryResult, RunQueryDsl};

use super::connection::Blocking;
use super::position::Position;
use super::{Scoped, SyncScopeConnection, TransactionBuilder};
use crate::ambient;
use crate::error::typed;
use crate::observe::{self, Count, Observation};
use crate::query::{ExecuteStatement, ScopedQuery};
use crate::{ScopeError, SqlTenantId};

type Cursor<'conn, 'query> =
    <PgConnection as LoadConnection<DefaultLoadingMode>>::Cursor<'conn, 'query>;
type Row<'conn, 'query> = <PgConnection as LoadConnection<DefaultLoadingMode>>::Row<'conn, 'query>;

impl<C: SyncScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Runs one statement with the variable set.
    pub(crate) fn statement<R>(
        &mut self,
        seen: Observation,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        seen.watch(|| self.unobserved(run))
    }

    fn unobserved<R>(
        &mut self,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        let position = self.position_of_statement()?;
        let flight = self.state.take_off();
        let result = match position {
            Position::Inside => {
                Count::RoundTrip.one();
                let suspicion = self.state.suspect();
                suspicion.judge(self.build(run))
            }
            Position::Free => self.own_transaction(run),
            Position::Session => self.in_session(run),
            Position::Borrowed => self.borrowed_transaction(run),
        };
        flight.land();
        result.map_err(|error| typed(error, self.options.timeout.is_some()))
    }

    /// Rendering, binding and execution, which Diesel does in one synchronous call.
    fn build<R>(
        &mut self,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        let Scoped { conn, binding, .. } = self;
        ambient::enter(binding, || run(conn.pg()))
    }

    fn own_transaction<R>(
        &mut self,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        Count::RoundTrip.add(3);
        AnsiTransactionManager::begin_transaction_sql(self.conn.pg(), &self.begin)?;
        match self.build(run) {
            Ok(value) => {
                AnsiTransactionManager::commit_transaction(self.conn.pg())?;
                Ok(value)
            }
            Err(error) => {
                // A failed ROLLBACK marks the connection as broken; what went wrong first is what
                // the caller needs to know.
                Count::Rollback.one();
                let _ = AnsiTransactionManager::rollback_transaction(self.conn.pg());
                Err(error)
            }
        }
    }

    fn in_session<R>(
        &mut self,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        let session = self.session.as_ref();
        let due = session.and_then(|session| session.due(&self.set, self.state.is_tainted()));
        if let Some(set) = due {
            Count::RoundTrip.one();
            let set = self.conn.pg().batch_execute(&set);
            if let (Some(session), Err(_)) = (session, &set) {
                session.doubt();
            }
            set?;
        }
        Count::RoundTrip.one();
        self.build(run)
    }

    fn borrowed_transaction<R>(
        &mut self,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        Count::RoundTrip.add(3);
        self.conn.pg().batch_execute(&self.set)?;
        let result = self.build(run);
        let unset = self.unset();
        let unset = self.conn.pg().batch_execute(&unset);
        match result {
            Ok(value) => unset.map(|()| value),
            // After a server error nothing works until the caller rolls back, which unsets it too.
            Err(error) => Err(error),
        }
    }
}

impl<Q, C, Id> RunQueryDsl<Scoped<C, Id>> for ScopedQuery<Q, Id>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
{
}

impl<Q, C, Id> ExecuteDsl<Scoped<C, Id>, Pg> for ScopedQuery<Q, Id>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    Q: ExecuteStatement,
{
    fn execute(query: Self, conn: &mut Scoped<C, Id>) -> QueryResult<usize> {
        let statement = query.inner.into_execute();
        conn.inspect(&statement);
        conn.statement(conn.observe(&statement), |pg| {
            pg.execute_returning_count(&statement)
        })
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> SimpleConnection for Scoped<C, Id> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.state.taint();
        self.statement(self.observe_raw(query), |pg| pg.batch_execute(query))
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> ConnectionSealed for Scoped<C, Id> {}

impl<C: SyncScopeConnection, Id: SqlTenantId> Connection for Scoped<C, Id> {
    type Backend = Pg;
    type TransactionManager = ScopedTransactionManager;

    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "a scope has a tenant: open it with `Scoped::open(connection, tenant)`".to_owned(),
        ))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.inspect(source);
        self.statement(self.observe(source), |pg| {
            pg.execute_returning_count(source)
        })
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
        self.conn.pg().set_prepared_statement_cache_size(size);
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> LoadConnection for Scoped<C, Id> {
    type Cursor<'conn, 'query>
        = Cursor<'conn, 'query>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = Row<'conn, 'query>
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
        self.inspect(&source);
        self.statement(self.observe(&source), |pg| {
            LoadConnection::<DefaultLoadingMode>::load(pg, source.as_query())
        })
    }
}

/// Opens a scope's transactions with `BEGIN;SET LOCAL ..` and checks, before COMMIT, that the
/// transaction can still be committed.
#[derive(Debug, Clone, Copy)]
pub struct ScopedTransactionManager;

impl<C: SyncScopeConnection, Id: SqlTenantId> TransactionManager<Scoped<C, Id>>
    for ScopedTransactionManager
{
    type TransactionStateData = AnsiTransactionManager;

    fn begin_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        Count::RoundTrip.one();
        match scope.position()? {
            Position::Free | Position::Session => {
                scope.state.forget_failures();
                AnsiTransactionManager::begin_transaction_sql(scope.conn.pg(), &scope.begin)
            }
            Position::Borrowed => {
                scope.state.forget_failures();
                AnsiTransactionManager::begin_transaction(scope.conn.pg())?;
                scope.conn.pg().batch_execute(&scope.set)
            }
            Position::Inside => AnsiTransactionManager::begin_transaction(scope.conn.pg()),
        }
    }

    fn rollback_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        scope.refuse_if_cut_off()?;
        Count::RoundTrip.one();
        Count::Rollback.one();
        AnsiTransactionManager::rollback_transaction(scope.conn.pg())
    }

    fn commit_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        scope.refuse_if_cut_off()?;
        Count::RoundTrip.one();
        let outermost = scope.state.is_outermost(scope.conn.depth());
        if outermost && scope.state.is_borrowed() {
            // RELEASE SAVEPOINT keeps the variable; the transaction around must not.
            let unset = scope.unset();
            if scope.conn.pg().batch_execute(&unset).is_err() {
                AnsiTransactionManager::rollback_transaction(scope.conn.pg())?;
                return Err(ScopeError::RolledBack.into());
            }
        } else if outermost && scope.state.has_failed() {
            // In a failed transaction every statement is an error, but COMMIT is answered with a
            // silent ROLLBACK.
            if scope.conn.pg().batch_execute("SELECT").is_err() {
                AnsiTransactionManager::rollback_transaction(scope.conn.pg())?;
                return Err(ScopeError::RolledBack.into());
            }
        }
        AnsiTransactionManager::commit_transaction(scope.conn.pg())
    }

    /// As Diesel's, and a panic in the closure gives the connection up.
    fn transaction<F, R, E>(scope: &mut Scoped<C, Id>, callback: F) -> Result<R, E>
    where
        F: FnOnce(&mut Scoped<C, Id>) -> Result<R, E>,
        E: From<Error>,
    {
        Self::begin_transaction(scope)?;
        in_transaction(scope, callback)
    }

    fn transaction_manager_status_mut(scope: &mut Scoped<C, Id>) -> &mut TransactionManagerStatus {
        AnsiTransactionManager::transaction_manager_status_mut(scope.conn.pg())
    }
}

/// Runs the closure of a transaction that has begun, and ends it as the result says.
fn in_transaction<C, Id, F, R, E>(scope: &mut Scoped<C, Id>, callback: F) -> Result<R, E>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    F: FnOnce(&mut Scoped<C, Id>) -> Result<R, E>,
    E: From<Error>,
{
    let span = observe::transaction(&scope.tenant, scope.namespace.as_deref());
    let closure = scope.state.enter_closure();
    let result = span.in_scope(|| callback(scope));
    closure.end();
    match result {
        Ok(value) => {
            ScopedTransactionManager::commit_transaction(scope)?;
            Ok(value)
        }
        Err(error) => {
            // A failed ROLLBACK marks the connection as broken; the caller's error says why.
            let _ = ScopedTransactionManager::rollback_transaction(scope);
            Err(error)
        }
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> TransactionBuilder<'_, C, Id, Blocking> {
    /// Runs the closure in the transaction, as `transaction` does.
    ///
    /// # Errors
    /// [`AlreadyInTransaction`](Error::AlreadyInTransaction) in a transaction, which has its options; else as
    /// `transaction`.
    pub fn run<F, R, E>(&mut self, callback: F) -> Result<R, E>
    where
        F: FnOnce(&mut Scoped<C, Id>) -> Result<R, E>,
        E: From<Error>,
    {
        let begin = self.begin()?;
        let scope = &mut *self.scope;
        scope.state.forget_failures();
        Count::RoundTrip.one();
        AnsiTransactionManager::begin_transaction_sql(scope.conn.pg(), &begin)?;
        in_transaction(scope, callback)
    }
}
