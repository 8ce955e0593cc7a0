//! Encryption of single values under keys of one tenant.
//!
//! - [`Keyring`] unlocks the keys of tenants and changes them; [`KeyStore`] keeps them, wrapped;
//!   [`KeySource`] has the root key above them. [`DerivedKeys`] needs no store, and has no rotation and
//!   no shredding.
//! - [`TenantKeys`] are unlocked keys. [`Column`] seals and opens values, synchronously.
//! - [`BlindIndex`] makes sealed values findable by equality.
//!
//! The guide, `docs/encryption.md`, has the hierarchy of keys, the form of a sealed value, what is
//! protected against what, and the operations.

mod codec;
mod envelope;
mod error;
#[cfg(feature = "encrypted-files")]
pub(crate) mod file;
mod frame;
mod index;
mod kdf;
mod keyring;
mod keys;
mod names;
mod padding;
mod record;
mod root;
mod secret;
mod store;

#[cfg(test)]
mod tests;

pub use crate::wait::wait;
pub use crate::{BoxFuture, CanonicalTenant};
#[cfg(feature = "serde_json")]
pub use codec::Json;
pub use codec::{Codec, Decode, Encode, Output, Plaintext, Untyped};
pub use envelope::{EnvelopeInfo, MAX_PLAINTEXT_BYTES, OVERHEAD_BYTES};
pub use error::{EncryptionError, KeyringError, StoreError};
pub use frame::frame;
pub use index::{BlindIndex, BlindIndexSpec, Normaliser};
pub use kdf::KdfCost;
pub use keyring::{Destruction, Keyring, KeyringBuilder, ShredReceipt};
pub use keys::{Clock, Column, DerivedKeys, Moment, SystemClock, TenantKeys};
pub use names::{InvalidName, KeyGeneration, Label, RootId, RowId};
pub use padding::Padding;
pub use record::{KeyRecord, KeyState, RECORD_FORMAT, TenantRecord, WrappedKey};
pub use root::{EnvironmentKey, FileKey, FixedKey, KeySource, RootKey, RootKeyError, RootKind};
/// The types of secrets in this interface, of the crate `secrecy`.
pub use secrecy::{ExposeSecret, SecretBox, SecretString};
#[cfg(feature = "sealed")]
pub(crate) use secret::hkdf_sha256;
pub use store::{KeyStore, MemoryKeyStore, StoreFuture, Written};
