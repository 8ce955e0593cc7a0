use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::envelope::LABEL;
use super::payload::Payload;
use super::{Envelope, Job, JobError, JobOptions, is_valid_kind};
use crate::encryption::{Json, OVERHEAD_BYTES, Padding, TenantKeys};

/// The greatest length of a payload as JSON. A queue is no store of files.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;

const BLOCK: u16 = 64;
pub(super) const MAX_SEALED_BYTES: usize = MAX_PAYLOAD_BYTES + BLOCK as usize + OVERHEAD_BYTES;

/// A job of one tenant, sealed under that tenant's keys.
///
/// With serde it is text in base64, so it is its own task in queues that keep tasks of any serde type.
pub struct TenantJob<T> {
    envelope: Envelope,
    job: PhantomData<fn() -> T>,
}

impl<T: Job> TenantJob<T> {
    const VALID: () = assert!(
        is_valid_kind(T::KIND),
        "Job::KIND has 1 to 64 bytes of `a-z 0-9 . _ -`"
    );

    /// Seals a job for the tenant whose keys these are.
    ///
    /// # Errors
    /// [`JobError::Keys`] when the keys cannot be used, [`JobError::TooLarge`],
    /// [`JobError::TimeOutOfRange`], and [`JobError::Payload`] when JSON has no form for the payload.
    pub fn seal(keys: &TenantKeys, job: &T, options: &JobOptions) -> Result<Self, JobError> {
        const { Self::VALID };
        let padding = Padding::to_blocks_of(BLOCK).unwrap_or_default();
        let column = keys.column(&LABEL).map_err(JobError::Keys)?.padded(padding);
        let envelope = Envelope::assemble(keys.tenant(), T::KIND, options, |bound| {
            let sealed = column.seal_row(bound, &Json(job));
            let sealed = sealed.map_err(JobError::of_sealing)?;
            // Measured in steps of the padding, as it shows.
            if sealed.len() > MAX_SEALED_BYTES {
                return Err(JobError::TooLarge);
            }
            Ok(sealed)
        })?;
        Ok(TenantJob::typed(envelope))
    }

    /// Takes an envelope of whatever kind for a job of this type.
    ///
    /// # Errors
    /// [`JobError::OtherKind`].
    pub fn of(envelope: Envelope) -> Result<Self, JobError> {
        const { Self::VALID };
        if envelope.kind() != T::KIND {
            return Err(JobError::OtherKind { expected: T::KIND });
        }
        Ok(TenantJob::typed(envelope))
    }

    /// Opens the job. What its envelope says is authentic then.
    ///
    /// # Errors
    /// [`JobError::OtherTenant`] when the keys are another tenant's, [`JobError::Tampered`] when anything was
    /// changed or made up, [`JobError::Expired`], [`JobError::NotDue`], [`JobError::Payload`] and
    /// [`JobError::Keys`].
    pub fn open(&self, keys: &TenantKeys, now: SystemTime) -> Result<T, JobError> {
        if keys.tenant() != self.envelope.tenant() {
            return Err(JobError::OtherTenant);
        }
        let column = keys.column(&LABEL).map_err(JobError::Keys)?;
        let (bound, sealed) = self.envelope.sealed();
        let payload = column.open_row::<Payload>(&bound, sealed);
        // Before the times, so that they are the tenant's own.
        let Payload(payload) = payload.map_err(JobError::of_opening)?;
        if self.envelope.expires_at().is_some_and(|end| end <= now) {
            return Err(JobError::Expired);
        }
        if self.envelope.not_before() > now {
            return Err(JobError::NotDue);
        }
        // serde_json's error can quote the payload, so it is not kept.
        serde_json::from_slice(&payload).map_err(|_| JobError::Payload)
    }
}

impl<T> TenantJob<T> {
    fn typed(envelope: Envelope) -> Self {
        TenantJob {
            envelope,
            job: PhantomData,
        }
    }

    /// What a queue holds.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }
}

impl<T> Clone for TenantJob<T> {
    fn clone(&self) -> Self {
        TenantJob::typed(self.envelope.clone())
    }
}

impl<T> PartialEq for TenantJob<T> {
    fn eq(&self, other: &Self) -> bool {
        self.envelope == other.envelope
    }
}

impl<T> Eq for TenantJob<T> {}

impl<T> fmt::Debug for TenantJob<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TenantJob").field(&self.envelope).finish()
    }
}

impl<T> Serialize for TenantJob<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.envelope.serialize(serializer)
    }
}

impl<'de, T: Job> Deserialize<'de> for TenantJob<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let envelope = Envelope::deserialize(deserializer)?;
        TenantJob::of(envelope).map_err(serde::de::Error::custom)
    }
}
