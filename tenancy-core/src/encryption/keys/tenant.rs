use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{Column, Lease};
use crate::CanonicalTenant;
use crate::encryption::envelope::ValueKey;
use crate::encryption::index::{BlindIndex, BlindIndexSpec};
use crate::encryption::names::Label;
use crate::encryption::record::{HeldKey, KeySet};
use crate::encryption::secret::Key;
use crate::encryption::{EncryptionError, KeyGeneration};

/// The unlocked keys of one tenant: cheap to clone, usable without waiting.
///
/// All clones see what the keyring learns: a new generation, a raised floor, a shredded tenant. They
/// seal and open within the lease only; a scope that lives longer asks the keyring to
/// [unlock](crate::encryption::Keyring::unlock) again, which prolongs the lease of all clones.
#[derive(Clone)]
pub struct TenantKeys(Arc<Shared>);

struct Shared {
    tenant: CanonicalTenant,
    state: RwLock<State>,
    /// Counts the changes of `state`, so that a column notices one without a lock.
    epoch: AtomicU64,
    lease: Option<Lease>,
}

enum State {
    Locked,
    Unlocked(Arc<Snapshot>),
    Shredded,
}

/// The keys of one revision of a record.
pub(in crate::encryption) struct Snapshot {
    pub(in crate::encryption) floor: KeyGeneration,
    lease: Option<Duration>,
    /// By generation; the last seals. Shredded ones are left out, they are below the floor.
    data: Vec<(KeyGeneration, Key)>,
    index: Vec<(KeyGeneration, Key)>,
    columns: RwLock<HashMap<Label, Arc<ColumnKeys>>>,
}

/// The keys of one column in all generations.
pub(super) struct ColumnKeys {
    floor: KeyGeneration,
    keys: Vec<ValueKey>,
}

impl ColumnKeys {
    pub(super) fn active(&self) -> Result<&ValueKey, EncryptionError> {
        self.keys.last().ok_or(EncryptionError::NotUnlocked)
    }

    /// The key of a generation: that one, or an error. Keys are never tried in turn.
    pub(super) fn of(&self, generation: KeyGeneration) -> Result<&ValueKey, EncryptionError> {
        if generation < self.floor {
            return Err(EncryptionError::BelowFloor);
        }
        self.keys
            .binary_search_by_key(&generation, |key| key.generation)
            .map(|i| &self.keys[i])
            .map_err(|_| EncryptionError::UnknownGeneration)
    }
}

impl Snapshot {
    pub(in crate::encryption) fn new(keys: &KeySet) -> Self {
        let held = |keys: &[HeldKey]| {
            keys.iter()
                .filter_map(|held| Some((held.number, held.key.clone()?)))
                .collect()
        };
        Snapshot {
            floor: keys.floor,
            lease: Some(keys.lease),
            data: held(&keys.data),
            index: held(&keys.index),
            columns: RwLock::default(),
        }
    }

    pub(super) fn of_one_generation(data: Key, index: Key) -> Self {
        Snapshot {
            floor: KeyGeneration::FIRST,
            lease: None,
            data: vec![(KeyGeneration::FIRST, data)],
            index: vec![(KeyGeneration::FIRST, index)],
            columns: RwLock::default(),
        }
    }

    fn column(&self, tenant: &CanonicalTenant, label: &Label) -> Arc<ColumnKeys> {
        let known = self.columns.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = known.get(label) {
            return Arc::clone(keys);
        }
        drop(known);
        let derived = self
            .data
            .iter()
            .map(|(generation, key)| ValueKey::derive(key, *generation, tenant, label));
        let keys = Arc::new(ColumnKeys {
            floor: self.floor,
            keys: derived.collect(),
        });
        let mut known = self.columns.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(label.clone()).or_insert(keys))
    }
}

impl TenantKeys {
    pub(in crate::encryption) fn locked(tenant: CanonicalTenant, lease: Option<Lease>) -> Self {
        TenantKeys(Arc::new(Shared {
            tenant,
            state: RwLock::new(State::Locked),
            epoch: AtomicU64::new(0),
            lease,
        }))
    }

    /// The tenant.
    pub fn tenant(&self) -> &CanonicalTenant {
        &self.0.tenant
    }

    /// The keys of a column. Keep the result for several values: it holds the derived keys.
    ///
    /// # Errors
    /// [`EncryptionError::NotUnlocked`] when the lease is over, [`EncryptionError::TenantShredded`].
    pub fn column(&self, label: &Label) -> Result<Column, EncryptionError> {
        let (keys, epoch) = self.column_keys(label)?;
        Ok(Column::new(self.clone(), label.clone(), keys, epoch))
    }

