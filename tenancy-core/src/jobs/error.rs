use crate::encryption::EncryptionError;

/// Why a job was not sealed, or not opened.
///
/// No text holds a payload, a key or a tenant's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The bytes are no envelope.
    #[error("the bytes are not the envelope of a job")]
    Malformed,
    /// The envelope has a format that this version does not know.
    #[error("the envelope of the job has the unknown format {format}; update this program")]
    UnknownFormat {
        /// The format.
        format: u8,
    },
    /// The job is of another kind than the type that it was taken for.
    #[error("the job is not of the kind `{expected}`")]
    OtherKind {
        /// The kind of the type.
        expected: &'static str,
    },
    /// The job belongs to another tenant than the keys.
    #[error("the job belongs to another tenant than the keys")]
    OtherTenant,
    /// The payload was not sealed under the keys of the tenant that the envelope names, or something in the
    /// envelope was changed afterwards: the job is forged.
    #[error("the job was changed, moved or made up: it was not sealed as it is by its tenant")]
    Tampered,
    /// The job is genuine, and its time is over.
    #[error("the job has expired")]
    Expired,
    /// The job is genuine, and its time has not come.
    #[error("the job is not due yet")]
    NotDue,
    /// The payload is genuine and not what its type expects, or it cannot be written as JSON.
    #[error(
        "the payload does not have the form of its type; was the type changed while jobs waited?"
    )]
    Payload,
    /// The payload is longer than [`MAX_PAYLOAD_BYTES`](super::MAX_PAYLOAD_BYTES).
    #[error("the payload of the job is too large; keep the data elsewhere and name it in the job")]
    TooLarge,
    /// A time is later than the year 9999.
    #[error("a time of the job lies beyond the year 9999")]
    TimeOutOfRange,
    /// The tenant's keys could not be used.
    #[error(transparent)]
    Keys(EncryptionError),
}

impl JobError {
    /// Whether the same bytes may open later. All else is final, and such a job belongs to the dead letters.
    ///
    /// ```
    /// use tenancy_core::encryption::EncryptionError;
    /// use tenancy_core::jobs::JobError;
    ///
    /// assert!(JobError::Keys(EncryptionError::NotUnlocked).is_transient());
    /// assert!(!JobError::Keys(EncryptionError::TenantShredded).is_transient());
    /// assert!(!JobError::Tampered.is_transient());
    /// ```
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            JobError::NotDue
                | JobError::Keys(
                    EncryptionError::NotUnlocked
                        // A generation that this process has not heard of yet.
                        | EncryptionError::UnknownGeneration
                        | EncryptionError::Rng
                )
        )
    }

    pub(super) fn of_sealing(error: EncryptionError) -> Self {
        match error {
            EncryptionError::Malformed => JobError::Payload,
            EncryptionError::TooLarge => JobError::TooLarge,
            other => JobError::Keys(other),
        }
    }

    pub(super) fn of_opening(error: EncryptionError) -> Self {
        match error {
            EncryptionError::WrongKey
            | EncryptionError::Tampered
            | EncryptionError::Malformed
            | EncryptionError::UnsupportedSuite
            | EncryptionError::CodecMismatch => JobError::Tampered,
            other => JobError::Keys(other),
        }
    }
}
