//! Pools that hand out scopes and nothing else.
//!
//! `tenant_schema!` emits the alias `schema::TenantPool<P>`. `P` is the pool inside, and follows from what
//! [`builder`](TenantPool::builder) is given:
//!
//! | feature | `P` | |
//! |---|---|---|
//! | `bb8` | `bb8::Pool`, the default when the feature is on | asynchronous |
//! | `deadpool` | `deadpool::Pool` | asynchronous |
//! | `r2d2` | `r2d2::Pool` | the same methods, without `.await` |
//!
//! The pool inside is built with its own crate's builder, so its size, timeouts and hooks are that crate's.
//!
//! ```
//! # #[cfg(all(feature = "bb8", feature = "postgres", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! # use diesel_async::RunQueryDsl;
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let manager = tenancy_diesel::bb8::ConnectionManager::new("postgres://app@localhost/shop");
//! # let acme = Uuid::from_u128(7);
//! let pool = bb8::Pool::builder().build(manager).await?;
//! // Looks at the database, and refuses one that does not keep tenants apart.
//! let pool: schema::TenantPool = schema::TenantPool::builder(pool).build().await?;
//!
//! // Statement by statement:
//! let mut conn = pool.scope(acme).await?;
//! let names: Vec<String> = projects::table.select(projects::name).load(&mut conn).await?;
//!
//! // In one transaction:
//! let count = pool
//!     .with_scope(acme, async |conn| tasks::table.count().get_result::<i64>(conn).await)
//!     .await?;
//!
//! // On behalf of no tenant, for shared tables:
//! let mut conn = pool.shared().await?;
//! let countries: i64 = countries::table.count().get_result(&mut conn).await?;
//! # Ok(())
//! # }
//! # }
//! ```

#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod asynchronous;
#[cfg(feature = "r2d2")]
mod blocking;
mod boot;
mod error;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod manager;
mod shared;

#[cfg(feature = "bb8")]
pub mod bb8;
#[cfg(feature = "deadpool")]
pub mod deadpool;
#[cfg(feature = "r2d2")]
pub mod r2d2;

pub use error::{BuildError, CheckoutError, Error};
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub use manager::Lease;
pub use shared::{SharedConn, SharedTransactionManager};

use std::fmt;
use std::marker::PhantomData;

#[cfg(feature = "encryption")]
use tenancy_core::encryption::Keyring;
#[cfg(feature = "sealed")]
use tenancy_core::sealed::Sealer;
use tenancy_core::{Registry, TenantId};

use crate::ScopeError;
use crate::scoped::{ScopeConnection, Scoped};
use crate::table::Schema;

pub(crate) trait Sealed {}

/// A pool that a [`TenantPool`] can hold: `bb8::Pool`, `deadpool::Pool` or `r2d2::Pool` of this crate.
#[diagnostic::on_unimplemented(
    message = "a tenant pool cannot be built around `{Self}`",
    note = "use the `Pool` of `tenancy_diesel::bb8`, `tenancy_diesel::deadpool` or `tenancy_diesel::r2d2`, \
            with the `ConnectionManager` that is beside it"
)]
#[expect(private_bounds, reason = "the trait is sealed")]
pub trait ScopePool: Sealed + Clone + Send + Sync + 'static {
    /// Whether its methods are to be awaited.
    #[doc(hidden)]
    type Kind;

    /// A connection on loan.
    type Lease: ScopeConnection<Kind = Self::Kind> + Send + 'static;
}

/// A pool of asynchronous connections.
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub trait AsyncScopePool:
    ScopePool<Kind = crate::scoped::Awaiting, Lease: crate::AsyncScopeConnection>
{
    #[doc(hidden)]
    fn lease(&self) -> impl Future<Output = Result<Self::Lease, CheckoutError>> + Send;
}

/// A pool of synchronous connections.
#[cfg(feature = "r2d2")]
pub trait SyncScopePool:
    ScopePool<Kind = crate::scoped::Blocking, Lease: crate::SyncScopeConnection>
{
    #[doc(hidden)]
    fn lease(&self) -> Result<Self::Lease, CheckoutError>;
}

