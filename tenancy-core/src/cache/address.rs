use std::fmt;
use std::fmt::Write as _;

use bytes::Bytes;

use super::{CacheError, CacheName};
use crate::CanonicalTenant;

/// The greatest length of a key, in bytes.
pub const MAX_KEY_BYTES: usize = 1024;

/// One tenant's part of one cache.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Partition {
    cache: CacheName,
    tenant: CanonicalTenant,
}

impl Partition {
    pub(super) fn new(cache: CacheName, tenant: CanonicalTenant) -> Self {
        Partition { cache, tenant }
    }

    /// The cache.
    pub fn cache(&self) -> &CacheName {
        &self.cache
    }

    /// The tenant.
    pub fn tenant(&self) -> &CanonicalTenant {
        &self.tenant
    }

    /// What the keys of the partition begin with in a store of texts: `shop.prices:{acme}:`.
    ///
    /// No prefix is the beginning of another one: a name has no colon, and of the tenant every byte except
    /// letters, digits and `. _ -` is written as `%` and two digits. So a prefix has no character with a
    /// meaning in a pattern of Redis either, and its braces are those of a Redis Cluster's hash tag.
    pub fn prefix(&self) -> String {
        let tenant = self.tenant.as_str();
        let mut prefix = String::with_capacity(self.cache.as_str().len() + tenant.len() + 4);
        prefix.push_str(self.cache.as_str());
        prefix.push_str(":{");
        for byte in tenant.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
                prefix.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                let _ = write!(prefix, "%{byte:02X}");
            }
        }
        prefix.push_str("}:");
        prefix
    }
}

/// Does not show the tenant.
impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partition")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Where an entry is: a partition, and a key of any bytes within it. Only a scope makes one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    partition: Partition,
    key: Bytes,
}

impl Address {
    pub(super) fn new(partition: &Partition, key: &[u8]) -> Result<Self, CacheError> {
        if key.len() > MAX_KEY_BYTES {
            return Err(CacheError::KeyTooLong {
                bytes: key.len(),
                max: MAX_KEY_BYTES,
            });
        }
        Ok(Address {
            partition: partition.clone(),
            key: Bytes::copy_from_slice(key),
        })
    }

    /// The partition.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The key, as the application gave it.
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// The name of the entry in a store of texts: the partition's prefix, `d:` and the key as it is.
    /// Different addresses have different names.
    pub fn framed(&self) -> Vec<u8> {
        let mut name = self.partition.prefix().into_bytes();
        name.extend_from_slice(b"d:");
        name.extend_from_slice(&self.key);
        name
    }
}

/// Shows neither the tenant nor the key.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("cache", &self.partition.cache)
            .finish_non_exhaustive()
    }
}
