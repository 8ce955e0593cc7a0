//! Scopes from a [bb8](https://docs.rs/bb8) pool.
//!
//! The pool is bb8's own, over the [`ConnectionManager`] of this module: its size, timeouts and hooks
//! are set with `bb8::Pool::builder()`. [`TenantPool`] around it hands out scopes and nothing else.
//!
//! bb8 tests each connection when it is taken, which costs a round trip. `test_on_check_out(false)`
//! saves it: a connection that has failed is discarded when it is returned, and one that has died
//! in the meantime shows at its first statement.
//!
//! ```no_run
//! # #[cfg(feature = "uuid")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::bb8::{ConnectionManager, TenantPool};
//!
//! let manager = ConnectionManager::new("postgres://app@localhost/shop");
//! let pool = bb8::Pool::builder().max_size(8).build(manager).await?;
//! let pool: TenantPool<uuid::Uuid> = TenantPool::builder(pool).build().await?;
//!
//! let mut conn = pool.scope(uuid::Uuid::from_u128(7)).await?;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::future::Future;

use diesel::result::Error as QueryError;
use diesel::sql_types::{Bool, Text};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, PoolError};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, TransactionManager};
use scoped_futures::ScopedBoxFuture;
#[cfg(feature = "encryption")]
use tenancy_core::encryption::{Keyring, KeyringError};
#[cfg(feature = "sealed")]
use tenancy_core::sealed::Sealer;

use crate::scoped::{
    AsyncScopeConnection, AsyncScopedTransactionManager, KnownStatements, ScopeConnection, ScopeFn,
    Scoped, async_depth, async_give_up, finish_transaction, sealed::Sealed,
};
use crate::{ScopeError, SqlTenantId};

/// The bb8 manager of a [`TenantPool`]: diesel-async's, with a memory of what is prepared on each
/// connection, so that a scope needs one round trip for it however often the connection changes
/// hands.
#[derive(Debug)]
pub struct ConnectionManager(AsyncDieselConnectionManager<AsyncPgConnection>);

impl ConnectionManager {
    /// Connects to this URL.
    pub fn new(database_url: impl Into<String>) -> Self {
        AsyncDieselConnectionManager::new(database_url).into()
    }
}

/// Keeps diesel-async's own settings, such as TLS or the check of a connection before its reuse.
impl From<AsyncDieselConnectionManager<AsyncPgConnection>> for ConnectionManager {
    fn from(manager: AsyncDieselConnectionManager<AsyncPgConnection>) -> Self {
        ConnectionManager(manager)
    }
}

/// A connection of the pool. It is used through a scope only.
pub struct Connection {
    pg: AsyncPgConnection,
    known: KnownStatements,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl bb8::ManageConnection for ConnectionManager {
    type Connection = Connection;
    type Error = PoolError;

    async fn connect(&self) -> Result<Connection, PoolError> {
        Ok(Connection {
            pg: self.0.connect().await?,
            known: KnownStatements::default(),
        })
    }

    async fn is_valid(&self, conn: &mut Connection) -> Result<(), PoolError> {
        self.0.is_valid(&mut conn.pg).await
    }

    fn has_broken(&self, conn: &mut Connection) -> bool {
        self.0.has_broken(&mut conn.pg)
    }
}

/// A connection on loan from a [`TenantPool`].
#[derive(Debug)]
pub struct Lease(bb8::PooledConnection<'static, ConnectionManager>);

impl Sealed for Lease {}

impl ScopeConnection for Lease {
    type Kind = crate::scoped::Awaiting;

    fn depth(&mut self) -> Option<u32> {
        async_depth(&mut self.0.pg)
    }

    fn give_up(&mut self) {
        async_give_up(&mut self.0.pg);
    }

    fn discard_if_pooled(&mut self) {
        self.give_up();
    }

    fn known_statements(&mut self) -> KnownStatements {
        self.0.known.clone()
    }
}

impl AsyncScopeConnection for Lease {
    fn pg(&mut self) -> &mut AsyncPgConnection {
        &mut self.0.pg
    }
}

/// A pool that hands out scopes of tenants with ids of type `Id`.
///
/// `tenant_schema!` emits the alias `schema::TenantPool`. Cloning shares the pool.
pub struct TenantPool<Id> {
    pool: bb8::Pool<ConnectionManager>,
    #[cfg(feature = "encryption")]
    keyring: Option<Keyring>,
    #[cfg(feature = "sealed")]
    sealer: Option<Sealer>,
    tenant: std::marker::PhantomData<fn() -> Id>,
}

impl<Id> Clone for TenantPool<Id> {
    fn clone(&self) -> Self {
        TenantPool {
            pool: self.pool.clone(),
            #[cfg(feature = "encryption")]
            keyring: self.keyring.clone(),
            #[cfg(feature = "sealed")]
            sealer: self.sealer.clone(),
            tenant: self.tenant,
        }
    }
}

impl<Id> fmt::Debug for TenantPool<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantPool").finish_non_exhaustive()
    }
}

