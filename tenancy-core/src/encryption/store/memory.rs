use std::collections::BTreeMap;
use std::future::ready;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{KeyStore, StoreFuture, Written};
use crate::encryption::{CanonicalTenant, TenantRecord};

/// Key records in memory, for tests and trials. They are gone with the process, and all values with
/// them.
#[derive(Debug, Default)]
pub struct MemoryKeyStore(Mutex<BTreeMap<CanonicalTenant, TenantRecord>>);

impl MemoryKeyStore {
    /// An empty store.
    pub fn new() -> Self {
        MemoryKeyStore::default()
    }

    /// Puts a record in place without asking: for tests of what a changed record does.
    pub fn overwrite(&self, tenant: &CanonicalTenant, record: Option<TenantRecord>) {
        match record {
            Some(record) => self.lock().insert(tenant.clone(), record),
            None => self.lock().remove(tenant),
        };
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CanonicalTenant, TenantRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStore for MemoryKeyStore {
    fn load<'a>(&'a self, tenant: &'a CanonicalTenant) -> StoreFuture<'a, Option<TenantRecord>> {
        Box::pin(ready(Ok(self.lock().get(tenant).cloned())))
    }

    fn create<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        let mut records = self.lock();
        let written = if records.contains_key(tenant) {
            Written::Conflict
        } else {
            records.insert(tenant.clone(), record.clone());
            Written::Done
        };
        Box::pin(ready(Ok(written)))
    }

    fn replace<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        expected: u64,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        let mut records = self.lock();
        let written = match records.get_mut(tenant) {
            Some(present) if present.revision == expected => {
                *present = record.clone();
                Written::Done
            }
            _ => Written::Conflict,
        };
        Box::pin(ready(Ok(written)))
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a CanonicalTenant>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<CanonicalTenant>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let records = self.lock();
        let page = records
            .range::<CanonicalTenant, _>((start, Bound::Unbounded))
            .take(limit)
            .map(|(tenant, _)| tenant.clone())
            .collect();
        Box::pin(ready(Ok(page)))
    }

    fn copies(&self) -> Vec<String> {
        Vec::new()
    }
}
