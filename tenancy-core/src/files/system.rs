use std::fmt;
use std::sync::Arc;
#[cfg(feature = "signed-files")]
use std::time::Duration;

use super::store::Contents;
use super::{Bucket, BucketError, FileError, TenantStore, layout};
use crate::{CanonicalTenant, TenantId};

#[cfg(feature = "signed-files")]
const DEFAULT_EXPIRY: Duration = Duration::from_secs(15 * 60);
/// What the cloud stores accept at most.
#[cfg(feature = "signed-files")]
const LONGEST_EXPIRY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const DEFAULT_PART_BYTES: usize = 8 << 20;
/// What S3 accepts at least.
const SMALLEST_PART_BYTES: usize = 5 << 20;

type FindBucket =
    dyn Fn(&CanonicalTenant) -> Result<Option<Bucket>, BucketError> + Send + Sync + 'static;

#[derive(Clone)]
enum Buckets {
    One(Bucket),
    PerTenant(Arc<FindBucket>),
}

/// The files of all tenants. Files are read and written through the [`scope`](TenantFiles::scope) of one.
///
/// Cheap to clone. As a [`Target`](crate::erasure::Target) it counts and erases the files of a tenant.
#[derive(Clone)]
pub struct TenantFiles {
    buckets: Buckets,
    pub(super) name: Arc<str>,
    pub(super) copies: Arc<[String]>,
    pub(super) encrypted: bool,
    #[cfg(feature = "signed-files")]
    max_expiry: Duration,
    part_bytes: usize,
}

impl TenantFiles {
    /// All tenants in one bucket, each below a prefix of its own.
    pub fn new(bucket: impl Into<Bucket>) -> Self {
        TenantFiles::of(Buckets::One(bucket.into()))
    }

    /// All tenants in a folder of the local disk, which must be there.
    ///
    /// Another than [`LocalDisk`](super::LocalDisk), such as `object_store`'s own `LocalFileSystem`, follows
    /// symbolic links out of the tenant's folder.
    ///
    /// # Errors
    /// [`FileError::Store`] when there is no such folder.
    #[cfg(feature = "local-files")]
    pub fn on_disk(folder: impl AsRef<std::path::Path>) -> Result<Self, FileError> {
        Ok(TenantFiles::new(super::LocalDisk::open(folder)?))
    }

    /// A bucket for each tenant: that which the function gives, or none if the tenant has none. It is asked
    /// whenever a scope opens, so it should remember its answers.
    ///
    /// Tenants keep their prefixes. So a function that gives one bucket to two tenants mixes up nothing.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use std::sync::Arc;
    ///
    /// use tenancy_core::files::{Bucket, FileError, TenantFiles, object_store::memory::InMemory};
    ///
    /// let eu = Bucket::new(Arc::new(InMemory::new()));
    /// let buckets = HashMap::from([("42".to_owned(), eu)]);
    /// let files = TenantFiles::per_tenant(move |tenant| Ok(buckets.get(tenant.as_str()).cloned()));
    ///
    /// assert!(files.scope(&42).is_ok());
    /// assert!(matches!(files.scope(&43), Err(FileError::NoBucket)));
    /// ```
    pub fn per_tenant(
        bucket: impl Fn(&CanonicalTenant) -> Result<Option<Bucket>, BucketError> + Send + Sync + 'static,
    ) -> Self {
        TenantFiles::of(Buckets::PerTenant(Arc::new(bucket)))
    }

    fn of(buckets: Buckets) -> Self {
        TenantFiles {
            buckets,
            name: "files".into(),
            copies: Arc::new([]),
            encrypted: false,
            #[cfg(feature = "signed-files")]
            max_expiry: DEFAULT_EXPIRY,
            part_bytes: DEFAULT_PART_BYTES,
        }
    }

    /// The name of these files in plans and receipts of erasures: `files`, unless this says otherwise. Two
    /// systems of one application need two names.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Where copies of files remain that an erasure does not reach, for its receipt: versions that the bucket
    /// keeps, replicas, backups.
    pub fn with_copies<T: Into<String>>(mut self, copies: impl IntoIterator<Item = T>) -> Self {
        self.copies = copies.into_iter().map(Into::into).collect();
        self
    }

    /// The longest lifetime of signed URLs: 15 minutes, unless this says otherwise. More than 7 days are 7
    /// days, which is what the cloud stores accept.
    #[cfg(feature = "signed-files")]
    pub fn max_expiry(mut self, max: Duration) -> Self {
        self.max_expiry = max.min(LONGEST_EXPIRY);
        self
    }

    /// The length of the parts in which long files are uploaded, in bytes, which is also what an upload holds
    /// in memory: 8 MiB, unless this says otherwise, and at least 5 MiB. S3 takes 10,000 parts of a file.
    pub fn part_bytes(mut self, bytes: usize) -> Self {
        self.part_bytes = bytes.max(SMALLEST_PART_BYTES);
        self
    }

    /// The files of one tenant.
    ///
    /// # Errors
    /// [`FileError::Tenant`] when no tenant can have the id, [`FileError::KeysNeeded`] when files are
    /// encrypted, [`FileError::NoBucket`] and [`FileError::Bucket`] with a bucket for each tenant.
    pub fn scope(&self, tenant: &impl TenantId) -> Result<TenantStore, FileError> {
        if self.encrypted {
            return Err(FileError::KeysNeeded);
        }
        self.open(CanonicalTenant::of(tenant)?, Contents::Plain)
    }

    pub(super) fn open(
        &self,
        tenant: CanonicalTenant,
        contents: Contents,
    ) -> Result<TenantStore, FileError> {
        let bucket = self.bucket(&tenant)?.ok_or(FileError::NoBucket)?;
        let prefix = layout::prefix(&tenant);
        Ok(TenantStore::new(self.clone(), bucket, prefix, contents))
    }

    pub(super) fn length_of_parts(&self) -> usize {
        self.part_bytes
    }

    pub(super) fn bucket(&self, tenant: &CanonicalTenant) -> Result<Option<Bucket>, FileError> {
        match &self.buckets {
            Buckets::One(bucket) => Ok(Some(bucket.clone())),
            Buckets::PerTenant(bucket) => bucket(tenant).map_err(FileError::Bucket),
        }
    }

    #[cfg(feature = "signed-files")]
    pub(super) fn longest_expiry(&self) -> Duration {
        self.max_expiry
    }

    /// The one bucket of all tenants.
    #[cfg(any(feature = "local-files", feature = "signed-files"))]
    pub(super) fn shared_bucket(&self) -> Option<&Bucket> {
        match &self.buckets {
            Buckets::One(bucket) => Some(bucket),
            Buckets::PerTenant(_) => None,
        }
    }
}

impl fmt::Debug for TenantFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantFiles")
            .field("name", &self.name)
            .field("encrypted", &self.encrypted)
            .finish_non_exhaustive()
    }
}
