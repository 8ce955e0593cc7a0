//! Unlocking tenants' keys and changing them.

mod builder;
mod change;
mod destroy;
mod shred;
mod slot;
mod unlock;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

pub use builder::KeyringBuilder;
pub use destroy::Destruction;
pub use shred::ShredReceipt;
use tokio::sync::OnceCell;

use self::slot::Slot;
use super::kdf::Worker;
use super::{
    CanonicalTenant, Clock, KdfCost, KeySource, KeyStore, KeyringError, RootId, RootKey, RootKind,
};

/// Unlocks the keys of tenants and carries out the operations on them.
///
/// Argon2id runs once per tenant and process, on a thread of its own, whatever the number of callers
/// that wait for it; never for a tenant that has no keys. What is unlocked is used without waiting,
/// for as long as its lease lasts: 60 seconds since the key store was last asked, unless the tenant
/// was created with another. Unlocking again asks the store when less than half of the lease is left.
///
/// The futures need no particular runtime; [`wait`](super::wait) runs them without one. A future may
/// be dropped at any time: an operation that was cut off has happened or has not, and can be repeated.
///
/// ```
/// # use tenancy_core::encryption::*;
/// # wait(async {
/// let root = FixedKey::new(RootId::literal("2026-01"), RootKey::generate()?);
/// let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
///
/// keyring.create_tenant(&7).await?;
/// let keys = keyring.unlock(&7).await?;
/// let column = keys.column(&Label::literal("projects.api_key"))?;
/// let sealed = column.seal("s3cret")?;
///
/// keyring.new_generation(&7).await?;
/// assert_eq!(column.open::<String>(&sealed)?, "s3cret");
/// let resealed = column.reseal(&sealed)?.ok_or("already new")?;
/// assert_eq!(EnvelopeInfo::read(&resealed)?.generation.get(), 2);
///
/// keyring.shred(&7).await?;
/// assert_eq!(column.open::<String>(&resealed), Err(EncryptionError::TenantShredded));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    store: Box<dyn KeyStore>,
    /// The current one first.
    roots: Vec<Root>,
    cost: Option<KdfCost>,
    lease: Duration,
    clock: Arc<dyn Clock>,
    worker: Worker,
    slots: RwLock<HashMap<CanonicalTenant, Arc<Slot>>>,
}

struct Root {
    id: RootId,
    source: Box<dyn KeySource>,
    key: OnceCell<Arc<RootKey>>,
}

impl Root {
    fn new(source: impl KeySource) -> Self {
        Root {
            id: source.id().clone(),
            source: Box::new(source),
            key: OnceCell::new(),
        }
    }

    async fn key(&self) -> Result<Arc<RootKey>, KeyringError> {
        let load = async || Ok::<_, KeyringError>(Arc::new(self.source.load().await?));
        self.key.get_or_try_init(load).await.cloned()
    }
}

impl Keyring {
    /// Begins with a key store and the root key under which new records are wrapped.
    pub fn builder(store: impl KeyStore, root: impl KeySource) -> KeyringBuilder {
        KeyringBuilder::new(store, root)
    }

    /// How often Argon2id was run.
    pub fn argon2_runs(&self) -> u64 {
        self.0.worker.runs()
    }

    /// Up to `limit` tenants of the key store behind `after`: pages for operations on all of them.
    ///
    /// # Errors
    /// [`KeyringError::Store`].
    pub async fn tenants(
        &self,
        after: Option<&CanonicalTenant>,
        limit: usize,
    ) -> Result<Vec<CanonicalTenant>, KeyringError> {
        let page = self.0.store.tenants(after, limit).await;
        page.map_err(KeyringError::Store)
    }

    fn cost(&self, kind: RootKind) -> KdfCost {
        self.0.cost.unwrap_or(KdfCost::recommended(kind))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}
