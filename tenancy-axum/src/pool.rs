use tenancy_diesel::pool::{AsyncScopePool, Error as PoolError, TenantPool};
use tenancy_diesel::{AsyncScopeConnection, Schema, Scoped, SqlTenantId};

mod sealed {
    pub trait Sealed {}
}

/// A pool that a [`TenantLayer`](crate::TenantLayer) takes scopes from: `schema::TenantPool` over bb8 or deadpool.
#[diagnostic::on_unimplemented(
    message = "a tenant layer cannot use `{Self}`",
    note = "use `schema::TenantPool` of `tenant_schema!`, over an asynchronous pool: bb8 or deadpool"
)]
pub trait Pool: sealed::Sealed + Clone + Send + Sync + 'static {
    /// The tenant id of the schema.
    type Id: SqlTenantId;

    /// A connection on loan.
    type Lease: AsyncScopeConnection + 'static;

    #[doc(hidden)]
    fn open(
        &self,
        tenant: Self::Id,
    ) -> impl Future<Output = Result<ScopeOf<Self>, PoolError>> + Send;
}

/// A scope of a pool.
pub type ScopeOf<P> = Scoped<<P as Pool>::Lease, <P as Pool>::Id>;

impl<S: Schema, P: AsyncScopePool> sealed::Sealed for TenantPool<S, P> {}

// Else the compiler would tell of a trait of the other crate.
#[diagnostic::do_not_recommend]
impl<S: Schema, P: AsyncScopePool> Pool for TenantPool<S, P> {
    type Id = S::Tenant;
    type Lease = P::Lease;

    async fn open(&self, tenant: S::Tenant) -> Result<ScopeOf<Self>, PoolError> {
        self.scope(tenant).await
    }
}
