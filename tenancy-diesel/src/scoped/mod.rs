//! A connection in the scope of one tenant.

mod builder;
mod connection;
mod options;
mod position;
mod raw_sql;
mod retry;
mod seal;
mod session;

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "postgres")]
mod rows;
#[cfg(feature = "postgres")]
mod sync;

#[cfg(feature = "async")]
pub(crate) use asynchronous::KnownStatements;
#[cfg(feature = "async")]
pub use asynchronous::{
    AsyncScopedTransactionManager, Pipeline, PipelineExecute, PipelineLoad, ScopedStream,
};
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(crate) use asynchronous::{ScopeFn, finish_transaction};
pub use builder::TransactionBuilder;
#[cfg(feature = "async")]
pub use connection::AsyncScopeConnection;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(crate) use connection::Awaiting;
#[cfg(feature = "r2d2")]
pub(crate) use connection::Blocking;
pub use connection::ScopeConnection;
#[cfg(feature = "postgres")]
pub use connection::SyncScopeConnection;
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
pub(crate) use connection::sealed;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(crate) use connection::{async_depth, async_end_session, async_give_up};
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "r2d2",
    feature = "encryption",
    feature = "erasure"
))]
pub(crate) use position::Closure;
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "postgres"))]
pub(crate) use raw_sql::is_plain_statement;
pub use retry::{Retry, StatementError};
#[cfg(feature = "postgres")]
pub use rows::{LoadingMode, Rows};
#[cfg(feature = "postgres")]
pub use sync::ScopedTransactionManager;

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "postgres")]
use diesel::pg::{Pg, PgQueryBuilder};
#[cfg(feature = "postgres")]
use diesel::query_builder::{QueryBuilder, QueryFragment, QueryId};
use tenancy_core::{is_valid_variable, quote_literal};

use self::options::Options;
#[cfg(any(feature = "async", feature = "postgres"))]
use self::position::Position;
use self::position::State;
use self::session::Session;
#[cfg(feature = "postgres")]
use crate::ambient;
use crate::ambient::Binding;
use crate::observe::Count;
#[cfg(any(feature = "async", feature = "postgres"))]
use crate::observe::Observation;
use crate::{ScopeError, SqlTenantId};

/// A connection in the scope of one tenant.
///
/// Scoped queries run on it and on nothing else. Around each statement, or around each transaction,
/// it sets the session variable that the row-level-security policies read; into each reference of a
/// scoped table it puts the tenant filter. It is itself a Diesel connection, so shared tables,
/// `sql_query` and other crates work through it, under row-level security alone.
///
/// There is no way to the connection inside: no `Deref`, no `into_inner`. A scope never changes its
/// tenant. `C` is the connection, owned or borrowed; `Id` is the type of tenant id, for which
/// `tenant_schema!` emits the alias `schema::Scoped<C>`.
///
/// # Statements and transactions
///
/// A statement outside of a transaction runs in one of its own: `BEGIN` and `SET LOCAL`, the
/// statement, `COMMIT`. On an asynchronous connection the three travel together, in one round trip,
/// once the statement is prepared, and in two before that. A synchronous connection waits for each of them. `Ok` means that COMMIT succeeded. Rows of a SELECT are handed out
/// after COMMIT too, unless there are more than 64: then they stream, and an error of COMMIT is the
/// stream's last item.
///
/// `transaction` sets the variable once; transactions in it are savepoints. A transaction in which a
/// statement failed cannot be committed: if its closure returns `Ok` all the same, `transaction`
/// answers [`ScopeError::RolledBack`]. On an asynchronous connection a transaction begins with its first statement,
/// and one without a statement sends nothing. [`build_transaction`](Scoped::build_transaction) begins one with an
/// isolation level or another option; [`read_only`](Scoped::read_only) and its kin are for the whole scope.
///
/// A scope may be opened on a connection that is in a transaction already, such as Diesel's test
/// transactions. The variable is then set before and cleared after each statement.
///
/// # Failures
///
/// A statement that was cut off (a dropped future, a panic) leaves the connection in an unknown
/// state. The scope marks it as broken, so that a pool discards it and every further use is
/// [`BrokenTransactionManager`](diesel::result::Error::BrokenTransactionManager). The same happens
/// when a scope is dropped inside of a transaction that it began.
pub struct Scoped<C: ScopeConnection, Id: SqlTenantId> {
    conn: C,
    tenant: Id,
    binding: Arc<Binding>,
    /// `SET LOCAL variable = 'tenant'`
    set: String,
    /// `BEGIN;SET LOCAL variable = 'tenant'`
    begin: Arc<str>,
    options: Options,
    /// What spans call the database.
    namespace: Option<Arc<str>>,
    state: State,
    /// Present where the variable is to be set for the session.
    session: Option<Session>,
    #[cfg(feature = "sealed")]
    seal: Option<seal::Seal>,
    #[cfg(feature = "async")]
    known: KnownStatements,
}

