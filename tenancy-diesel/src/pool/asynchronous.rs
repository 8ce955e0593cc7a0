//! The methods of asynchronous pools.

use std::future::Future;

use diesel::result::Error as QueryError;
use scoped_futures::ScopedBoxFuture;

use super::{AsyncScopePool, BuildError, Builder, Error, SharedConn, TenantPool, boot};
use crate::CurrentTenant;
use crate::scoped::{
    AsyncScopeConnection, AsyncScopedTransactionManager, Awaiting, ScopeFn, Scoped,
    finish_transaction,
};
use crate::table::Schema;

use diesel_async::{AsyncPgConnection, TransactionManager};

impl<S: Schema, P: AsyncScopePool> Builder<S, P, Awaiting> {
    /// Looks at the database and builds the pool.
    ///
    /// # Errors
    /// [`BuildError::UnsafeDatabase`] with all that lets a tenant's rows out: a role that is a superuser,
    /// has BYPASSRLS or owns a table of the schema, and a role that can become such a one.
    /// [`BuildError::SealedTenants`] when the database does not verify what the sealer seals, or takes sealed
    /// tenants only and there is no sealer.
    pub async fn build(self) -> Result<TenantPool<S, P, Awaiting>, BuildError> {
        self.boot.validate()?;
        let mut lease = self.pool.pool.lease().await.map_err(BuildError::Checkout)?;
        boot::check(lease.pg(), &self.boot).await?;
        self.check_seal(lease.pg()).await?;
        Ok(self.pool)
    }

    async fn check_seal(&self, pg: &mut AsyncPgConnection) -> Result<(), BuildError> {
        let variable = S::REGISTRY.variable;
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.pool.sealer {
            return Ok(crate::sealed::check_async(pg, variable, sealer).await?);
        }
        Ok(crate::sealed::unsealed_async(pg, variable).await?)
    }
}

impl<S: Schema, P: AsyncScopePool> TenantPool<S, P, Awaiting> {
    /// A connection in the scope of one tenant. It returns to the pool when it is dropped.
    ///
    /// # Errors
    /// [`Error::Scope`] when the id cannot be a tenant's, before a connection is taken, and
    /// [`Error::Checkout`] when there is none to be had. With [`keys`](Builder::keys),
    /// `Error::Keys` when the tenant has none, its keys were destroyed or the key store failed.
    pub async fn scope(&self, tenant: S::Tenant) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        #[cfg(feature = "encryption")]
        if let Some(keyring) = &self.keyring {
            Self::checked(&tenant)?;
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
    pub async fn scope_without_keys(
        &self,
        tenant: S::Tenant,
    ) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        Self::checked(&tenant)?;
        self.open(self.pool.lease().await?, tenant)
    }

    /// [`scope`](Self::scope) of the tenant that this task has entered, see [`CurrentTenant`].
    ///
    /// # Errors
    /// [`Error::CurrentTenant`] when it has entered none, and as `scope`.
    pub async fn current_scope(&self) -> Result<Scoped<P::Lease, S::Tenant>, Error> {
        self.scope(CurrentTenant::try_get()?).await
    }

    /// A connection on behalf of no tenant, for shared tables.
    ///
    /// # Errors
    /// [`Error::Checkout`] when there is none to be had.
    pub async fn shared(&self) -> Result<SharedConn<P::Lease, S::Tenant>, Error> {
        SharedConn::open(self.pool.lease().await?)
    }

    /// Runs a closure in one transaction in the scope of one tenant.
    ///
    /// The transaction is committed when the closure returns `Ok` and rolled back when it returns
    /// `Err`.
    ///
    /// ```
    /// # #[cfg(all(feature = "bb8", feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # use tenancy_diesel::pool::Error;
    /// # async fn run(pool: schema::TenantPool) -> Result<(), Error> {
    /// pool.with_scope(Uuid::from_u128(7), async |conn| {
    ///     // several statements, one tenant
    ///     Ok::<_, Error>(())
    /// })
    /// .await
    /// # }
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
        tenant: S::Tenant,
        callback: F,
    ) -> impl Future<Output = Result<R, E>> + Send + 'p
    where
        for<'r> F: AsyncFnOnce(&'r mut Scoped<P::Lease, S::Tenant>) -> Result<R, E>
            + ScopeFn<&'r mut Scoped<P::Lease, S::Tenant>, Result<R, E>, Future: Send>
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
    pub async fn with_scope_boxed<'a, R, E, F>(
        &self,
        tenant: S::Tenant,
        callback: F,
    ) -> Result<R, E>
    where
        F: for<'r> FnOnce(
                &'r mut Scoped<P::Lease, S::Tenant>,
            ) -> ScopedBoxFuture<'a, 'r, Result<R, E>>
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