/// A pool that hands out scopes of the tenants of a schema.
///
/// `tenant_schema!` emits the alias `schema::TenantPool<P>` with its schema as `S`; `K` says whether the
/// methods are to be awaited, and follows from the pool `P`. Cloning shares the pool.
pub struct TenantPool<S: Schema, P: ScopePool, K = <P as ScopePool>::Kind> {
    pool: P,
    #[cfg(feature = "encryption")]
    keyring: Option<Keyring>,
    #[cfg(feature = "sealed")]
    sealer: Option<Sealer>,
    schema: PhantomData<fn() -> (S, K)>,
}

/// Builds a [`TenantPool`].
#[must_use = "a builder does nothing unless `build` is called on it"]
pub struct Builder<S: Schema, P: ScopePool, K = <P as ScopePool>::Kind> {
    pool: TenantPool<S, P, K>,
    boot: boot::Settings,
}

impl<S: Schema, P: ScopePool> TenantPool<S, P> {
    /// Begins with a pool.
    pub fn builder(pool: P) -> Builder<S, P> {
        Builder {
            pool: TenantPool {
                pool,
                #[cfg(feature = "encryption")]
                keyring: None,
                #[cfg(feature = "sealed")]
                sealer: None,
                schema: PhantomData,
            },
            boot: boot::Settings::new(S::REGISTRY),
        }
    }
}

impl<S: Schema, P: ScopePool, K> Builder<S, P, K> {
    /// Unlocks the keys of a tenant when a scope is opened, for its encrypted columns.
    ///
    /// A tenant without keys gets no scope then: create them with
    /// [`Keyring::create_tenant`](crate::encryption::Keyring::create_tenant) where tenants are created,
    /// so that a guessed id costs nothing. Or open its scope with `scope_without_keys`.
    #[cfg(feature = "encryption")]
    pub fn keys(mut self, keyring: Keyring) -> Self {
        self.pool.keyring = Some(keyring);
        self
    }

    /// Has scopes set the variable to a sealed value, for policies that take no other: see
    /// [`PolicyOptions::sealed`](crate::PolicyOptions::sealed). `build` checks that the database has the key.
    #[cfg(feature = "sealed")]
    pub fn sealed(mut self, sealer: Sealer) -> Self {
        self.pool.sealer = Some(sealer);
        self
    }

    /// Lets the boot check look at the tables of another `tenant_schema!` too, whose queries run in scopes
    /// of this pool.
    pub fn check_also(mut self, registry: &'static Registry) -> Self {
        self.boot.also(registry);
        self
    }

    /// Builds the pool whatever the boot check finds, which becomes a warning of `tracing`, with the
    /// reason.
    ///
    /// What it finds lets a tenant's rows out. This is for programs that look on while a database is
    /// mended.
    pub fn dangerously_skip_boot_check(mut self, reason: impl Into<String>) -> Self {
        self.boot.skip(reason.into());
        self
    }
}

impl<S: Schema, P: ScopePool, K> TenantPool<S, P, K> {
    fn checked(tenant: &S::Tenant) -> Result<(), ScopeError> {
        Ok(tenant.validate()?)
    }

    /// Whether scopes come with the keys of their tenant.
    #[cfg(feature = "jobs")]
    pub(crate) fn has_keys(&self) -> bool {
        self.keyring.is_some()
    }

    fn open(
        &self,
        lease: P::Lease,
        tenant: S::Tenant,
    ) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        let scope = Scoped::open(lease, tenant)?;
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.sealer {
            return Ok(scope.with_sealer(sealer));
        }
        Ok(scope)
    }
}

impl<S: Schema, P: ScopePool, K> Clone for TenantPool<S, P, K> {
    fn clone(&self) -> Self {
        TenantPool {
            pool: self.pool.clone(),
            #[cfg(feature = "encryption")]
            keyring: self.keyring.clone(),
            #[cfg(feature = "sealed")]
            sealer: self.sealer.clone(),
            schema: PhantomData,
        }
    }
}

impl<S: Schema, P: ScopePool, K> fmt::Debug for TenantPool<S, P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantPool").finish_non_exhaustive()
    }
}

impl<S: Schema, P: ScopePool, K> fmt::Debug for Builder<S, P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("boot", &self.boot)
            .finish_non_exhaustive()
    }
}
