use argon2::Params;

use crate::encryption::EncryptionError;
use crate::encryption::root::RootKind;

/// The cost of Argon2id, between a floor and a ceiling.
///
/// The floor keeps a changed key record from weakening the derivation, the ceiling keeps it from
/// exhausting the machine. A passphrase has a higher floor than random bytes, see
/// [`check`](KdfCost::check).
///
/// ```
/// use tenancy_core::encryption::{EncryptionError, KdfCost};
///
/// assert_eq!(KdfCost::new(64, 1, 1), Err(EncryptionError::KdfTooWeak));
/// assert_eq!(KdfCost::new(u32::MAX, 3, 4), Err(EncryptionError::KdfTooCostly));
/// assert_eq!(KdfCost::new(64 * 1024, 3, 4), Ok(KdfCost::PASSPHRASE));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KdfCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfCost {
    /// For a root of 32 random bytes: 19 MiB, 2 passes, 1 lane. The minimum that OWASP recommends.
    pub const RANDOM_ROOT: Self = KdfCost {
        memory_kib: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    /// For a passphrase: 64 MiB, 3 passes, 4 lanes. The second choice of RFC 9106.
    pub const PASSPHRASE: Self = KdfCost {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 4,
    };
    /// The greatest memory, in KiB: 256 MiB. A few derivations may run at once.
    pub const MAX_MEMORY_KIB: u32 = 256 * 1024;
    /// The greatest number of passes.
    pub const MAX_PASSES: u32 = 16;
    /// The greatest number of lanes.
    pub const MAX_LANES: u32 = 16;

    /// A cost of this much memory, this many passes and lanes.
    ///
    /// # Errors
    /// [`EncryptionError::KdfTooWeak`] below [`KdfCost::RANDOM_ROOT`],
    /// [`EncryptionError::KdfTooCostly`] above the ceiling.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, EncryptionError> {
        if memory_kib > Self::MAX_MEMORY_KIB || passes > Self::MAX_PASSES || lanes > Self::MAX_LANES
        {
            return Err(EncryptionError::KdfTooCostly);
        }
        let cost = KdfCost {
            memory_kib,
            passes,
            lanes,
        };
        if cost.is_below(&Self::RANDOM_ROOT) {
            return Err(EncryptionError::KdfTooWeak);
        }
        Ok(cost)
    }

    /// The cost that a root of this kind gets.
    pub const fn recommended(kind: RootKind) -> Self {
        match kind {
            RootKind::Random => Self::RANDOM_ROOT,
            RootKind::Passphrase => Self::PASSPHRASE,
        }
    }

    /// Refuses a cost that is too low for this kind of root. Lanes do not count: they divide the
    /// memory, they do not add to it.
    ///
    /// # Errors
    /// [`EncryptionError::KdfTooWeak`].
    pub const fn check(&self, kind: RootKind) -> Result<(), EncryptionError> {
        if self.is_below(&Self::recommended(kind)) {
            return Err(EncryptionError::KdfTooWeak);
        }
        Ok(())
    }

    /// The memory, in KiB.
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// The passes over the memory.
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// The lanes.
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    const fn is_below(&self, floor: &Self) -> bool {
        self.memory_kib < floor.memory_kib || self.passes < floor.passes || self.lanes == 0
    }

    pub(super) fn params(&self) -> argon2::ParamsBuilder {
        let mut params = argon2::ParamsBuilder::new();
        params
            .m_cost(self.memory_kib)
            .t_cost(self.passes)
            .p_cost(self.lanes)
            .output_len(Params::DEFAULT_OUTPUT_LEN);
        params
    }
}
