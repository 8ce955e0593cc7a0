use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::slot::{Derivation, Flight, Slot};
use super::{Keyring, KeyringError};
use crate::CanonicalTenant;
use crate::TenantId;
use crate::encryption::keys::{Moment, Snapshot, TenantKeys};
use crate::encryption::record::{KeySet, TenantRecord, WrapKey};
use crate::encryption::store::Written;
use crate::encryption::{EncryptionError, wait};

impl Keyring {
    /// The keys of a tenant, with at least half of their lease ahead unless the store cannot be asked.
    ///
    /// # Errors
    /// [`KeyringError::NoKeys`] for a tenant without keys: they are never created here, and Argon2id
    /// is not run. [`KeyringError::Encryption`] with `WrongKey` for another root key, `Tampered` for a
    /// record that was changed, exchanged or rolled back, `KdfTooWeak` and `KdfTooCostly`,
    /// `TenantShredded`. [`KeyringError::Store`], [`KeyringError::Root`].
    pub async fn unlock(&self, id: &impl TenantId) -> Result<TenantKeys, KeyringError> {
        let tenant = CanonicalTenant::of(id)?;
        loop {
            let slot = self.slot(&tenant);
            if slot.keys.is_shredded() {
                return Err(EncryptionError::TenantShredded.into());
            }
            if slot.keys.is_fresh() {
                return Ok(slot.keys.clone());
            }
            let seen = slot.landed.load(Ordering::Acquire);
            let mut flight = slot.flight.lock().await;
            if let Some((number, error)) = &flight.failure
                && *number > seen
            {
                return Err(error.clone());
            }
            if flight.retired {
                continue;
            }
            if !slot.keys.is_fresh() {
                let result = self.refresh(&slot, &mut flight).await;
                slot.land(&mut flight, result)?;
            }
            return Ok(slot.keys.clone());
        }
    }

    /// [`unlock`](Keyring::unlock) for synchronous programs: [`wait`]s for it.
    ///
    /// # Errors
    /// As [`unlock`](Keyring::unlock).
    pub fn unlock_blocking(&self, id: &impl TenantId) -> Result<TenantKeys, KeyringError> {
        wait(self.unlock(id))
    }

    /// Creates the first keys of a tenant, and unlocks them. For one that has keys it only unlocks: two
    /// processes that create the same tenant agree on the keys of the first.
    ///
    /// # Errors
    /// As [`unlock`](Keyring::unlock); a shredded tenant gets no new keys.
    pub async fn create_tenant(&self, id: &impl TenantId) -> Result<TenantKeys, KeyringError> {
        let (slot, mut flight) = self.board(&CanonicalTenant::of(id)?).await;
        let result = self.create(&slot, &mut flight).await;
        slot.land(&mut flight, result)?;
        Ok(slot.keys.clone())
    }

    /// Drops the keys of a tenant from this process. Handles answer `NotUnlocked`; the next unlocking
    /// runs Argon2id again.
    ///
    /// # Errors
    /// [`KeyringError::Tenant`].
    pub async fn forget(&self, id: &impl TenantId) -> Result<(), KeyringError> {
        let (slot, mut flight) = self.board(&CanonicalTenant::of(id)?).await;
        slot.keys.lock();
        self.retire(&slot, &mut flight);
        Ok(())
    }

    /// [`forget`](Keyring::forget)s the tenants whose lease is over: those that nobody has asked for.
    /// Call it now and then where tenants are many. What is forgotten with the keys is which revision of
    /// the record was seen last.
    pub fn forget_idle(&self) {
        let slots = self.0.slots.read();
        let known = slots.unwrap_or_else(PoisonError::into_inner);
        let idle: Vec<_> = known
            .values()
            .filter(|slot| !slot.keys.is_usable() && !slot.keys.is_shredded())
            .cloned()
            .collect();
        drop(known);
        for slot in idle {
            // A slot that is in flight is not idle.
            if let Ok(mut flight) = slot.flight.try_lock()
                && !slot.keys.is_usable()
            {
                slot.keys.lock();
                self.retire(&slot, &mut flight);
            }
        }
    }

    /// The slot of a tenant, and the right to act on it.
    pub(super) async fn board(
        &self,
        tenant: &CanonicalTenant,
    ) -> (Arc<Slot>, OwnedMutexGuard<Flight>) {
        loop {
            let slot = self.slot(tenant);
            let flight = Arc::clone(&slot.flight).lock_owned().await;
            if !flight.retired {
                return (slot, flight);
            }
        }
    }

