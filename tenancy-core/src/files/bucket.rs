use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
#[cfg(feature = "signed-files")]
use object_store::signer::Signer;

#[cfg(feature = "local-files")]
use super::LocalDisk;

/// Why a tenant's bucket could not be found out.
pub type BucketError = Box<dyn std::error::Error + Send + Sync>;

/// An object store, and what signs its URLs, if anything does.
///
/// ```
/// use std::sync::Arc;
///
/// use tenancy_core::files::{Bucket, TenantFiles, object_store::memory::InMemory};
///
/// let bucket = Bucket::new(Arc::new(InMemory::new()));
/// let files = TenantFiles::new(bucket);
/// ```
#[derive(Clone)]
pub struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    #[cfg(feature = "signed-files")]
    pub(super) signer: Option<Arc<dyn Signer>>,
    #[cfg(feature = "local-files")]
    pub(super) disk: Option<LocalDisk>,
}

impl Bucket {
    /// A store that signs no URLs. For the local disk there is `LocalDisk`.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Bucket {
            store,
            #[cfg(feature = "signed-files")]
            signer: None,
            #[cfg(feature = "local-files")]
            disk: None,
        }
    }

    /// Signs URLs by this. The cloud stores of `object_store` are their own signers:
    /// `Bucket::new(s3.clone()).signed_by(s3)`.
    ///
    /// The signer must lead to the same bucket as the store.
    #[cfg(feature = "signed-files")]
    pub fn signed_by(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }
}

impl<S: ObjectStore> From<Arc<S>> for Bucket {
    fn from(store: Arc<S>) -> Self {
        Bucket::new(store)
    }
}

impl From<Arc<dyn ObjectStore>> for Bucket {
    fn from(store: Arc<dyn ObjectStore>) -> Self {
        Bucket::new(store)
    }
}

#[cfg(feature = "local-files")]
impl From<LocalDisk> for Bucket {
    fn from(disk: LocalDisk) -> Self {
        let mut bucket = Bucket::new(Arc::new(disk.clone()));
        bucket.disk = Some(disk);
        bucket
    }
}

/// Stores print what they were configured with, so nothing of them is shown.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bucket(..)")
    }
}
