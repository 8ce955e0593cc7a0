//! The tenant's keys, as new as the key store has them.

use tenancy_core::encryption::{Keyring, KeyringError, TenantKeys};

use super::OperationError;
use crate::SqlTenantId;

/// Where an operation that changes no keys has them from: `&keyring`, or the `&keys` of the tenant, which
/// is how [`DerivedKeys`](crate::encryption::DerivedKeys) come.
#[derive(Debug, Clone, Copy)]
pub struct KeysFrom<'a>(Source<'a>);

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Keyring(&'a Keyring),
    Keys(&'a TenantKeys),
}

impl<'a> From<&'a Keyring> for KeysFrom<'a> {
    fn from(keyring: &'a Keyring) -> Self {
        KeysFrom(Source::Keyring(keyring))
    }
}

impl<'a> From<&'a TenantKeys> for KeysFrom<'a> {
    fn from(keys: &'a TenantKeys) -> Self {
        KeysFrom(Source::Keys(keys))
    }
}

impl KeysFrom<'_> {
    /// The keys, as new as they can be had.
    pub(super) async fn newest<Id: SqlTenantId>(
        self,
        tenant: &Id,
    ) -> Result<TenantKeys, OperationError> {
        match self.0 {
            Source::Keyring(keyring) => newest(keyring, tenant).await,
            Source::Keys(keys) if keys.tenant().as_str() == tenant.canonical() => Ok(keys.clone()),
            Source::Keys(_) => Err(OperationError::OtherTenant),
        }
    }

    /// Prolongs the lease, if there is one to be prolonged.
    pub(super) async fn prolong<Id: SqlTenantId>(self, tenant: &Id) -> Result<(), OperationError> {
        if let Source::Keyring(keyring) = self.0 {
            keyring.unlock(tenant).await?;
        }
        Ok(())
    }
}

/// The keys with what the store knows *now*: a generation that another process has added a moment ago
/// included. [`Keyring::unlock`] alone answers from memory for half of a lease.
pub(super) async fn newest<Id: SqlTenantId>(
    keyring: &Keyring,
    tenant: &Id,
) -> Result<TenantKeys, OperationError> {
    let keys = keyring.unlock(tenant).await?;
    // Raising the floor to where it is changes nothing, and reads the record. If another process has
    // raised it further meanwhile, the record was read all the same.
    match keyring.raise_floor(tenant, keys.floor()?).await {
        Ok(()) | Err(KeyringError::FloorOutOfRange) => Ok(keys),
        Err(error) => Err(error.into()),
    }
}
