use std::time::SystemTime;

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::ObjectMeta;

use super::{FileError, FileName, TenantStore, layout};

/// What a store says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// The name, relative to the tenant.
    pub name: FileName,
    /// The length of the contents in bytes. That of encrypted ones follows from the length of the object,
    /// and is not verified before they are read.
    pub bytes: u64,
    /// When the file was written.
    pub modified: SystemTime,
}

impl TenantStore {
    /// The files of the tenant: all of them, or those below a name (`a` gives `a/b` and neither `a` nor
    /// `ab`). The order is that of the store.
    ///
    /// Objects in the tenant's prefix that are not at the place of a name are left out: something else has
    /// written them. An erasure counts and removes them.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::files::{FileError, FileName, TenantFiles, object_store::memory::InMemory};
    /// use futures_util::TryStreamExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), FileError> {
    /// # let files = TenantFiles::new(Arc::new(InMemory::new()));
    /// let (a, b) = (files.scope(&1)?, files.scope(&2)?);
    /// a.put(&FileName::parse("a/x")?, "of A").await?;
    /// b.put(&FileName::parse("a/y")?, "of B").await?;
    ///
    /// let found: Vec<_> = a.list(Some(&FileName::parse("a")?)).try_collect().await?;
    /// assert_eq!(found.len(), 1);
    /// assert_eq!(found[0].name.as_str(), "a/x");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Items are [`FileError::Store`] when the store fails.
    pub fn list(
        &self,
        below: Option<&FileName>,
    ) -> BoxStream<'static, Result<FileInfo, FileError>> {
        let prefix = match below {
            Some(name) => layout::location(self.prefix(), name),
            None => self.prefix().clone(),
        };
        let store = self.clone();
        let found = self.bucket().store.list(Some(&prefix));
        found
            .map_err(FileError::from)
            .try_filter_map(move |meta| {
                let below = meta.location != prefix && meta.location.prefix_matches(&prefix);
                let info = below.then(|| store.info_of(&meta)).flatten();
                std::future::ready(Ok(info))
            })
            .boxed()
    }

    /// What the store says of a file.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Store`].
    pub async fn info(&self, name: &FileName) -> Result<FileInfo, FileError> {
        let meta = self.head(name).await?;
        Ok(self.info_named(name.clone(), &meta))
    }

    fn info_of(&self, meta: &ObjectMeta) -> Option<FileInfo> {
        let name = layout::name(self.prefix(), &meta.location)?;
        Some(self.info_named(name, meta))
    }

    pub(super) fn info_named(&self, name: FileName, meta: &ObjectMeta) -> FileInfo {
        FileInfo {
            name,
            bytes: self.length_of(meta.size),
            modified: meta.last_modified.into(),
        }
    }
}
