use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt, PutMode};

#[cfg(feature = "encrypted-files")]
use super::encrypted::{self, Keys};
use super::{Bucket, FileError, FileName, TenantFiles, layout};

/// The files of one tenant. Cheap to clone.
#[derive(Clone)]
pub struct TenantStore(Arc<Inner>);

struct Inner {
    files: TenantFiles,
    bucket: Bucket,
    prefix: Path,
    contents: Contents,
}

pub(super) enum Contents {
    Plain,
    #[cfg(feature = "encrypted-files")]
    Encrypted(Keys),
}

impl TenantStore {
    pub(super) fn new(
        files: TenantFiles,
        bucket: Bucket,
        prefix: Path,
        contents: Contents,
    ) -> Self {
        TenantStore(Arc::new(Inner {
            files,
            bucket,
            prefix,
            contents,
        }))
    }

    /// Writes a file, or replaces it. For what is not in memory there is [`upload`](TenantStore::upload).
    ///
    /// # Errors
    /// [`FileError::Store`]; with encrypted contents those of the keys.
    pub async fn put(&self, name: &FileName, contents: impl Into<Bytes>) -> Result<(), FileError> {
        self.put_as(name, contents.into(), PutMode::Overwrite).await
    }

    /// Writes a file that is not there yet. Of two callers at once, one is first.
    ///
    /// # Errors
    /// [`FileError::AlreadyExists`], and as [`put`](TenantStore::put).
    pub async fn create(
        &self,
        name: &FileName,
        contents: impl Into<Bytes>,
    ) -> Result<(), FileError> {
        self.put_as(name, contents.into(), PutMode::Create).await
    }

    async fn put_as(
        &self,
        name: &FileName,
        contents: Bytes,
        mode: PutMode,
    ) -> Result<(), FileError> {
        let payload = match &self.0.contents {
            Contents::Plain => contents,
            #[cfg(feature = "encrypted-files")]
            Contents::Encrypted(keys) => encrypted::sealed(keys, name, &contents).await?.into(),
        };
        let store = &self.0.bucket.store;
        store
            .put_opts(&self.location(name), payload.into(), mode.into())
            .await?;
        Ok(())
    }

    /// Deletes a file. One that is not there is deleted already.
    ///
    /// # Errors
    /// [`FileError::Store`].
    pub async fn delete(&self, name: &FileName) -> Result<(), FileError> {
        let deleted = self.0.bucket.store.delete(&self.location(name)).await;
        match deleted.map_err(FileError::from) {
            Err(FileError::NotFound) => Ok(()),
            other => other,
        }
    }

    /// Copies a file, or replaces another by it. Encrypted contents are bound to their name, so they are read
    /// and written anew; plain ones are copied by the store.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Store`]; with encrypted contents those of reading and writing.
    pub async fn copy(&self, from: &FileName, to: &FileName) -> Result<(), FileError> {
        if from == to {
            return self.head(from).await.map(|_| ());
        }
        match &self.0.contents {
            Contents::Plain => {
                let (from, to) = (self.location(from), self.location(to));
                Ok(self.0.bucket.store.copy(&from, &to).await?)
            }
            #[cfg(feature = "encrypted-files")]
            Contents::Encrypted(_) => {
                let contents = self.get(from).await?.into_stream();
                self.put_stream(to, contents).await.map(|_| ())
            }
        }
    }

    /// Renames a file, or replaces another by it. It is copied and then deleted, except where the store
    /// renames by itself: cut off in between, it is there twice.
    ///
    /// # Errors
    /// As [`copy`](TenantStore::copy) and [`delete`](TenantStore::delete).
    pub async fn rename(&self, from: &FileName, to: &FileName) -> Result<(), FileError> {
        if from == to {
            return self.head(from).await.map(|_| ());
        }
        match &self.0.contents {
            Contents::Plain => {
                let (from, to) = (self.location(from), self.location(to));
                Ok(self.0.bucket.store.rename(&from, &to).await?)
            }
            #[cfg(feature = "encrypted-files")]
            Contents::Encrypted(_) => {
                self.copy(from, to).await?;
                self.delete(from).await
            }
        }
    }

    pub(super) async fn head(&self, name: &FileName) -> Result<ObjectMeta, FileError> {
        Ok(self.0.bucket.store.head(&self.location(name)).await?)
    }

    pub(super) fn location(&self, name: &FileName) -> Path {
        layout::location(&self.0.prefix, name)
    }

    pub(super) fn bucket(&self) -> &Bucket {
        &self.0.bucket
    }

    pub(super) fn prefix(&self) -> &Path {
        &self.0.prefix
    }

    pub(super) fn contents(&self) -> &Contents {
        &self.0.contents
    }

    pub(super) fn is_encrypted(&self) -> bool {
        !matches!(self.0.contents, Contents::Plain)
    }

    /// How the system was set up.
    pub(super) fn files(&self) -> &TenantFiles {
        &self.0.files
    }

    /// The length of contents whose object has this length.
    pub(super) fn length_of(&self, object: u64) -> u64 {
        match &self.0.contents {
            Contents::Plain => object,
            #[cfg(feature = "encrypted-files")]
            Contents::Encrypted(_) => encrypted::length_of(object),
        }
    }
}

/// Without the tenant, the bucket and the keys.
impl fmt::Debug for TenantStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantStore")
            .field("encrypted", &self.is_encrypted())
            .finish_non_exhaustive()
    }
}