    async fn refresh(&self, slot: &Arc<Slot>, flight: &mut Flight) -> Result<(), KeyringError> {
        let asked = self.0.clock.now();
        let record = match self.0.store.load(slot.tenant()).await {
            Ok(record) => record,
            // Half of the lease is there for this.
            Err(_) if slot.keys.is_usable() => return Ok(()),
            Err(error) => return Err(KeyringError::Store(error)),
        };
        match record {
            Some(record) => self.adopt(slot, flight, record, asked).await.map(|_| ()),
            None => Err(self.missing(slot, flight)),
        }
    }

    async fn create(&self, slot: &Arc<Slot>, flight: &mut Flight) -> Result<(), KeyringError> {
        let asked = self.0.clock.now();
        let present = self.0.store.load(slot.tenant()).await;
        if let Some(record) = present.map_err(KeyringError::Store)? {
            return self.adopt(slot, flight, record, asked).await.map(|_| ());
        }
        if flight.last.is_some() {
            return Err(self.missing(slot, flight));
        }
        let root = &self.0.roots[0];
        let cost = self.cost(root.key().await?.kind());
        let keys = KeySet::create(root.id.clone(), cost, self.0.lease)?;
        let derivation = Derivation {
            root: keys.root.clone(),
            salt: keys.salt,
            cost,
        };
        let wrap = self.wrap_key(slot.tenant(), flight, derivation).await?;
        let record = wrap.wrap(&keys, slot.tenant(), 1)?;
        let asked = self.0.clock.now();
        let written = self.0.store.create(slot.tenant(), &record).await;
        match written.map_err(KeyringError::Store)? {
            Written::Done => {
                self.publish(slot, flight, record, &keys, asked);
                Ok(())
            }
            Written::Conflict => self.refresh(slot, flight).await,
        }
    }

    /// Checks a record from the store and makes its keys the tenant's.
    pub(super) async fn adopt(
        &self,
        slot: &Arc<Slot>,
        flight: &mut Flight,
        record: TenantRecord,
        asked: Moment,
    ) -> Result<(WrapKey, KeySet), KeyringError> {
        let opened = self.open_record(slot, flight, &record).await;
        match opened {
            Ok((wrap, keys)) => {
                self.publish(slot, flight, record, &keys, asked);
                Ok((wrap, keys))
            }
            Err(KeyringError::Encryption(EncryptionError::TenantShredded)) => {
                slot.keys.shred();
                flight.forget_keys();
                flight.last = Some(record);
                Err(EncryptionError::TenantShredded.into())
            }
            Err(error @ KeyringError::Encryption(_)) => {
                slot.keys.lock();
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn open_record(
        &self,
        slot: &Slot,
        flight: &mut Flight,
        record: &TenantRecord,
    ) -> Result<(WrapKey, KeySet), KeyringError> {
        let Some(keys) = &record.keys else {
            return Err(EncryptionError::TenantShredded.into());
        };
        if let Some(last) = &flight.last {
            let rolled_back = record.revision < last.revision;
            if rolled_back || (record.revision == last.revision && record != last) {
                return Err(EncryptionError::Tampered.into());
            }
        }
        let derivation = Derivation::of(keys)?;
        let wrap = self.wrap_key(slot.tenant(), flight, derivation).await?;
        let keys = wrap.unwrap(keys, slot.tenant(), record.revision)?;
        Ok((wrap, keys))
    }

    pub(super) fn publish(
        &self,
        slot: &Slot,
        flight: &mut Flight,
        record: TenantRecord,
        keys: &KeySet,
        asked: Moment,
    ) {
        // The same record again only prolongs the lease: its derived keys are kept.
        if flight.last.as_ref() != Some(&record) || !slot.keys.is_unlocked() {
            slot.keys.publish(Snapshot::new(keys));
            flight.last = Some(record);
        }
        if let Some(lease) = slot.keys.lease() {
            lease.confirm(asked, keys.lease.min(self.0.lease));
        }
    }

    /// A tenant without a record. If there was one, the store was rolled back to before it.
    pub(super) fn missing(&self, slot: &Arc<Slot>, flight: &mut Flight) -> KeyringError {
        if flight.last.is_some() {
            slot.keys.lock();
            return EncryptionError::Tampered.into();
        }
        self.retire(slot, flight);
        KeyringError::NoKeys
    }
}
