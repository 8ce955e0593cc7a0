use std::error::Error;
use std::sync::Arc;

use super::root::RootKeyError;
use crate::InvalidTenantId;

/// Why a value was not sealed or not opened.
///
/// The variants carry nothing, so no text can hold a value, a key or a tenant's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// An encrypted value was bound or loaded outside of a scope.
    #[error("an encrypted value needs the scope of a tenant")]
    NoScope,
    /// The tenant's keys are not at hand: its scope was opened without them, they were dropped, or the
    /// lease is over and the key store has not confirmed them since.
    #[error("the tenant's keys are not unlocked, or their lease is over; open the scope again")]
    NotUnlocked,
    /// The tenant's keys were destroyed.
    #[error("the tenant's keys were destroyed")]
    TenantShredded,
    /// The value names a generation of keys that this tenant never had.
    #[error("the value names an unknown generation of keys")]
    UnknownGeneration,
    /// The value names a generation that is no longer accepted.
    #[error("the value names a generation of keys below the floor")]
    BelowFloor,
    /// The value, or the key record, belongs to another key: another tenant, another column or
    /// another root key.
    #[error("the value was sealed under another key: another tenant's, column's or root's")]
    WrongKey,
    /// The key is right and the contents are not what was sealed under it.
    #[error("the value, its header or its row was changed after sealing")]
    Tampered,
    /// The bytes are no envelope, plaintext for example; the value is bound to a row and was opened
    /// without one, or the reverse; or the contents do not have the form that their codec asks for.
    #[error("the bytes are not an envelope of the expected form")]
    Malformed,
    /// The envelope has a suite that this version does not know.
    #[error("the envelope has an unknown suite of algorithms")]
    UnsupportedSuite,
    /// The value is authentic and of another type than the one asked for.
    #[error("the value has another type than the one asked for")]
    CodecMismatch,
    /// The value is longer than [`MAX_PLAINTEXT_BYTES`](super::MAX_PLAINTEXT_BYTES). Found before
    /// anything is encrypted.
    #[error("the value is too large to be encrypted")]
    TooLarge,
    /// The parameters of Argon2id are below the floor.
    #[error("the parameters of the key derivation are below the floor")]
    KdfTooWeak,
    /// The parameters of Argon2id are above the ceiling.
    #[error("the parameters of the key derivation are above the ceiling")]
    KdfTooCostly,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Rng,
}

/// Why an operation on keys failed.
///
/// `Clone`, because callers that wait for one unlocking share its outcome.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The keys could not be used.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The tenant's id is not valid.
    #[error(transparent)]
    Tenant(#[from] InvalidTenantId),
    /// The tenant has no keys. Opening never creates them, so that a guessed id costs nothing.
    #[error("the tenant has no keys; create them with `Keyring::create_tenant`")]
    NoKeys,
    /// The key store failed.
    #[error("the key store failed")]
    Store(#[source] StoreError),
    /// The root key could not be read.
    #[error("the root key could not be read")]
    Root(#[from] RootKeyError),
    /// Other processes changed the tenant's keys each time before we could.
    #[error("other processes keep changing the tenant's keys")]
    Contended,
    /// A floor cannot pass the generation that seals, and never sinks.
    #[error("the floor must lie between the present floor and the active generation")]
    FloorOutOfRange,
    /// Only a generation below the floor can be destroyed.
    #[error("only a generation below the floor can be destroyed; raise the floor first")]
    NotBelowFloor,
    /// Processes may still hold the generation, or the state has changed since the waiting began.
    #[error(
        "two leases have not passed since the destruction began, or the keys changed meanwhile"
    )]
    TooEarly,
    /// Values of the generation remain.
    #[error("values of the generation remain")]
    StillInUse,
    /// The thread of the key derivation could not be started, or panicked.
    #[error("the key derivation could not be run")]
    KdfFailed,
}

/// What a key store says when it fails. Its text belongs to the store; ours do not repeat it.
pub type StoreError = Arc<dyn Error + Send + Sync>;
