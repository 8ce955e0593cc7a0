//! What the store knows of one partition between two clearings: which entries it holds, and how much they are.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::erasure::Amount;

/// Removals are counted for this many groups of keys. A load of one key is not kept if a removal of another
/// key of its group came in between, which is rare and does no harm.
const GROUPS: usize = 64;

pub(super) struct Room {
    number: u64,
    state: Mutex<State>,
}

struct State {
    retired: bool,
    /// Of the entries that are in the store, those included that are being replaced.
    bytes: u64,
    versions: HashMap<Bytes, u64>,
    removals: [u32; GROUPS],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Granted,
    TooLate,
    ShareIsFull,
}

impl Room {
    pub(super) fn new(number: u64) -> Self {
        Room {
            number,
            state: Mutex::new(State {
                retired: false,
                bytes: 0,
                versions: HashMap::new(),
                removals: [0; GROUPS],
            }),
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// What is at a key, for a ticket, and the version of the entry if there is one.
    pub(super) fn state_of(&self, key: &Bytes) -> ([u8; 9], Option<u64>) {
        let state = self.lock();
        (state.seen(key), state.versions.get(key).copied())
    }

    /// Makes room for an entry that is about to be stored.
    pub(super) fn admit(
        &self,
        key: &Bytes,
        seen: Option<&[u8]>,
        version: u64,
        weight: u32,
        share: u64,
    ) -> Admission {
        let mut state = self.lock();
        if state.retired || seen.is_some_and(|seen| seen != state.seen(key)) {
            return Admission::TooLate;
        }
        if state.bytes + u64::from(weight) > share {
            return Admission::ShareIsFull;
        }
        state.bytes += u64::from(weight);
        state.versions.insert(key.clone(), version);
        Admission::Granted
    }

    pub(super) fn holds(&self, key: &Bytes, version: u64) -> bool {
        self.lock().versions.get(key) == Some(&version)
    }

    /// An entry has left the store.
    pub(super) fn forget(&self, key: &Bytes, version: u64, weight: u32) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(weight.into());
        if state.versions.get(key) == Some(&version) {
            state.versions.remove(key);
        }
    }

    pub(super) fn remove(&self, key: &Bytes) {
        let mut state = self.lock();
        let removals = &mut state.removals[group(key)];
        *removals = removals.wrapping_add(1);
        state.versions.remove(key);
    }

    /// Nothing enters the room any more. The keys of what is in it, and how much that is.
    pub(super) fn retire(&self) -> (Vec<Bytes>, u64) {
        let mut state = self.lock();
        state.retired = true;
        let keys = std::mem::take(&mut state.versions).into_keys();
        (keys.collect(), state.bytes)
    }

    pub(super) fn retire_if_empty(&self) -> bool {
        let mut state = self.lock();
        state.retired = state.retired || (state.versions.is_empty() && state.bytes == 0);
        state.retired
    }

    pub(super) fn amount(&self) -> Amount {
        let state = self.lock();
        Amount::sized(state.versions.len() as u64, state.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// An entry is known by its version, and an absence by the removals before it.
    fn seen(&self, key: &Bytes) -> [u8; 9] {
        let (kind, number) = match self.versions.get(key) {
            Some(version) => (1, *version),
            None => (0, self.removals[group(key)].into()),
        };
        let mut seen = [kind; 9];
        seen[1..].copy_from_slice(&number.to_be_bytes());
        seen
    }
}

fn group(key: &Bytes) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    (hasher.finish() % GROUPS as u64) as usize
}
