use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    RenameOptions, Result,
};

use super::{LocalDisk, blocking, walk};

/// How many entries are read from the disk at a time.
const BATCH: usize = 512;

#[async_trait]
impl ObjectStore for LocalDisk {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.check(location)?;
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.check(location)?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.check(location)?;
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let disk = self.clone();
        let checked = locations.map(move |location| {
            let location = location?;
            disk.check(&location)?;
            Ok(location)
        });
        self.inner.delete_stream(checked.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let disk = self.clone();
        let prefix = prefix.cloned().unwrap_or_default();
        let begin = async move {
            disk.check(&prefix)?;
            let entries = walk::entries(disk.folder(&prefix));
            Ok::<_, object_store::Error>(batches(disk, entries))
        };
        stream::once(begin).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        let mut found = self.list(Some(&prefix));
        let (mut folders, mut objects) = (BTreeSet::new(), Vec::new());
        while let Some(meta) = found.try_next().await? {
            let below: Vec<_> = meta
                .location
                .prefix_match(&prefix)
                .into_iter()
                .flatten()
                .collect();
            match &below[..] {
                [] => {}
                [_] => objects.push(meta),
                [folder, ..] => {
                    folders.insert(prefix.clone().join(folder.as_ref()));
                }
            }
        }
        Ok(ListResult {
            common_prefixes: folders.into_iter().collect(),
            objects,
            extensions: Default::default(),
        })
    }

    /// Copies the bytes. A link to the same file, which `LocalFileSystem` makes, stays behind under a hidden
    /// name when the copy is made a second time.
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        if matches!(options.mode, CopyMode::Create) {
            self.check(from)?;
            self.check(to)?;
            return self.inner.copy_opts(from, to, options).await;
        }
        let mut contents = self.get(from).await?.into_stream();
        let mut upload = self.put_multipart(to).await?;
        while let Some(bytes) = contents.try_next().await? {
            upload.put_part(bytes.into()).await?;
        }
        upload.complete().await.map(|_| ())
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.check(from)?;
        self.check(to)?;
        self.inner.rename_opts(from, to, options).await
    }
}

/// The files among the entries, read where reading does not stop a runtime.
fn batches(
    disk: LocalDisk,
    entries: impl Iterator<Item = Result<walk::Entry>> + Send + 'static,
) -> impl stream::Stream<Item = Result<ObjectMeta>> {
    stream::try_unfold((disk, entries), async |(disk, mut entries)| {
        blocking(move || {
            let batch: Vec<_> = entries.by_ref().take(BATCH).collect::<Result<_>>()?;
            if batch.is_empty() {
                return Ok(None);
            }
            let files: Vec<_> = batch.iter().filter_map(|entry| disk.meta(entry)).collect();
            Ok(Some((stream::iter(files).map(Ok), (disk, entries))))
        })
        .await
    })
    .try_flatten()
}

impl LocalDisk {
    /// A finished file; nothing for links, unfinished files and names that are not UTF-8.
    fn meta(&self, entry: &walk::Entry) -> Option<ObjectMeta> {
        if !entry.metadata.is_file() {
            return None;
        }
        let relative = entry.path.strip_prefix(&*self.root).ok()?;
        let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
        let location = Path::parse(parts?.join("/")).ok()?;
        if is_unfinished(location.filename()?) {
            return None;
        }
        Some(ObjectMeta {
            location,
            last_modified: entry.metadata.modified().ok()?.into(),
            size: entry.length,
            e_tag: None,
            version: None,
        })
    }
}

/// The names that `LocalFileSystem` gives to files until they are complete.
fn is_unfinished(name: &str) -> bool {
    name.split_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