    /// The blind index of a column.
    ///
    /// # Errors
    /// [`EncryptionError::NotUnlocked`] when the lease is over, [`EncryptionError::TenantShredded`].
    pub fn blind_index(
        &self,
        label: &Label,
        spec: BlindIndexSpec,
    ) -> Result<BlindIndex, EncryptionError> {
        let snapshot = self.snapshot()?;
        Ok(BlindIndex::derive(
            &snapshot.index,
            self.tenant(),
            label,
            spec,
        ))
    }

    /// The generation that seals.
    ///
    /// # Errors
    /// [`EncryptionError::NotUnlocked`] when the lease is over, [`EncryptionError::TenantShredded`].
    pub fn active_generation(&self) -> Result<KeyGeneration, EncryptionError> {
        let snapshot = self.snapshot()?;
        let active = snapshot.data.last();
        active
            .map(|(generation, _)| *generation)
            .ok_or(EncryptionError::NotUnlocked)
    }

    /// The lowest generation that is accepted.
    ///
    /// # Errors
    /// [`EncryptionError::NotUnlocked`] when the lease is over, [`EncryptionError::TenantShredded`].
    pub fn floor(&self) -> Result<KeyGeneration, EncryptionError> {
        Ok(self.snapshot()?.floor)
    }

    /// How long any process may use the tenant's keys without asking the key store again, as the
    /// tenant's record says. Derived keys have no such limit.
    ///
    /// # Errors
    /// [`EncryptionError::NotUnlocked`] when the lease is over, [`EncryptionError::TenantShredded`].
    pub fn longest_lease(&self) -> Result<Option<Duration>, EncryptionError> {
        Ok(self.snapshot()?.lease)
    }

    pub(super) fn column_keys(
        &self,
        label: &Label,
    ) -> Result<(Arc<ColumnKeys>, u64), EncryptionError> {
        // Read before the keys: if they change in between, the column looks again each time, and no more.
        let epoch = self.0.epoch.load(Ordering::Acquire);
        Ok((self.snapshot()?.column(self.tenant(), label), epoch))
    }

    /// Lends the data key of a generation, which is the active one unless it is named.
    #[cfg(feature = "encrypted-files")]
    pub(in crate::encryption) fn with_data_key<R>(
        &self,
        generation: Option<KeyGeneration>,
        work: impl FnOnce(KeyGeneration, &Key) -> R,
    ) -> Result<R, EncryptionError> {
        let snapshot = self.snapshot()?;
        let (generation, key) = match generation {
            None => snapshot.data.last().ok_or(EncryptionError::NotUnlocked)?,
            Some(named) if named < snapshot.floor => return Err(EncryptionError::BelowFloor),
            Some(named) => {
                let found = snapshot.data.iter().find(|(number, _)| *number == named);
                found.ok_or(EncryptionError::UnknownGeneration)?
            }
        };
        Ok(work(*generation, key))
    }

    /// The epoch, if the lease is live. The lease comes first: it is prolonged after the epoch has
    /// moved, so whoever sees the longer lease sees the new epoch.
    pub(super) fn epoch_within_lease(&self) -> Option<u64> {
        let live = self.0.lease.as_ref().is_none_or(Lease::is_live);
        live.then(|| self.0.epoch.load(Ordering::Acquire))
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, EncryptionError> {
        let live = self.0.lease.as_ref().is_none_or(Lease::is_live);
        match &*self.0.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Shredded => Err(EncryptionError::TenantShredded),
            State::Unlocked(snapshot) if live => Ok(Arc::clone(snapshot)),
            State::Unlocked(_) | State::Locked => Err(EncryptionError::NotUnlocked),
        }
    }

    pub(in crate::encryption) fn lease(&self) -> Option<&Lease> {
        self.0.lease.as_ref()
    }

    /// Whether the keys are there and more than half of the lease is left.
    pub(in crate::encryption) fn is_fresh(&self) -> bool {
        self.lease().is_none_or(Lease::is_fresh) && self.snapshot().is_ok()
    }

    pub(in crate::encryption) fn is_usable(&self) -> bool {
        self.snapshot().is_ok()
    }

    pub(in crate::encryption) fn is_unlocked(&self) -> bool {
        let state = self.0.state.read().unwrap_or_else(PoisonError::into_inner);
        matches!(*state, State::Unlocked(_))
    }

    pub(in crate::encryption) fn is_shredded(&self) -> bool {
        matches!(self.snapshot(), Err(EncryptionError::TenantShredded))
    }

    pub(in crate::encryption) fn publish(&self, snapshot: Snapshot) {
        self.set(State::Unlocked(Arc::new(snapshot)));
    }

    pub(in crate::encryption) fn lock(&self) {
        self.set(State::Locked);
    }

    pub(in crate::encryption) fn shred(&self) {
        self.set(State::Shredded);
    }

    fn set(&self, new: State) {
        let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        // A shredded tenant stays so.
        if !matches!(*state, State::Shredded) {
            *state = new;
            self.0.epoch.fetch_add(1, Ordering::Release);
        }
    }
}

impl fmt::Debug for TenantKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TenantKeys(..)")
    }
}
