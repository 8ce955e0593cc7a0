//! Where key records are kept.

mod memory;

use std::sync::Arc;

pub use memory::MemoryKeyStore;

use super::TenantRecord;
use super::error::StoreError;
use crate::{BoxFuture, CanonicalTenant};

/// What a store answers.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Keeps one [`TenantRecord`] for each tenant.
///
/// - All methods see the newest record: ask the primary, not a replica that may lag. A lease counts
///   from the moment of the question.
/// - [`create`](KeyStore::create) and [`replace`](KeyStore::replace) are atomic and durable when they
///   answer. They are what two processes agree by, so of two callers one gets [`Written::Conflict`].
/// - A record may be spread over several tables (one row for the tenant, one for each key) as long as
///   it is written and read in one transaction.
/// - A synchronous store answers with `Box::pin(std::future::ready(..))`. One in front of a KMS may
///   encrypt [`WrappedKey::wrapped`](super::WrappedKey) once more before it keeps it.
pub trait KeyStore: Send + Sync + 'static {
    /// The tenant's record.
    ///
    /// # Errors
    /// Whatever the store's errors are.
    fn load<'a>(&'a self, tenant: &'a CanonicalTenant) -> StoreFuture<'a, Option<TenantRecord>>;

    /// Keeps the first record of a tenant, unless there is one.
    ///
    /// # Errors
    /// Whatever the store's errors are.
    fn create<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written>;

    /// Exchanges a tenant's record, if the present one has the revision `expected`. What the new one
    /// leaves out is overwritten or deleted, not only hidden.
    ///
    /// # Errors
    /// Whatever the store's errors are.
    fn replace<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        expected: u64,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written>;

    /// Up to `limit` tenants behind `after`, in an order of the store's own, shredded ones included.
    ///
    /// # Errors
    /// Whatever the store's errors are.
    fn tenants<'a>(
        &'a self,
        after: Option<&'a CanonicalTenant>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<CanonicalTenant>>;

    /// Where copies of a record may remain after it was replaced, in words: the write-ahead log,
    /// replicas, backups and for how long. A receipt of shredding repeats it.
    fn copies(&self) -> Vec<String>;
}

/// Whether a record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Written {
    /// It was.
    Done,
    /// Another process was first.
    Conflict,
}

/// A store that several keyrings share.
impl<S: KeyStore + ?Sized> KeyStore for Arc<S> {
    fn load<'a>(&'a self, tenant: &'a CanonicalTenant) -> StoreFuture<'a, Option<TenantRecord>> {
        (**self).load(tenant)
    }

    fn create<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        (**self).create(tenant, record)
    }

    fn replace<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        expected: u64,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        (**self).replace(tenant, expected, record)
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a CanonicalTenant>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<CanonicalTenant>> {
        (**self).tenants(after, limit)
    }

    fn copies(&self) -> Vec<String> {
        (**self).copies()
    }
}
