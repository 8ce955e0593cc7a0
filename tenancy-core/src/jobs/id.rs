use std::fmt;

use super::{Job, JobError};
use crate::encryption::{BlindIndexSpec, EncryptionError, Label, Normaliser, TenantKeys};

/// The identity of a job. It is sealed into the job, so a copy of its envelope is the same job, and a queue
/// that knows its jobs by it runs it once.
///
/// It has the form of a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId([u8; 16]);

const KEYED: Label = Label::literal("tenancy.job.id");
const KEYED_SPEC: BlindIndexSpec = BlindIndexSpec::new(Normaliser::EXACT, 128);

impl JobId {
    /// A random id.
    ///
    /// # Errors
    /// [`JobError::Keys`] when the operating system gives no random bytes.
    pub fn random() -> Result<Self, JobError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| JobError::Keys(EncryptionError::Rng))?;
        Ok(JobId::versioned(bytes, 4))
    }

    /// The id that a job of this type has for a text of the application's, such as the number of an
    /// order: enqueueing it twice is enqueueing it once.
    ///
    /// It follows from the tenant's index keys, so nobody else can foresee it, and two tenants' ids
    /// never meet. Another index key gives other ids.
    ///
    /// ```
    /// # use tenancy_core::encryption::*;
    /// # use tenancy_core::jobs::{Job, JobId};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct SendInvoice;
    /// # impl Job for SendInvoice { const KIND: &'static str = "send-invoice"; }
    /// # let derived = DerivedKeys::new_blocking("example", RootKey::generate()?)?;
    /// let id = JobId::keyed::<SendInvoice>(&derived.tenant(&1)?, "order 12")?;
    /// assert_eq!(id, JobId::keyed::<SendInvoice>(&derived.tenant(&1)?, "order 12")?);
    /// assert_ne!(id, JobId::keyed::<SendInvoice>(&derived.tenant(&2)?, "order 12")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`JobError::Keys`] when the keys cannot be used.
    pub fn keyed<T: Job>(keys: &TenantKeys, key: &str) -> Result<Self, JobError> {
        let index = keys
            .blind_index(&KEYED, KEYED_SPEC)
            .map_err(JobError::Keys)?;
        // A kind has no colon.
        let bits = index.of(&format!("{}:{key}", T::KIND));
        let bytes = bits.try_into();
        let bytes = bytes.map_err(|_| JobError::Keys(EncryptionError::NotUnlocked))?;
        Ok(JobId::versioned(bytes, 8))
    }

    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        JobId(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Marks bytes as a UUID of a version.
    const fn versioned(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = bytes[6] & 0x0F | version << 4;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        JobId(bytes)
    }
}

/// As a UUID is written.
impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
