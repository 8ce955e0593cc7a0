use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use tokio::sync::Mutex;

use super::{Inner, Keyring, KeyringError};
use crate::CanonicalTenant;
use crate::encryption::kdf::{Job, KdfCost, RootDerivation, wrap_key_purpose};
use crate::encryption::keys::{Lease, TenantKeys};
use crate::encryption::names::RootId;
use crate::encryption::record::{TenantRecord, WrapKey};
use crate::encryption::secret::Key;
use crate::encryption::{EncryptionError, KeyRecord};

/// What the process holds of one tenant.
pub(super) struct Slot {
    pub(super) keys: TenantKeys,
    /// Held by the one caller that talks to the store or waits for Argon2id.
    pub(super) flight: Arc<Mutex<Flight>>,
    /// The number of flights that have landed.
    pub(super) landed: AtomicU64,
}

#[derive(Default)]
pub(super) struct Flight {
    /// The record as it was last seen. A store that shows an older one has been rolled back.
    pub(super) last: Option<TenantRecord>,
    /// The outcome of the last flight, if it failed, and its number: who has waited for it shares it.
    pub(super) failure: Option<(u64, KeyringError)>,
    /// The slot is no longer in the map.
    pub(super) retired: bool,
    wrap: Option<(Derivation, WrapKey)>,
    /// A run that somebody started and did not wait for. The next in line takes it up.
    job: Option<(Derivation, Job)>,
}

/// What decides the outcome of Argon2id for a tenant.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Derivation {
    pub(super) root: RootId,
    pub(super) salt: [u8; 32],
    pub(super) cost: KdfCost,
}

impl Derivation {
    pub(super) fn of(record: &KeyRecord) -> Result<Self, EncryptionError> {
        Ok(Derivation {
            root: RootId::parse(&record.root).map_err(|_| EncryptionError::Malformed)?,
            salt: record.salt,
            cost: record.cost()?,
        })
    }
}

impl Flight {
    pub(super) fn forget_keys(&mut self) {
        self.wrap = None;
        self.job = None;
    }
}

impl Slot {
    pub(super) fn tenant(&self) -> &CanonicalTenant {
        self.keys.tenant()
    }

    /// Keeps how a flight ended, for those that wait.
    pub(super) fn land<T>(
        &self,
        flight: &mut Flight,
        result: Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let number = self.landed.fetch_add(1, Ordering::AcqRel) + 1;
        flight.failure = result.as_ref().err().map(|error| (number, error.clone()));
        result
    }
}

impl Keyring {
    pub(super) fn slot(&self, tenant: &CanonicalTenant) -> Arc<Slot> {
        let Inner { slots, clock, .. } = &*self.0;
        let known = slots.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = known.get(tenant) {
            return Arc::clone(slot);
        }
        drop(known);
        let mut known = slots.write().unwrap_or_else(PoisonError::into_inner);
        let slot = known.entry(tenant.clone()).or_insert_with(|| {
            let lease = Lease::new(Arc::clone(clock));
            Arc::new(Slot {
                keys: TenantKeys::locked(tenant.clone(), Some(lease)),
                flight: Arc::default(),
                landed: AtomicU64::new(0),
            })
        });
        Arc::clone(slot)
    }

    /// Takes a slot out of the map, so that guessed ids do not fill it.
    pub(super) fn retire(&self, slot: &Arc<Slot>, flight: &mut Flight) {
        flight.retired = true;
        flight.forget_keys();
        let mut known = self.0.slots.write().unwrap_or_else(PoisonError::into_inner);
        if known
            .get(slot.tenant())
            .is_some_and(|present| Arc::ptr_eq(present, slot))
        {
            known.remove(slot.tenant());
        }
    }

    /// The wrap key of a tenant: the one at hand, or a run of Argon2id.
    pub(super) async fn wrap_key(
        &self,
        tenant: &CanonicalTenant,
        flight: &mut Flight,
        derivation: Derivation,
    ) -> Result<WrapKey, KeyringError> {
        if let Some((known, wrap)) = &flight.wrap
            && *known == derivation
        {
            return Ok(wrap.clone());
        }
        let key = self.run(tenant, flight, &derivation).await?;
        let wrap = WrapKey::new(key, tenant);
        flight.wrap = Some((derivation, wrap.clone()));
        Ok(wrap)
    }

    async fn run(
        &self,
        tenant: &CanonicalTenant,
        flight: &mut Flight,
        derivation: &Derivation,
    ) -> Result<Key, KeyringError> {
        let root = self.0.roots.iter().find(|root| root.id == derivation.root);
        let root = root.ok_or(EncryptionError::WrongKey)?.key().await?;
        derivation.cost.check(root.kind())?;
        let job = match flight.job.take() {
            Some((started, job)) if started == *derivation => job,
            _ => {
                let input = RootDerivation {
                    root,
                    salt: derivation.salt,
                    cost: derivation.cost,
                    purpose: wrap_key_purpose("1", tenant.as_bytes()),
                };
                self.0.worker.start(input).await?
            }
        };
        // It stays in its place while we wait: whoever is cut off here leaves it to the next.
        let (_, job) = flight.job.insert((derivation.clone(), job));
        let key = job.wait().await;
        flight.job = None;
        key
    }
}
