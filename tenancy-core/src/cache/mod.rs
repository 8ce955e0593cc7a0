//! Caches whose entries belong to one tenant each.
//!
//! [`TenantCache`] is the cache of the whole system. It can neither read nor write: only the
//! [`ScopedCache`] of one tenant can, and that one reaches no other tenant's entries, whatever the key.
//!
//! - `MemoryStore` (feature `moka`) keeps the entries in this process, `RedisStore` (feature `redis`) in
//!   Redis; [`CacheStore`] is for others.
//! - [`ScopedCache::get_or_load`] loads what is not there, once for all who wait, and never keeps what was
//!   read before a [`delete`](ScopedCache::delete) or a [`clear`](ScopedCache::clear).
//! - `SealedTenantCache` (feature `encryption`) seals values under keys of their tenant, so that whoever reads
//!   the store sees none, and whoever writes to it can exchange none.
//! - Both caches are [targets](crate::erasure::Target) of an erasure.
//!
//! The guide, `docs/cache.md`, has the form of keys and entries, and the limits.

mod address;
mod counters;
mod entry;
mod error;
mod flight;
#[cfg(feature = "serde_json")]
mod json;
#[cfg(feature = "moka")]
mod memory;
mod name;
mod options;
#[cfg(feature = "redis")]
mod redis;
mod scoped;
#[cfg(feature = "encryption")]
mod sealed;
mod shared;
mod store;
mod tenant;

pub use self::address::{Address, MAX_KEY_BYTES, Partition};
pub use self::counters::CacheCounters;
pub use self::error::{CacheError, CacheStoreError};
#[cfg(feature = "moka")]
pub use self::memory::{MemoryStore, MemoryStoreBuilder};
pub use self::name::{CacheName, InvalidCacheName};
pub use self::options::{CacheOptions, Unavailable};
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use self::scoped::{Lookup, ScopedCache, Vacancy};
#[cfg(feature = "encryption")]
pub use self::sealed::SealedTenantCache;
pub use self::store::{CacheStore, FILL_WITHIN, Found, Generation, TOMBSTONE_TTL, Ticket};
pub use self::tenant::TenantCache;
/// The type of values, of the crate `bytes`.
pub use bytes::Bytes;
