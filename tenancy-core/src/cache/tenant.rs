use std::fmt;
use std::sync::Arc;

use super::entry::Form;
use super::shared::Shared;
use super::{CacheCounters, CacheError, CacheName, CacheOptions, CacheStore, ScopedCache};
use crate::erasure::{Amount, Target, TargetError};
use crate::{BoxFuture, CanonicalTenant, TenantId};

/// A cache for all tenants, which by itself reads and writes nothing.
///
/// ```
/// # #[cfg(feature = "moka")] {
/// use std::time::Duration;
/// use tenancy_core::cache::{CacheName, CacheOptions, MemoryStore, TenantCache};
///
/// # async fn price_from_the_database(_: i64) -> Result<String, std::io::Error> { Ok("12.50".into()) }
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let cache = TenantCache::new(
///     MemoryStore::new(64 << 20),
///     CacheName::literal("shop.prices"),
///     CacheOptions::new(Duration::from_secs(300))?,
/// );
///
/// let acme = cache.scope(&7)?;
/// let price = acme.get_or_load("roof", || price_from_the_database(7)).await?;
/// assert_eq!(&price[..], b"12.50");
///
/// // The same key of another tenant is another entry.
/// assert_eq!(cache.scope(&8)?.get("roof").await?, None);
///
/// acme.clear().await?;
/// assert_eq!(acme.get("roof").await?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TenantCache<S>(Arc<Shared<S>>);

impl<S: CacheStore> TenantCache<S> {
    /// A cache over a store.
    pub fn new(store: S, name: CacheName, options: CacheOptions) -> Self {
        TenantCache(Shared::new(store, name, options))
    }

    /// The entries of one tenant.
    ///
    /// # Errors
    /// [`CacheError::Tenant`] when no tenant can have the id.
    pub fn scope(&self, tenant: &impl TenantId) -> Result<ScopedCache<S>, CacheError> {
        let partition = self.0.partition(CanonicalTenant::of(tenant)?);
        Ok(ScopedCache::new(
            Arc::clone(&self.0),
            partition,
            Form::Plain,
        ))
    }

    /// What the cache has done so far.
    pub fn counters(&self) -> CacheCounters {
        self.0.counters.read()
    }
}

impl<S> Clone for TenantCache<S> {
    fn clone(&self) -> Self {
        TenantCache(Arc::clone(&self.0))
    }
}

impl<S: CacheStore> fmt::Debug for TenantCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantCache")
            .field("name", &self.0.name)
            .finish_non_exhaustive()
    }
}

/// Its name is `cache` and the name of the cache.
impl<S: CacheStore> Target for TenantCache<S> {
    fn name(&self) -> &str {
        &self.0.target
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { self.0.store.count(&self.0.partition(tenant.clone())).await })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { self.0.store.erase(&self.0.partition(tenant.clone())).await })
    }

    fn copies(&self) -> Vec<String> {
        self.0.store.copies()
    }
}
