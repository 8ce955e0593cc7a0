//! A tenant's keys as they are stored, and as they are held.

mod held;
mod wrap;

pub(super) use held::{HeldKey, KeySet};
use std::fmt;
pub(super) use wrap::WrapKey;

/// The version of the form of [`KeyRecord`].
pub const RECORD_FORMAT: u16 = 1;

/// All that a key store holds of a tenant: the unit of compare-and-swap.
///
/// Stores keep it and give it back as it was; they need not understand it. Nothing in it is trusted:
/// the whole record is associated data of every wrapped key in it, so a record that was changed,
/// mixed from two revisions or moved to another tenant does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRecord {
    /// Grows by one with each change.
    pub revision: u64,
    /// The keys, or nothing once the tenant is shredded. The record itself stays, so that no keys are
    /// created again for the tenant.
    pub keys: Option<KeyRecord>,
}

/// The keys of a tenant that is not shredded.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The version of this form, [`RECORD_FORMAT`].
    pub format: u16,
    /// The name of the root key.
    pub root: String,
    /// The salt of Argon2id.
    pub salt: [u8; 32],
    /// The memory of Argon2id, in KiB.
    pub memory_kib: u32,
    /// The passes of Argon2id.
    pub passes: u32,
    /// The lanes of Argon2id.
    pub lanes: u32,
    /// A commitment to the wrap key, which tells a wrong root from a changed record.
    pub commitment: [u8; 32],
    /// The lowest generation whose values are accepted.
    pub floor: u32,
    /// How long a process may use these keys without asking again.
    pub lease_seconds: u32,
    /// The data keys, by generation from 1.
    pub data: Vec<WrappedKey>,
    /// The index keys, by version from 1.
    pub index: Vec<WrappedKey>,
}

/// `Debug` tells no salt and no ciphertext: they are what shredding destroys.
impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("format", &self.format)
            .field("floor", &self.floor)
            .field("data", &self.data)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// One wrapped key.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The generation or version, from 1.
    pub number: u32,
    /// What the key may do.
    pub state: KeyState,
    /// Nonce, ciphertext and tag: 72 bytes. Nothing once it is shredded.
    pub wrapped: Option<Vec<u8>>,
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappedKey")
            .field("number", &self.number)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Seals and opens. One key of each kind is active.
    Active,
    /// Opens what it sealed.
    DecryptOnly,
    /// Destroyed.
    Shredded,
}

impl KeyState {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyState::Active => "active",
            KeyState::DecryptOnly => "decrypt_only",
            KeyState::Shredded => "shredded",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [KeyState::Active, KeyState::DecryptOnly, KeyState::Shredded]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}
