use std::error::Error;
use std::sync::Arc;

use crate::InvalidTenantId;

/// What a [`CacheStore`](super::CacheStore) says when it fails. Ours do not repeat its text.
pub type CacheStoreError = Box<dyn Error + Send + Sync>;

/// Why a cache did not do what it was asked for. No text holds a key, a value or a tenant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// No tenant can have the id.
    #[error(transparent)]
    Tenant(#[from] InvalidTenantId),
    /// The key is longer than [`MAX_KEY_BYTES`](super::MAX_KEY_BYTES).
    #[error(
        "a key of {bytes} bytes is too long for the cache; at most {max} are accepted, so hash it"
    )]
    KeyTooLong {
        /// Its length.
        bytes: usize,
        /// The greatest length.
        max: usize,
    },
    /// The value is longer than [`CacheOptions::max_value_bytes`](super::CacheOptions::max_value_bytes).
    #[error("a value of {bytes} bytes is too large for the cache; at most {max} are accepted")]
    ValueTooLarge {
        /// Its length.
        bytes: usize,
        /// The greatest length.
        max: usize,
    },
    /// Entries live from a millisecond to a year.
    #[error("entries of a cache live for at least a millisecond and at most a year")]
    InvalidTtl,
    /// The store cannot be reached, or answered with an error.
    #[error("the store of the cache failed")]
    Store(#[source] CacheStoreError),
    /// The tenant's keys cannot seal or open anything: their lease is over, or they were destroyed.
    #[cfg(feature = "encryption")]
    #[error(transparent)]
    Encryption(#[from] crate::encryption::EncryptionError),
    /// The value has no JSON.
    #[cfg(feature = "serde_json")]
    #[error("the value cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// The loader failed, for this caller or for another one that this one waited for.
    #[error("loading the value failed")]
    Load(#[source] Arc<dyn Error + Send + Sync>),
}

impl CacheError {
    /// What the loader answered, if it failed and its error has this type.
    pub fn load_error<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            CacheError::Load(error) => error.downcast_ref(),
            _ => None,
        }
    }
}