impl<C: ScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Opens a scope on a connection, owned or `&mut`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ScopeError::InvalidTenant`] when the id cannot be a tenant's.
    ///
    /// ```no_run
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use diesel::prelude::*;
    /// use tenancy_diesel::Scoped;
    ///
    /// let mut conn = PgConnection::establish("postgres://app@localhost/shop")?;
    /// let mut acme = Scoped::open(&mut conn, uuid::Uuid::from_u128(7))?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "postgres", feature = "uuid")))]
    /// # fn main() {}
    /// ```
    pub fn open(mut conn: C, tenant: Id) -> Result<Self, ScopeError> {
        const {
            assert!(
                is_valid_variable(Id::VARIABLE),
                "SqlTenantId::VARIABLE must be a qualified name such as `app.tenant_id`"
            )
        };
        tenant.validate()?;
        Count::Scope.one();
        let set = assignment(tenant.variable(), &tenant.canonical());
        Ok(Scoped {
            state: State::at(conn.depth()),
            #[cfg(feature = "async")]
            known: conn.known_statements(),
            session: None,
            #[cfg(feature = "sealed")]
            seal: None,
            begin: Options::default().begin("", &set).into(),
            options: Options::default(),
            namespace: None,
            set,
            binding: Binding::new(tenant.clone()),
            tenant,
            conn,
        })
    }

    /// Gives the scope the unlocked keys of its tenant, for [`Encrypted`](crate::encryption::Encrypted)
    /// columns.
    ///
    /// Keys seal and open within their lease. A scope that outlives it needs them unlocked again:
    /// [`Keyring::unlock`](crate::encryption::Keyring::unlock) prolongs the lease of all handles.
    ///
    /// # Errors
    /// [`ScopeError::ForeignKeys`] when they are another tenant's.
    #[cfg(feature = "encryption")]
    pub fn with_keys(
        mut self,
        keys: tenancy_core::encryption::TenantKeys,
    ) -> Result<Self, ScopeError> {
        if keys.tenant().as_str() != self.tenant.canonical() {
            return Err(ScopeError::ForeignKeys);
        }
        self.binding = Binding::with_keys(self.tenant.clone(), keys);
        Ok(self)
    }

    /// The keys of the tenant, if the scope has them.
    #[cfg(feature = "jobs")]
    pub(crate) fn keys(&self) -> Option<&tenancy_core::encryption::TenantKeys> {
        self.binding.keys()
    }

    /// Names the database in the spans of this scope: `db.namespace` in OpenTelemetry's conventions.
    pub fn in_namespace(mut self, namespace: impl Into<Arc<str>>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// What is told of a statement, to whoever listens.
    #[cfg(feature = "postgres")]
    fn observe<T: QueryFragment<Pg>>(&self, statement: &T) -> Observation {
        self.observed(|| ambient::enter(&self.binding, || crate::observe::sql_of(statement)))
    }

    /// The same of raw SQL.
    #[cfg(any(feature = "async", feature = "postgres"))]
    pub(crate) fn observe_raw(&self, sql: &str) -> Observation {
        self.observed(|| Some(sql.to_owned()))
    }

    #[cfg(any(feature = "async", feature = "postgres"))]
    fn observed(&self, render: impl FnOnce() -> Option<String>) -> Observation {
        let tenant = || self.tenant.canonical();
        Observation::of_statement(tenant, self.namespace.as_deref(), render)
    }

    /// The tenant of the scope.
    pub fn tenant(&self) -> &Id {
        &self.tenant
    }

    /// Notes a statement that may have changed the session: raw SQL, or a scoped one, for a fragment of raw
    /// SQL or a declared function in it can do so. One with a query id has the same text each time, so it is
    /// judged once.
    #[cfg(feature = "postgres")]
    fn inspect<T: QueryFragment<Pg> + QueryId>(&mut self, source: &T) {
        if self.state.is_tainted() {
            return;
        }
        let judge = || {
            let mut builder = PgQueryBuilder::default();
            let rendered = ambient::enter(&self.binding, || source.to_sql(&mut builder, &Pg));
            rendered
                .is_ok()
                .then(|| is_plain_statement(&builder.finish()))
        };
        let harmless = match T::query_id() {
            Some(id) => raw_sql::judged_once(id, judge),
            None => judge(),
        };
        // What cannot be rendered is not sent.
        if harmless == Some(false) {
            self.state.taint();
        }
    }

    #[cfg(any(
        feature = "bb8",
        feature = "deadpool",
        feature = "r2d2",
        feature = "encryption",
        feature = "erasure"
    ))]
    pub(crate) fn enter_closure(&self) -> Closure {
        self.state.enter_closure()
    }

    /// Where a statement finds the connection, if it may be sent. What sets the variable is fit to be sent
    /// afterwards.
    #[cfg(any(feature = "async", feature = "postgres"))]
    fn position(&mut self) -> diesel::QueryResult<Position> {
        self.renew_seal();
        let position = self.state.position(self.conn.depth())?;
        if position == Position::Borrowed && self.options != Options::default() {
            return Err(diesel::result::Error::AlreadyInTransaction);
        }
        Ok(position)
    }

    /// `SET LOCAL variable = ''`: no tenant.
    #[cfg(any(feature = "async", feature = "postgres"))]
    fn unset(&self) -> String {
        assignment(self.tenant.variable(), "")
    }

    /// Nothing is sent on a connection whose state nobody knows.
    #[cfg(any(feature = "async", feature = "postgres"))]
    fn refuse_if_cut_off(&self) -> diesel::QueryResult<()> {
        if self.state.is_cut_off() {
            return Err(diesel::result::Error::BrokenTransactionManager);
        }
        Ok(())
    }
}

/// Sets the variable for the rest of the transaction.
fn assignment(variable: &str, value: &str) -> String {
    format!("SET LOCAL {variable} = {}", quote_literal(value))
}

impl<C: ScopeConnection, Id: SqlTenantId> Drop for Scoped<C, Id> {
    fn drop(&mut self) {
        if self.state.must_give_up(self.conn.depth()) {
            Count::Discarded.one();
            self.conn.give_up();
            return;
        }
        if let Some(reset) = self.reset() {
            self.conn.end_session(&reset);
        }
        if self.state.is_tainted() {
            Count::Discarded.one();
            self.conn.discard_if_pooled();
        }
    }
}

impl<C: ScopeConnection, Id: SqlTenantId> fmt::Debug for Scoped<C, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
