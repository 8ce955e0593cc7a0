use std::fmt;
use std::time::Duration;

use super::{Keyring, KeyringError};
use crate::CanonicalTenant;
use crate::TenantId;
use crate::encryption::EncryptionError;
use crate::encryption::record::{KeyRecord, TenantRecord};
use crate::encryption::store::Written;

/// What shredding a tenant has destroyed, and what may still hold it. `Debug` and `Display` do not name
/// the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShredReceipt {
    /// The tenant.
    pub tenant: CanonicalTenant,
    /// The revision of the record that says so.
    pub revision: u64,
    /// The generations of data keys that were destroyed now. Empty when the tenant was shredded before.
    pub generations: Vec<u32>,
    /// The versions of index keys that were destroyed now.
    pub index_versions: Vec<u32>,
    /// How long processes that have the keys unlocked may still use them.
    pub effective_within: Duration,
    /// Where copies of the key record may remain, as the key store says.
    pub copies: Vec<String>,
}

impl fmt::Display for ShredReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "The salt and all wrapped keys were destroyed: data keys {:?}, index keys {:?}.",
            self.generations, self.index_versions
        )?;
        writeln!(
            f,
            "Processes that had them unlocked stop within {} seconds.",
            self.effective_within.as_secs()
        )?;
        if self.copies.is_empty() {
            return write!(f, "The key store keeps no copies.");
        }
        write!(f, "Copies may remain in: {}.", self.copies.join("; "))
    }
}

impl Keyring {
    /// Destroys a tenant's salt and wrapped keys for good. No root key is needed. This process stops at
    /// once, others within one lease. Shredding twice does no harm.
    ///
    /// # Errors
    /// [`KeyringError::NoKeys`], [`KeyringError::Store`], [`KeyringError::Contended`].
    pub async fn shred(&self, id: &impl TenantId) -> Result<ShredReceipt, KeyringError> {
        let tenant = &CanonicalTenant::of(id)?;
        let (slot, mut flight) = self.board(tenant).await;
        for _ in 0..super::change::ATTEMPTS {
            let present = self.0.store.load(tenant).await;
            let Some(present) = present.map_err(KeyringError::Store)? else {
                return Err(self.missing(&slot, &mut flight));
            };
            let (record, written) = match &present.keys {
                None => (present.clone(), Written::Done),
                Some(_) => {
                    let next = present.revision.checked_add(1);
                    let record = TenantRecord {
                        revision: next.ok_or(EncryptionError::Malformed)?,
                        keys: None,
                    };
                    let replace = self.0.store.replace(tenant, present.revision, &record);
                    let written = replace.await.map_err(KeyringError::Store)?;
                    (record, written)
                }
            };
            if written == Written::Done {
                slot.keys.shred();
                flight.forget_keys();
                let receipt = self.receipt(tenant, &present, record.revision);
                flight.last = Some(record);
                return Ok(receipt);
            }
        }
        Err(KeyringError::Contended)
    }

    fn receipt(
        &self,
        tenant: &CanonicalTenant,
        destroyed: &TenantRecord,
        revision: u64,
    ) -> ShredReceipt {
        let keys = destroyed.keys.as_ref();
        // The record was not opened, so its lease may be wrong; ours is the usual one.
        let lease = keys.map_or(0, |keys| u64::from(keys.lease_seconds));
        ShredReceipt {
            tenant: tenant.clone(),
            revision,
            generations: keys.map_or_else(Vec::new, |keys| KeyRecord::live(&keys.data)),
            index_versions: keys.map_or_else(Vec::new, |keys| KeyRecord::live(&keys.index)),
            effective_within: Duration::from_secs(lease).max(self.0.lease),
            copies: self.0.store.copies(),
        }
    }
}
