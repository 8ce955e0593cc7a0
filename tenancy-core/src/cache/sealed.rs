use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use super::entry::{Form, Opened};
use super::shared::Shared;
use super::{
    Address, CacheCounters, CacheError, CacheName, CacheOptions, CacheStore, Generation, Partition,
    ScopedCache,
};
use crate::CanonicalTenant;
use crate::encryption::{Column, EncryptionError, Label, RowId, TenantKeys};
use crate::erasure::{Amount, Target, TargetError};

/// A cache whose values are sealed under keys of their tenant. Otherwise it is a
/// [`TenantCache`](super::TenantCache).
///
/// Whoever reads the store sees keys, lengths and times, and no value. Whoever writes to it cannot make a
/// value, nor put one in the place of another: it is sealed for its cache, generation and key. They can remove
/// entries, and bring back an earlier value of the same key until its time is over.
///
/// An entry that does not open is none: it is loaded anew, [counted](CacheCounters::refused), and told as an
/// event. A tenant whose keys are destroyed has an error in the place of a cache.
///
/// ```
/// # #[cfg(feature = "moka")] {
/// # use tenancy_core::encryption::wait;
/// use std::time::Duration;
/// use tenancy_core::cache::{CacheName, CacheOptions, MemoryStore, SealedTenantCache};
/// use tenancy_core::encryption::{DerivedKeys, Label, RootKey};
///
/// let cache = SealedTenantCache::new(
///     MemoryStore::new(64 << 20),
///     CacheName::literal("shop.tokens"),
///     CacheOptions::new(Duration::from_secs(300))?,
///     Label::literal("cache.tokens"),
/// );
/// let keys = DerivedKeys::new_blocking("example", RootKey::generate()?)?;
/// # wait(async {
/// let acme = cache.scope(&keys.tenant(&7)?)?;
/// acme.set("github", "s3cret").await?;
/// assert_eq!(acme.get("github").await?.as_deref(), Some(&b"s3cret"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SealedTenantCache<S> {
    shared: Arc<Shared<S>>,
    label: Label,
}

impl<S: CacheStore> SealedTenantCache<S> {
    /// A cache over a store. The label never changes: keys are derived under it, and no column has the same.
    pub fn new(store: S, name: CacheName, options: CacheOptions, label: Label) -> Self {
        SealedTenantCache {
            shared: Shared::new(store, name, options),
            label,
        }
    }

    /// The entries of the tenant of these keys.
    ///
    /// # Errors
    /// [`CacheError::Encryption`] with `NotUnlocked` when the keys' lease is over, or `TenantShredded`.
    pub fn scope(&self, keys: &TenantKeys) -> Result<ScopedCache<S>, CacheError> {
        let seal = Seal(keys.column(&self.label)?);
        let partition = self.shared.partition(keys.tenant().clone());
        Ok(ScopedCache::new(
            Arc::clone(&self.shared),
            partition,
            Form::Sealed(seal),
        ))
    }

    /// What the cache has done so far.
    pub fn counters(&self) -> CacheCounters {
        self.shared.counters.read()
    }

    fn partition(&self, tenant: &CanonicalTenant) -> Partition {
        self.shared.partition(tenant.clone())
    }
}

impl<S> Clone for SealedTenantCache<S> {
    fn clone(&self) -> Self {
        SealedTenantCache {
            shared: Arc::clone(&self.shared),
            label: self.label.clone(),
        }
    }
}

impl<S: CacheStore> fmt::Debug for SealedTenantCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedTenantCache")
            .field("name", &self.shared.name)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// The keys of the tenant are not needed, so it can be erased after they were destroyed.
impl<S: CacheStore> Target for SealedTenantCache<S> {
    fn name(&self) -> &str {
        &self.shared.target
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> crate::BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { self.shared.store.count(&self.partition(tenant)).await })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> crate::BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { self.shared.store.erase(&self.partition(tenant)).await })
    }

    fn copies(&self) -> Vec<String> {
        self.shared.store.copies()
    }
}

/// Seals the entries of one tenant.
#[derive(Clone)]
pub(super) struct Seal(Column);

const EXPIRY_BYTES: usize = 8;

impl Seal {
    /// The end of the entry's life is sealed with it, so that whoever writes to the store does not prolong it.
    pub(super) fn close(
        &self,
        address: &Address,
        generation: &Generation,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Vec<u8>, CacheError> {
        let expiry = now_in_milliseconds().saturating_add(milliseconds(ttl));
        let mut plaintext = zeroize::Zeroizing::new(Vec::with_capacity(EXPIRY_BYTES + value.len()));
        plaintext.extend_from_slice(&expiry.to_be_bytes());
        plaintext.extend_from_slice(value);
        Ok(self
            .0
            .seal_row(&row(address, generation), plaintext.as_slice())?)
    }

    pub(super) fn open(
        &self,
        address: &Address,
        generation: &Generation,
        envelope: &[u8],
    ) -> Result<Opened, CacheError> {
        let opened = self
            .0
            .open_row::<Vec<u8>>(&row(address, generation), envelope);
        let plaintext = match opened {
            Ok(plaintext) => Bytes::from(plaintext),
            Err(
                error @ (EncryptionError::NotUnlocked
                | EncryptionError::TenantShredded
                | EncryptionError::NoScope),
            ) => return Err(error.into()),
            Err(_) => return Ok(Opened::Refused("it was not sealed for this place")),
        };
        let Some(expiry) = plaintext.first_chunk::<EXPIRY_BYTES>() else {
            return Ok(Opened::Refused("it was not sealed for this place"));
        };
        if u64::from_be_bytes(*expiry) <= now_in_milliseconds() {
            return Ok(Opened::Refused("its time is over"));
        }
        Ok(Opened::Value(plaintext.slice(EXPIRY_BYTES..)))
    }
}

fn row(address: &Address, generation: &Generation) -> RowId {
    RowId::of_bytes(&[
        b"tenancy/1/cache entry",
        address.partition().cache().as_str().as_bytes(),
        generation,
        address.key(),
    ])
}

fn now_in_milliseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, milliseconds)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
