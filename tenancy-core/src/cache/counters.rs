use std::sync::atomic::{AtomicU64, Ordering};

/// What a cache has done since it was built, for all tenants together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheCounters {
    /// Reads that found a value.
    pub hits: u64,
    /// Reads that found none.
    pub misses: u64,
    /// Loaders that ran.
    pub loads: u64,
    /// Callers that were given what another one loaded meanwhile.
    pub joined: u64,
    /// Values that were not kept: too large, no room, too slow, or removed while they were loaded.
    pub not_kept: u64,
    /// Entries that were taken for none because they are not what was written at their place: damaged,
    /// exchanged, of another form, or sealed under keys that are no longer accepted.
    pub refused: u64,
    /// Failures of the store.
    pub failures: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) hits: Counter,
    pub(super) misses: Counter,
    pub(super) loads: Counter,
    pub(super) joined: Counter,
    pub(super) not_kept: Counter,
    pub(super) refused: Counter,
    pub(super) failures: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn increase(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(super) fn read(&self) -> CacheCounters {
        CacheCounters {
            hits: self.hits.get(),
            misses: self.misses.get(),
            loads: self.loads.get(),
            joined: self.joined.get(),
            not_kept: self.not_kept.get(),
            refused: self.refused.get(),
            failures: self.failures.get(),
        }
    }
}
