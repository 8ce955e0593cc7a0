use super::{Keyring, KeyringError};
use crate::CanonicalTenant;
use crate::TenantId;
use crate::encryption::record::KeySet;
use crate::encryption::secret::random_bytes;
use crate::encryption::store::Written;
use crate::encryption::{EncryptionError, KeyGeneration};

use super::slot::Derivation;

/// How often a change is tried when other processes change the same record.
pub(super) const ATTEMPTS: usize = 8;

/// What a change did to the keys.
pub(super) enum Changed<R> {
    /// They must be written.
    Yes(R),
    /// They are as they should be.
    No(R),
}

impl Keyring {
    /// Adds a generation. Values are sealed under it from now on, in this process at once and in others
    /// when they next ask the store, within a lease; older ones still open.
    ///
    /// # Errors
    /// As [`unlock`](Keyring::unlock); [`KeyringError::Contended`].
    pub async fn new_generation(&self, id: &impl TenantId) -> Result<KeyGeneration, KeyringError> {
        let mut first = None;
        self.change(&CanonicalTenant::of(id)?, |keys| {
            // Another process has added one while we tried: that is the new generation.
            if *first.get_or_insert(keys.active()) != keys.active() {
                return Ok(Changed::No(keys.active()));
            }
            keys.add_generation()?;
            Ok(Changed::Yes(keys.active()))
        })
        .await
    }

    /// Adds a version of the index key, under which blind indexes are written from now on. Both are
    /// searched until the old one is [retired](Keyring::retire_index_versions).
    ///
    /// # Errors
    /// As [`unlock`](Keyring::unlock); [`KeyringError::Contended`].
    pub async fn new_index_version(
        &self,
        id: &impl TenantId,
    ) -> Result<KeyGeneration, KeyringError> {
        let mut first = None;
        self.change(&CanonicalTenant::of(id)?, |keys| {
            if *first.get_or_insert(keys.active_index()) != keys.active_index() {
                return Ok(Changed::No(keys.active_index()));
            }
            keys.add_index_version()?;
            Ok(Changed::Yes(keys.active_index()))
        })
        .await
    }

    /// Destroys the index keys before the newest, once every blind index is written anew.
    ///
    /// # Errors
    /// As [`unlock`](Keyring::unlock); [`KeyringError::Contended`].
    pub async fn retire_index_versions(&self, id: &impl TenantId) -> Result<(), KeyringError> {
        self.change(&CanonicalTenant::of(id)?, |keys| {
            keys.retire_index_versions_below(keys.active_index());
            Ok(Changed::Yes(()))
        })
        .await
    }

    /// Refuses values of the generations below `floor` from now on. It never sinks.
    ///
    /// A process that has not heard of the active generation seals under an older one for up to a
    /// lease. Such values are refused too, and nothing brings them back: after a
    /// [`new_generation`](Keyring::new_generation) wait for two leases, seal what is left anew, and
    /// raise the floor then.
    ///
    /// # Errors
    /// [`KeyringError::FloorOutOfRange`] below the present floor and above the active generation; as
    /// [`unlock`](Keyring::unlock); [`KeyringError::Contended`].
    pub async fn raise_floor(
        &self,
        id: &impl TenantId,
        floor: KeyGeneration,
    ) -> Result<(), KeyringError> {
        self.change(&CanonicalTenant::of(id)?, |keys| {
            if keys.floor == floor {
                return Ok(Changed::No(()));
            }
            keys.raise_floor(floor).map(Changed::Yes)
        })
        .await
    }

    /// Wraps a tenant's keys anew, under the keyring's present root key and cost and a new salt. The
    /// keys stay the same, so no value is touched. Says whether there was anything to do.
    ///
    /// # Errors
    /// As [`unlock`](Keyring::unlock); [`KeyringError::Contended`].
    pub async fn rewrap(&self, id: &impl TenantId) -> Result<bool, KeyringError> {
        let root = &self.0.roots[0];
        let cost = self.cost(root.key().await?.kind());
        self.change(&CanonicalTenant::of(id)?, |keys| {
            if keys.root == root.id && keys.cost == cost {
                return Ok(Changed::No(false));
            }
            keys.root = root.id.clone();
            keys.cost = cost;
            keys.salt = random_bytes()?;
            Ok(Changed::Yes(true))
        })
        .await
    }

    /// Reads a tenant's keys, changes them and writes them back, unless another process was faster;
    /// then again from the start.
    pub(super) async fn change<R>(
        &self,
        tenant: &CanonicalTenant,
        mut change: impl FnMut(&mut KeySet) -> Result<Changed<R>, KeyringError>,
    ) -> Result<R, KeyringError> {
        let (slot, mut flight) = self.board(tenant).await;
        for _ in 0..ATTEMPTS {
            let asked = self.0.clock.now();
            let record = self.0.store.load(tenant).await;
            let Some(record) = record.map_err(KeyringError::Store)? else {
                return Err(self.missing(&slot, &mut flight));
            };
            let revision = record.revision;
            let (_, mut keys) = self.adopt(&slot, &mut flight, record, asked).await?;
            let outcome = match change(&mut keys)? {
                Changed::No(outcome) => return Ok(outcome),
                Changed::Yes(outcome) => outcome,
            };
            let derivation = Derivation {
                root: keys.root.clone(),
                salt: keys.salt,
                cost: keys.cost,
            };
            let wrap = self.wrap_key(tenant, &mut flight, derivation).await?;
            let next = revision.checked_add(1).ok_or(EncryptionError::Malformed)?;
            let record = wrap.wrap(&keys, tenant, next)?;
            let asked = self.0.clock.now();
            let written = self.0.store.replace(tenant, revision, &record).await;
            if written.map_err(KeyringError::Store)? == Written::Done {
                self.publish(&slot, &mut flight, record, &keys, asked);
                return Ok(outcome);
            }
        }
        Err(KeyringError::Contended)
    }
}
