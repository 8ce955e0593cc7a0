use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::{StreamExt, TryStreamExt};
use object_store::{GetOptions, ObjectStore};

#[cfg(feature = "encrypted-files")]
use super::encrypted;
use super::store::Contents;
use super::{FileContents, FileError, FileName, TenantStore};

impl TenantStore {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Store`]; with encrypted contents [`FileError::Encryption`]:
    /// `WrongKey` for a file of another tenant, `Malformed` for plaintext, `Tampered`, and those of the keys.
    pub async fn get(&self, name: &FileName) -> Result<FileContents, FileError> {
        let store = &self.bucket().store;
        let found = store
            .get_opts(&self.location(name), GetOptions::new())
            .await?;
        let info = self.info_named(name.clone(), &found.meta);
        match self.contents() {
            Contents::Plain => {
                let stream = found.into_stream().map_err(FileError::from).boxed();
                Ok(FileContents::new(info, stream))
            }
            #[cfg(feature = "encrypted-files")]
            Contents::Encrypted(keys) => {
                let stream = encrypted::opened(keys, name, found).await?;
                Ok(FileContents::new(info, stream))
            }
        }
    }

    /// Reads a part of a file: from byte `start` up to byte `end` without it, or to the end of the file if that
    /// comes first. Of encrypted contents it reads and verifies what the range touches, not the rest.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::files::{FileError, FileName, TenantFiles, object_store::memory::InMemory};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), FileError> {
    /// # let files = TenantFiles::new(Arc::new(InMemory::new())).scope(&1)?;
    /// let name = FileName::parse("log")?;
    /// files.put(&name, "first second").await?;
    /// assert_eq!(files.range(&name, 6..100).await?, "second");
    /// assert!(matches!(files.range(&name, 12..13).await, Err(FileError::Range)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`FileError::Range`], [`FileError::Changed`], and as [`get`](TenantStore::get).
    pub async fn range(&self, name: &FileName, range: Range<u64>) -> Result<Bytes, FileError> {
        match self.contents() {
            Contents::Plain => self.plain_range(name, range).await,
            #[cfg(feature = "encrypted-files")]
            Contents::Encrypted(keys) => {
                encrypted::range(
                    &*self.bucket().store,
                    keys,
                    name,
                    &self.location(name),
                    range,
                )
                .await
            }
        }
    }

    async fn plain_range(&self, name: &FileName, range: Range<u64>) -> Result<Bytes, FileError> {
        if range.is_empty() {
            self.head(name).await?;
            return Err(FileError::Range);
        }
        let options = GetOptions::new().with_range(Some(range.clone()));
        let read = async {
            let location = self.location(name);
            let found = self.bucket().store.get_opts(&location, options).await?;
            found.bytes().await
        };
        match read.await {
            Ok(bytes) => Ok(bytes),
            // Each store has its own words for a range that is not in the file.
            Err(error) => match FileError::from(error) {
                error @ FileError::Store(_) if self.head(name).await?.size > range.start => {
                    Err(error)
                }
                FileError::Store(_) => Err(FileError::Range),
                error => Err(error),
            },
        }
    }
}
