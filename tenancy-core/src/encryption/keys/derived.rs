use std::fmt;

use sha2::{Digest, Sha256};

use super::TenantKeys;
use super::tenant::Snapshot;
use crate::CanonicalTenant;
use crate::TenantId;
use crate::encryption::frame::frame;
use crate::encryption::kdf::{RootDerivation, Worker};
use crate::encryption::secret::Key;
use crate::encryption::{EncryptionError, KdfCost, KeyringError, RootKey, wait};

/// Keys without a key store: one run of Argon2id over the root key, and HKDF for each tenant.
///
/// **There is no rotation and no shredding.** The keys follow from the root key and the tenant's id,
/// so they can be neither exchanged nor destroyed: a root key that leaks opens everything for ever,
/// and a tenant's data is gone only when every copy of it is. Use a
/// [`Keyring`](crate::encryption::Keyring) unless that is acceptable.
///
/// ```
/// # use tenancy_core::encryption::*;
/// let keys = DerivedKeys::new_blocking("example", RootKey::generate()?)?;
/// let column = keys.tenant(&7)?.column(&Label::literal("projects.api_key"))?;
/// assert_eq!(column.open::<i32>(&column.seal(&5)?)?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DerivedKeys(Key);

impl DerivedKeys {
    /// Derives the key above all tenants' keys. `application` keeps two applications with one root
    /// key apart and never changes.
    ///
    /// # Errors
    /// [`KeyringError::KdfFailed`]; [`EncryptionError::Malformed`] for an empty name.
    pub async fn new(application: &str, root: RootKey) -> Result<Self, KeyringError> {
        if application.is_empty() {
            return Err(EncryptionError::Malformed.into());
        }
        let purpose = frame(&[b"tenancy/1/derived", application.as_bytes()]);
        let input = RootDerivation {
            cost: KdfCost::recommended(root.kind()),
            root: root.into(),
            salt: Sha256::digest(&purpose).into(),
            purpose,
        };
        let mut job = Worker::new(1).start(input).await?;
        Ok(DerivedKeys(job.wait().await?))
    }

    /// [`new`](DerivedKeys::new) for synchronous programs.
    ///
    /// # Errors
    /// As [`new`](DerivedKeys::new).
    pub fn new_blocking(application: &str, root: RootKey) -> Result<Self, KeyringError> {
        wait(DerivedKeys::new(application, root))
    }

    /// The keys of a tenant, without a lease: nobody can take them back.
    ///
    /// # Errors
    /// [`InvalidTenantId`](crate::InvalidTenantId) when no tenant can have the id.
    pub fn tenant(&self, id: &impl TenantId) -> Result<TenantKeys, crate::InvalidTenantId> {
        let tenant = CanonicalTenant::of(id)?;
        let key = |purpose: &[u8]| self.0.derive(&frame(&[purpose, tenant.as_bytes()]));
        let snapshot = Snapshot::of_one_generation(
            key(b"tenancy/1/derived data key"),
            key(b"tenancy/1/derived index key"),
        );
        let keys = TenantKeys::locked(tenant, None);
        keys.publish(snapshot);
        Ok(keys)
    }
}

impl fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKeys(..)")
    }
}
