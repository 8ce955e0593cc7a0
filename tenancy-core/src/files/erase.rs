use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::stream::{Stream, StreamExt, TryStreamExt};
use object_store::ObjectMeta;

use super::{Bucket, FileError, TenantFiles, layout};
use crate::erasure::{Amount, Target, TargetError};
use crate::{BoxFuture, CanonicalTenant};

/// How often an erasure looks for what was written meanwhile.
const ROUNDS: usize = 5;

/// Counts and erases everything in the tenant's prefix, also objects that are not at the place of a name, and
/// the unfinished uploads of the local disk. Lengths are those of the stored objects.
impl Target for TenantFiles {
    fn name(&self) -> &str {
        &self.name
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { Ok(self.count_tenant(tenant).await?) })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { Ok(self.erase_tenant(tenant).await?) })
    }

    fn copies(&self) -> Vec<String> {
        let mut copies = self.copies.to_vec();
        if !self.is_on_disk() {
            copies.push(
                "earlier versions and deleted objects that the bucket keeps, and parts of uploads that \
                 were never finished: until the rules of the bucket remove them"
                    .to_owned(),
            );
        }
        #[cfg(feature = "signed-files")]
        if self.may_sign() {
            copies.push(format!(
                "files that are written through signed URLs for uploads: for {:?} after the last was made",
                self.longest_expiry()
            ));
        }
        copies
    }
}

impl TenantFiles {
    /// How many objects there are of a tenant, and their length together.
    ///
    /// # Errors
    /// [`FileError::Bucket`], [`FileError::Store`].
    pub async fn count_tenant(&self, tenant: &CanonicalTenant) -> Result<Amount, FileError> {
        let Some(bucket) = self.bucket(tenant)? else {
            return Ok(Amount::sized(0, 0));
        };
        #[cfg(feature = "local-files")]
        if let Some(disk) = &bucket.disk {
            return Ok(disk.count(&layout::prefix(tenant)).await?);
        }
        let (mut items, mut bytes) = (0, 0);
        let mut found = pin!(objects(&bucket, tenant));
        while let Some(meta) = found.try_next().await? {
            items += 1;
            bytes += meta.size;
        }
        Ok(Amount::sized(items, bytes))
    }

    /// Removes all files of a tenant. Scopes that are open, and signed URLs for uploads, can write again:
    /// close the tenant first.
    ///
    /// # Errors
    /// [`FileError::StillWritten`], [`FileError::Bucket`], [`FileError::Store`]. Something may be left; erase
    /// again.
    pub async fn erase_tenant(&self, tenant: &CanonicalTenant) -> Result<Amount, FileError> {
        let Some(bucket) = self.bucket(tenant)? else {
            return Ok(Amount::sized(0, 0));
        };
        #[cfg(feature = "local-files")]
        if let Some(disk) = &bucket.disk {
            return Ok(disk.erase(&layout::prefix(tenant)).await?);
        }
        let (mut items, mut bytes) = (0, 0);
        for _ in 0..ROUNDS {
            // Deleted while they are listed, so that no list of millions is in memory.
            let lengths = Arc::new(AtomicU64::new(0));
            let tally = Arc::clone(&lengths);
            let found = objects(&bucket, tenant).map_ok(move |meta| {
                tally.fetch_add(meta.size, Ordering::Relaxed);
                meta.location
            });
            let mut deleted = bucket.store.delete_stream(found.boxed());
            let mut any = false;
            while let Some(done) = deleted.next().await {
                any = true;
                match done.map_err(FileError::from) {
                    Ok(_) => items += 1,
                    Err(FileError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            bytes += lengths.load(Ordering::Relaxed);
            if !any {
                return Ok(Amount::sized(items, bytes));
            }
        }
        Err(FileError::StillWritten)
    }

    fn is_on_disk(&self) -> bool {
        #[cfg(feature = "local-files")]
        return self
            .shared_bucket()
            .is_some_and(|bucket| bucket.disk.is_some());
        #[cfg(not(feature = "local-files"))]
        false
    }

    #[cfg(feature = "signed-files")]
    fn may_sign(&self) -> bool {
        !self.encrypted
            && self
                .shared_bucket()
                .is_none_or(|bucket| bucket.signer.is_some())
    }
}

/// What is in a tenant's prefix.
fn objects(
    bucket: &Bucket,
    tenant: &CanonicalTenant,
) -> impl Stream<Item = object_store::Result<ObjectMeta>> + Send + use<> {
    let prefix = layout::prefix(tenant);
    let found = bucket.store.list(Some(&prefix));
    // A store that takes prefixes by their letters would give those of other tenants too.
    found.try_filter(move |meta| std::future::ready(meta.location.prefix_matches(&prefix)))
}
