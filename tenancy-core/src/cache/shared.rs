use std::sync::Arc;

use super::counters::Counters;
use super::flight::Flights;
use super::{CacheName, CacheOptions, Partition};
use crate::CanonicalTenant;

/// What all scopes of a cache share.
pub(super) struct Shared<S> {
    pub(super) store: S,
    pub(super) name: CacheName,
    /// The name of the cache as a target of erasures.
    pub(super) target: String,
    pub(super) options: CacheOptions,
    pub(super) counters: Counters,
    pub(super) flights: Flights,
}

impl<S> Shared<S> {
    pub(super) fn new(store: S, name: CacheName, options: CacheOptions) -> Arc<Self> {
        Arc::new(Shared {
            store,
            target: format!("cache {}", name.as_str()),
            name,
            options,
            counters: Counters::default(),
            flights: Flights::default(),
        })
    }

    pub(super) fn partition(&self, tenant: CanonicalTenant) -> Partition {
        Partition::new(self.name.clone(), tenant)
    }
}
