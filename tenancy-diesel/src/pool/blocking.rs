//! The methods of synchronous pools.

use diesel::PgConnection;
use diesel::connection::TransactionManager;
use diesel::result::Error as QueryError;

use super::{BuildError, Builder, Error, SharedConn, SyncScopePool, TenantPool, boot};
use crate::scoped::{Blocking, Scoped, ScopedTransactionManager, SyncScopeConnection};
use crate::table::Schema;

impl<S: Schema, P: SyncScopePool> Builder<S, P, Blocking> {
    /// Looks at the database and builds the pool.
    ///
    /// # Errors
    /// [`BuildError::UnsafeDatabase`] with all that lets a tenant's rows out: a role that is a superuser,
    /// has BYPASSRLS or owns a table of the schema, and a role that can become such a one.
    /// [`BuildError::SealedTenants`] when the database does not verify what the sealer seals, or takes sealed
    /// tenants only and there is no sealer.
    pub fn build(self) -> Result<TenantPool<S, P, Blocking>, BuildError> {
        self.boot.validate()?;
        let mut lease = self.pool.pool.lease().map_err(BuildError::Checkout)?;
        boot::check_blocking(lease.pg(), &self.boot)?;
        self.check_seal(lease.pg())?;
        Ok(self.pool)
    }

    fn check_seal(&self, pg: &mut PgConnection) -> Result<(), BuildError> {
        let variable = S::REGISTRY.variable;
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.pool.sealer {
            return Ok(crate::sealed::check(pg, variable, sealer)?);
        }
        Ok(crate::sealed::unsealed(pg, variable)?)
    }
}

impl<S: Schema, P: SyncScopePool> TenantPool<S, P, Blocking> {
    /// A connection in the scope of one tenant. It returns to the pool when it is dropped.
    ///
    /// # Errors
    /// [`Error::Scope`] when the id cannot be a tenant's, before a connection is taken, and
    /// [`Error::Checkout`] when there is none to be had. With [`keys`](Builder::keys),
    /// `Error::Keys` when the tenant has none, its keys were destroyed or the key store failed.
    pub fn scope(&self, tenant: S::Tenant) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        #[cfg(feature = "encryption")]
        if let Some(keyring) = &self.keyring {
            Self::checked(&tenant)?;
            // Before a connection is taken: the first unlocking of a tenant takes a while.
            let keys = keyring.unlock_blocking(&tenant)?;
            return Ok(self.scope_without_keys(tenant)?.with_keys(keys)?);
        }
        self.scope_without_keys(tenant)
    }

    /// [`scope`](Self::scope) without the keys of the tenant: its encrypted columns neither load nor
    /// bind, all others do.
    ///
    /// # Errors
    /// [`Error::Scope`] and [`Error::Checkout`], as `scope`.
    pub fn scope_without_keys(
        &self,
        tenant: S::Tenant,
    ) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        Self::checked(&tenant)?;
        self.open(self.pool.lease()?, tenant)
    }

    /// [`scope`](Self::scope) of the tenant that this task has entered, see
    /// [`CurrentTenant`](crate::CurrentTenant).
    ///
    /// # Errors
    /// [`Error::CurrentTenant`] when it has entered none, and as `scope`.
    #[cfg(feature = "async")]
    pub fn current_scope(&self) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        self.scope(crate::CurrentTenant::try_get()?)
    }

    /// A connection on behalf of no tenant, for shared tables.
    ///
    /// # Errors
    /// [`Error::Checkout`] when there is none to be had.
    pub fn shared(&self) -> Result<SharedConn<P::Lease, S::Tenant>, Error> {
        SharedConn::open(self.pool.lease()?)
    }

    /// Runs a closure in one transaction in the scope of one tenant.
    ///
    /// The transaction is committed when the closure returns `Ok` and rolled back when it returns
    /// `Err`.
    ///
    /// ```
    /// # #[cfg(all(feature = "r2d2", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # use tenancy_diesel::pool::Error;
    /// # use tenancy_diesel::r2d2::Pool;
    /// # fn run(pool: schema::TenantPool<Pool>) -> Result<(), Error> {
    /// pool.with_scope(Uuid::from_u128(7), |conn| {
    ///     // several statements, one tenant
    ///     Ok::<_, Error>(())
    /// })
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`scope`](Self::scope), and what the closure and COMMIT return.
    pub fn with_scope<R, E>(
        &self,
        tenant: S::Tenant,
        callback: impl FnOnce(&mut Scoped<P::Lease, S::Tenant>) -> Result<R, E>,
    ) -> Result<R, E>
    where
        E: From<QueryError> + From<Error>,
    {
        let mut scope = self.scope(tenant)?;
        ScopedTransactionManager::transaction(&mut scope, callback)
    }
}
