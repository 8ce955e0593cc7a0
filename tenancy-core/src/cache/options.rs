use std::time::Duration;

use super::CacheError;

const LONGEST_TTL: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What a read does while the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unavailable {
    /// It answers with the error.
    #[default]
    Fail,
    /// It finds nothing, so that the value is loaded and not kept. All of them are: make sure that what the
    /// values are loaded from bears it.
    Miss,
}

/// How a cache keeps its entries.
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::cache::{CacheOptions, Unavailable};
///
/// let options = CacheOptions::new(Duration::from_secs(300))?
///     .max_value_bytes(64 * 1024)
///     .when_unavailable(Unavailable::Miss);
/// assert!(CacheOptions::new(Duration::ZERO).is_err());
/// # let _ = options;
/// # Ok::<(), tenancy_core::cache::CacheError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CacheOptions {
    pub(super) ttl: Duration,
    pub(super) max_value_bytes: usize,
    pub(super) unavailable: Unavailable,
}

impl CacheOptions {
    /// Entries live for `ttl`, unless their scope says otherwise. There is no entry without an end: it is
    /// the last word where an invalidation is lost.
    ///
    /// # Errors
    /// [`CacheError::InvalidTtl`] when it is shorter than a millisecond or longer than a year.
    pub fn new(ttl: Duration) -> Result<Self, CacheError> {
        Ok(CacheOptions {
            ttl: checked_ttl(ttl)?,
            max_value_bytes: 1 << 20,
            unavailable: Unavailable::default(),
        })
    }

    /// Values of more bytes are not kept. 1 MiB unless it is said.
    pub fn max_value_bytes(self, max_value_bytes: usize) -> Self {
        CacheOptions {
            max_value_bytes,
            ..self
        }
    }

    /// What reads do while the store fails. What removes entries always answers with the error, for whoever
    /// removes something relies on it.
    pub fn when_unavailable(self, unavailable: Unavailable) -> Self {
        CacheOptions {
            unavailable,
            ..self
        }
    }
}

pub(super) fn checked_ttl(ttl: Duration) -> Result<Duration, CacheError> {
    if ttl < Duration::from_millis(1) || ttl > LONGEST_TTL {
        return Err(CacheError::InvalidTtl);
    }
    Ok(ttl)
}
