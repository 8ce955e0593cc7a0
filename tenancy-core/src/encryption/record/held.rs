use std::time::Duration;

use super::KeyState;
use crate::encryption::secret::{Key, random_bytes};
use crate::encryption::{EncryptionError, KdfCost, KeyGeneration, KeyringError, RootId};

/// A tenant's keys, unwrapped. Its fields satisfy what `KeySet::check` asks for.
pub(in crate::encryption) struct KeySet {
    pub(in crate::encryption) root: RootId,
    pub(in crate::encryption) salt: [u8; 32],
    pub(in crate::encryption) cost: KdfCost,
    pub(in crate::encryption) floor: KeyGeneration,
    pub(in crate::encryption) lease: Duration,
    pub(in crate::encryption) data: Vec<HeldKey>,
    pub(in crate::encryption) index: Vec<HeldKey>,
}

pub(in crate::encryption) struct HeldKey {
    pub(in crate::encryption) number: KeyGeneration,
    pub(in crate::encryption) state: KeyState,
    /// Nothing once it is shredded.
    pub(in crate::encryption) key: Option<Key>,
}

impl HeldKey {
    fn new(number: KeyGeneration) -> Result<Self, EncryptionError> {
        Ok(HeldKey {
            number,
            state: KeyState::Active,
            key: Some(Key::random()?),
        })
    }
}

impl KeySet {
    /// The keys of a new tenant.
    pub(in crate::encryption) fn create(
        root: RootId,
        cost: KdfCost,
        lease: Duration,
    ) -> Result<Self, EncryptionError> {
        Ok(KeySet {
            root,
            salt: random_bytes()?,
            cost,
            floor: KeyGeneration::FIRST,
            lease,
            data: vec![HeldKey::new(KeyGeneration::FIRST)?],
            index: vec![HeldKey::new(KeyGeneration::FIRST)?],
        })
    }

    pub(in crate::encryption) fn active(&self) -> KeyGeneration {
        last(&self.data)
    }

    pub(in crate::encryption) fn active_index(&self) -> KeyGeneration {
        last(&self.index)
    }

    pub(in crate::encryption) fn add_generation(&mut self) -> Result<(), KeyringError> {
        add(&mut self.data)
    }

    pub(in crate::encryption) fn add_index_version(&mut self) -> Result<(), KeyringError> {
        add(&mut self.index)
    }

    pub(in crate::encryption) fn raise_floor(
        &mut self,
        floor: KeyGeneration,
    ) -> Result<(), KeyringError> {
        if floor < self.floor || floor > self.active() {
            return Err(KeyringError::FloorOutOfRange);
        }
        self.floor = floor;
        Ok(())
    }

    pub(in crate::encryption) fn destroy(
        &mut self,
        generation: KeyGeneration,
    ) -> Result<(), KeyringError> {
        if generation >= self.floor {
            return Err(KeyringError::NotBelowFloor);
        }
        shred(&mut self.data, generation);
        Ok(())
    }

    pub(in crate::encryption) fn retire_index_versions_below(&mut self, version: KeyGeneration) {
        let retired: Vec<_> = self.index.iter().map(|key| key.number).collect();
        for number in retired.into_iter().filter(|&number| number < version) {
            shred(&mut self.index, number);
        }
    }

    /// What must hold of any set of keys. A record that breaks it was not written by this library.
    pub(super) fn check(&self) -> Result<(), EncryptionError> {
        let sound = in_order(&self.data)
            && in_order(&self.index)
            && self.floor <= self.active()
            && self
                .data
                .iter()
                .all(|key| key.key.is_some() || key.number < self.floor);
        sound.then_some(()).ok_or(EncryptionError::Malformed)
    }
}

/// Numbered from 1 without a gap, the last active and no other, and a key in each that is not shredded.
fn in_order(keys: &[HeldKey]) -> bool {
    let Some((last, older)) = keys.split_last() else {
        return false;
    };
    let numbered = keys
        .iter()
        .zip(1u32..)
        .all(|(key, number)| key.number.get() == number);
    let held = keys
        .iter()
        .all(|key| key.key.is_some() == (key.state != KeyState::Shredded));
    numbered
        && held
        && last.state == KeyState::Active
        && older.iter().all(|key| key.state != KeyState::Active)
}

fn last(keys: &[HeldKey]) -> KeyGeneration {
    keys.last().map_or(KeyGeneration::FIRST, |key| key.number)
}

fn add(keys: &mut Vec<HeldKey>) -> Result<(), KeyringError> {
    let next = last(keys)
        .next()
        .ok_or(EncryptionError::UnknownGeneration)?;
    let new = HeldKey::new(next)?;
    if let Some(active) = keys.last_mut() {
        active.state = KeyState::DecryptOnly;
    }
    keys.push(new);
    Ok(())
}

fn shred(keys: &mut [HeldKey], number: KeyGeneration) {
    if let Some(key) = keys.iter_mut().find(|key| key.number == number) {
        key.state = KeyState::Shredded;
        key.key = None;
    }
}
