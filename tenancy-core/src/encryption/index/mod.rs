//! Blind indexes: equality without decryption.

mod normaliser;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
pub use normaliser::Normaliser;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeyGeneration;
use super::frame::frame;
use super::names::Label;
use super::secret::Key;
use crate::CanonicalTenant;

/// How a blind index is computed: a normal form, and how many bits of the HMAC are kept.
///
/// Fewer bits tell less: with *n* values and *b* bits, about *n* / 2^*b* values share each. Unique
/// constraints need 128 bits or more.
#[derive(Debug, Clone, Copy)]
pub struct BlindIndexSpec {
    normaliser: Normaliser,
    bits: u16,
}

impl BlindIndexSpec {
    /// The least number of bits that a unique constraint may rest on.
    pub const UNIQUE_BITS: u16 = 128;

    /// An index over this normal form, cut to this many bits.
    ///
    /// # Panics
    /// When the bits are not between 8 and 256: at compile time in a `const`.
    pub const fn new(normaliser: Normaliser, bits: u16) -> Self {
        assert!(bits >= 8 && bits <= 256, "a blind index has 8 to 256 bits");
        BlindIndexSpec { normaliser, bits }
    }

    /// The bits that are kept.
    pub const fn bits(&self) -> u16 {
        self.bits
    }

    /// Whether a value that was found by the index is the one that was sought. Truncated indexes
    /// collide, so what is found must be compared.
    pub fn confirms(&self, sought: &str, found: &str) -> bool {
        let normal = |value| Zeroizing::new(self.normaliser.apply(value));
        normal(sought) == normal(found)
    }

    /// Whether a unique constraint may rest on the index.
    pub const fn may_be_unique(&self) -> bool {
        self.bits >= Self::UNIQUE_BITS
    }
}

/// The blind index of one column of one tenant. It is as good as the lease it was made in: make a new
/// one for each statement.
///
/// ```
/// # use tenancy_core::encryption::*;
/// # let keys = DerivedKeys::new_blocking("example", RootKey::generate()?)?.tenant(&7)?;
/// const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);
///
/// let index = keys.blind_index(&Label::literal("people.email"), EMAIL)?;
/// assert_eq!(index.of(" A@b.c"), index.of("a@B.c"));
/// assert_ne!(index.of("a@b.c"), index.of("a@b.d"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BlindIndex {
    spec: BlindIndexSpec,
    /// By version; the last is written, all are searched.
    keys: Vec<(KeyGeneration, Key)>,
}

impl BlindIndex {
    pub(super) fn derive(
        index_keys: &[(KeyGeneration, Key)],
        tenant: &CanonicalTenant,
        label: &Label,
        spec: BlindIndexSpec,
    ) -> Self {
        let info = frame(&[
            b"tenancy/1/blind index",
            tenant.as_bytes(),
            label.as_str().as_bytes(),
            spec.normaliser.name().as_bytes(),
            spec.normaliser.version().to_string().as_bytes(),
            spec.bits.to_string().as_bytes(),
        ]);
        let keys = index_keys
            .iter()
            .map(|(version, key)| (*version, key.derive(&info)));
        BlindIndex {
            spec,
            keys: keys.collect(),
        }
    }

    /// What is stored for a value, under the newest index key.
    pub fn of(&self, value: &str) -> Vec<u8> {
        let newest = self.keys.last();
        newest
            .map(|(_, key)| self.under(key, value))
            .unwrap_or_default()
    }

    /// What may be stored for a value, under each index key, oldest first: what to search for while
    /// an index key is exchanged.
    pub fn any_of(&self, value: &str) -> Vec<Vec<u8>> {
        self.keys
            .iter()
            .map(|(_, key)| self.under(key, value))
            .collect()
    }

    fn under(&self, key: &Key, value: &str) -> Vec<u8> {
        let normal = Zeroizing::new(self.spec.normaliser.apply(value));
        #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("a key");
        mac.update(normal.as_bytes());
        let mut bits = mac.finalize().into_bytes().to_vec();
        bits.truncate(usize::from(self.spec.bits).div_ceil(8));
        let spare = (8 - self.spec.bits % 8) % 8;
        if let Some(last) = bits.last_mut() {
            *last &= 0xFF << spare;
        }
        bits
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlindIndex")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