/// Builds a [`TenantPool`].
#[derive(Debug)]
pub struct Builder<Id> {
    pool: bb8::Pool<ConnectionManager>,
    #[cfg(feature = "encryption")]
    keyring: Option<Keyring>,
    #[cfg(feature = "sealed")]
    sealer: Option<Sealer>,
    tenant: std::marker::PhantomData<fn() -> Id>,
}

/// Why a pool could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No connection could be had.
    #[error("no connection could be had to check the database role")]
    Checkout(#[source] bb8::RunError<PoolError>),
    /// The role could not be looked up.
    #[error("the database role could not be checked")]
    Query(#[source] QueryError),
    /// Row-level security does not apply to the role.
    #[error(
        "role `{role}` {why}, so row-level security does not apply to it; connect as a role with \
         NOSUPERUSER NOBYPASSRLS that owns no table"
    )]
    UnsafeRole {
        /// The role of the connection.
        role: String,
        /// What exempts it.
        why: &'static str,
    },
    /// Sealed tenants, or such as are not sealed, do not go with this database.
    #[error(transparent)]
    SealedTenants(#[from] crate::sealed::SealedError),
}

/// Why a scope could not be had, or what went wrong in [`TenantPool::with_scope`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The id cannot be a tenant's.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// No connection could be had.
    #[error("no connection could be had from the pool")]
    Checkout(#[from] bb8::RunError<PoolError>),
    /// The keys of the tenant could not be unlocked.
    #[cfg(feature = "encryption")]
    #[error("the keys of the tenant could not be unlocked")]
    Keys(#[from] KeyringError),
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// So that a closure of [`TenantPool::with_scope`] may return a `QueryResult`.
impl From<Error> for QueryError {
    fn from(error: Error) -> Self {
        match error {
            Error::Query(error) => error,
            Error::Scope(error) => error.into(),
            #[cfg(feature = "encryption")]
            Error::Keys(_) => QueryError::QueryBuilderError(Box::new(error)),
            Error::Checkout(_) => QueryError::QueryBuilderError(Box::new(error)),
        }
    }
}

#[derive(diesel::QueryableByName)]
struct RoleRow {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    superuser: bool,
    #[diesel(sql_type = Bool)]
    bypass: bool,
}

impl<Id: SqlTenantId> Builder<Id> {
    /// Unlocks the keys of a tenant when a scope is opened, for its encrypted columns.
    ///
    /// A tenant without keys gets no scope then: create them with
    /// [`Keyring::create_tenant`](crate::encryption::Keyring::create_tenant) where tenants are created,
    /// so that a guessed id costs nothing. Or open its scope with
    /// [`scope_without_keys`](TenantPool::scope_without_keys).
    #[cfg(feature = "encryption")]
    pub fn keys(mut self, keyring: Keyring) -> Self {
        self.keyring = Some(keyring);
        self
    }

    /// Has scopes set the variable to a sealed value, for policies that take no other: see
    /// [`PolicyOptions::sealed`](crate::PolicyOptions::sealed). `build` checks that the database has the key.
    #[cfg(feature = "sealed")]
    pub fn sealed(mut self, sealer: Sealer) -> Self {
        self.sealer = Some(sealer);
        self
    }

    async fn check_seal(&self, conn: &mut AsyncPgConnection) -> Result<(), BuildError> {
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.sealer {
            return Ok(crate::sealed::check_async(conn, Id::VARIABLE, sealer).await?);
        }
        Ok(crate::sealed::unsealed_async(conn, Id::VARIABLE).await?)
    }

    /// Checks the database role and builds the pool.
    ///
    /// # Errors
    /// [`BuildError::SealedTenants`] when the database does not verify what the sealer seals, or takes sealed
    /// tenants only and there is no sealer.
    /// [`BuildError::UnsafeRole`] for a superuser or a role with BYPASSRLS, to which row-level
    /// security does not apply.
    pub async fn build(self) -> Result<TenantPool<Id>, BuildError> {
        let mut conn = self.pool.get().await.map_err(BuildError::Checkout)?;
        // In a transaction, because a pooler may share the sessions of the server.
        let RoleRow {
            role,
            superuser,
            bypass,
        } = conn
            .pg
            .transaction(async |conn| {
                let row = diesel::sql_query(
                    "SELECT rolname::text AS role, rolsuper AS superuser, rolbypassrls AS bypass \
                     FROM pg_catalog.pg_roles WHERE rolname = current_user",
                );
                row.get_result(conn).await
            })
            .await
            .map_err(BuildError::Query)?;
        let why = match (superuser, bypass) {
            (true, _) => "is a superuser",
            (_, true) => "has BYPASSRLS",
            (false, false) => {
                self.check_seal(&mut conn.pg).await?;
                drop(conn);
                return Ok(TenantPool {
                    pool: self.pool,
                    #[cfg(feature = "encryption")]
                    keyring: self.keyring,
                    #[cfg(feature = "sealed")]
                    sealer: self.sealer,
                    tenant: self.tenant,
                });
            }
        };
        Err(BuildError::UnsafeRole { role, why })
    }
}

impl<Id: SqlTenantId> TenantPool<Id> {
    /// Begins with a bb8 pool.
    pub fn builder(pool: bb8::Pool<ConnectionManager>) -> Builder<Id> {
        Builder {
            pool,
            #[cfg(feature = "encryption")]
            keyring: None,
            #[cfg(feature = "sealed")]
            sealer: None,
            tenant: std::marker::PhantomData,
        }
    }

    /// A connection in the scope of one tenant. It returns to the pool when it is dropped.
    ///
    /// # Errors
    /// [`Error::Scope`] when the id cannot be a tenant's, before a connection is taken, and
    /// [`Error::Checkout`] when there is none to be had. With [`keys`](Builder::keys),
    /// `Error::Keys` when the tenant has none, its keys were destroyed or the key store failed.
    pub async fn scope(&self, tenant: Id) -> Result<Scoped<Lease, Id>, Error> {
        #[cfg(feature = "encryption")]
        if let Some(keyring) = &self.keyring {
            tenant.validate().map_err(ScopeError::from)?;
            // Before a connection is taken: the first unlocking of a tenant takes a while.
            let keys = keyring.unlock(&tenant).await?;
            return Ok(self.scope_without_keys(tenant).await?.with_keys(keys)?);
        }
        self.scope_without_keys(tenant).await
    }

    /// [`scope`](Self::scope) without the keys of the tenant: its encrypted columns neither load nor
    /// bind, all others do.
    ///
    /// # Errors
    /// [`Error::Scope`] and [`Error::Checkout`], as `scope`.
    pub async fn scope_without_keys(&self, tenant: Id) -> Result<Scoped<Lease, Id>, Error> {
        tenant.validate().map_err(ScopeError::from)?;
        let lease = Lease(self.pool.get_owned().await?);
        let scope = Scoped::open(lease, tenant)?;
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.sealer {
            return Ok(scope.with_sealer(sealer));
        }
        Ok(scope)
    }

    /// Runs a closure in one transaction in the scope of one tenant.
    ///
    /// The transaction is committed when the closure returns `Ok` and rolled back when it returns
    /// `Err`.
    ///
    /// ```no_run
    /// # use tenancy_diesel::bb8::{Error, TenantPool};
    /// # async fn run(pool: TenantPool<i64>) -> Result<(), Error> {
    /// pool.with_scope(42, async |conn| {
    ///     // several statements, one tenant
    ///     Ok::<_, Error>(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`scope`](Self::scope), and what the closure and COMMIT return.
    #[allow(
        clippy::manual_async_fn,
        reason = "an `async fn` cannot promise a future that is `Send`"
    )]
    pub fn with_scope<'a, 'p, R, E, F>(
        &'p self,
        tenant: Id,
        callback: F,
    ) -> impl Future<Output = Result<R, E>> + Send + 'p
    where
        for<'r> F: AsyncFnOnce(&'r mut Scoped<Lease, Id>) -> Result<R, E>
            + ScopeFn<&'r mut Scoped<Lease, Id>, Result<R, E>, Future: Send>
            + Send
            + 'a,
        E: From<QueryError> + From<Error> + Send + 'a,
        R: Send + 'a,
        'a: 'p,
    {
        async move {
            let mut scope = self.scope(tenant).await?;
            AsyncScopedTransactionManager::transaction(&mut scope, callback).await
        }
    }

    /// [`with_scope`](Self::with_scope) for a callback that returns a boxed future, which can be
    /// stored or be a trait object.
    ///
    /// # Errors
    /// As [`with_scope`](Self::with_scope).
    pub async fn with_scope_boxed<'a, R, E, F>(&self, tenant: Id, callback: F) -> Result<R, E>
    where
        F: for<'r> FnOnce(&'r mut Scoped<Lease, Id>) -> ScopedBoxFuture<'a, 'r, Result<R, E>>
            + Send,
        E: From<QueryError> + From<Error>,
    {
        let mut scope = self.scope(tenant).await?;
        AsyncScopedTransactionManager::begin_transaction(&mut scope).await?;
        let closure = scope.enter_closure();
        let result = callback(&mut scope).await;
        closure.end();
        finish_transaction(&mut scope, result).await
    }
}
