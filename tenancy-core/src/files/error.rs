use std::error::Error;
use std::time::Duration;

use super::{BucketError, InvalidFileName};
use crate::InvalidTenantId;
#[cfg(feature = "encrypted-files")]
use crate::encryption::{EncryptionError, KeyringError};

/// Why an operation on files failed.
///
/// The texts name no file and no tenant. A source that an object store gave may name the key of the file
/// that was asked for, which is the asking tenant's own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The name was refused.
    #[error(transparent)]
    Name(#[from] InvalidFileName),
    /// The id of the tenant was refused.
    #[error(transparent)]
    Tenant(#[from] InvalidTenantId),
    /// The tenant has no such file. Nothing tells whether another tenant has.
    #[error("there is no such file")]
    NotFound,
    /// There is a file of this name, and it was to be a new one.
    #[error("there is a file of this name already")]
    AlreadyExists,
    /// The range is empty, or begins behind the end of the file.
    #[error("the range is empty or begins behind the end of the file")]
    Range,
    /// The file is longer than the limit that was given.
    #[error("the file is longer than the limit of {limit} bytes; read it as a stream")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The file was replaced while it was read, again and again.
    #[error("the file was replaced while it was read; read it again")]
    Changed,
    /// A write of the upload was cut off, so that a part of the file may be missing. Nothing was stored.
    #[error("an earlier write of this upload failed or was cut off; begin a new one")]
    Interrupted,
    /// The stream that an upload reads from failed. Nothing was stored.
    #[error("the source of the upload failed")]
    Source(#[source] Box<dyn Error + Send + Sync>),
    /// The tenant has no bucket.
    #[error("the tenant has no bucket; create one before its first file")]
    NoBucket,
    /// What gives tenants their buckets failed.
    #[error("the tenant's bucket could not be found out")]
    Bucket(#[source] BucketError),
    /// The store does not sign URLs.
    #[error("this store signs no URLs; give the bucket a signer, or send the file yourself")]
    NotSigning,
    /// A signed URL leads to the store, which has the encrypted contents only.
    #[error(
        "the store has encrypted contents only, and a signed URL leads there; send the file yourself"
    )]
    SignedCiphertext,
    /// The lifetime of a signed URL is none, or longer than is allowed.
    #[error("a signed URL is good for at least a second and at most {max:?}")]
    Expiry {
        /// The longest lifetime.
        max: Duration,
    },
    /// The files are encrypted, and the scope was opened without keys.
    #[error("these files are encrypted; open the scope with the tenant's keys")]
    KeysNeeded,
    /// The files are not encrypted, and the scope was opened with keys.
    #[error(
        "these files are not encrypted; open the scope without keys, or declare them `encrypted`"
    )]
    NotEncrypted,
    /// The contents do not open, or the keys are not at hand.
    #[cfg(feature = "encrypted-files")]
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The keys of the tenant could not be unlocked.
    #[cfg(feature = "encrypted-files")]
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Files were written while the tenant was erased. Stop its writers, and erase again.
    #[error("files of the tenant are still being written; stop that, and erase again")]
    StillWritten,
    /// The object store failed.
    #[error("the object store failed")]
    Store(#[source] object_store::Error),
}

impl From<object_store::Error> for FileError {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error as Store;
        match error {
            Store::NotFound { .. } => FileError::NotFound,
            Store::AlreadyExists { .. } => FileError::AlreadyExists,
            Store::Precondition { .. } | Store::NotModified { .. } => FileError::Changed,
            // A part of the name is a file on the disk: nothing is below it.
            error if is_below_a_file(&error) => FileError::NotFound,
            error => FileError::Store(error),
        }
    }
}

fn is_below_a_file(error: &object_store::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        let on_disk = error.downcast_ref::<std::io::Error>();
        if on_disk.is_some_and(|error| error.kind() == std::io::ErrorKind::NotADirectory) {
            return true;
        }
        next = error.source();
    }
    false
}
