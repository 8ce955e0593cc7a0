//! An object store that remembers what it was asked, and misbehaves when told to.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_core::files::object_store::path::Path;
use tenancy_core::files::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};

#[derive(Debug, Default)]
pub(crate) struct Probe {
    inner: InMemory,
    /// How long the ranges were that were read.
    pub(crate) read: Mutex<Vec<u64>>,
    /// How long the parts were that were sent.
    pub(crate) parts: std::sync::Arc<Mutex<Vec<usize>>>,
    pub(crate) aborted: std::sync::Arc<AtomicU64>,
    pub(crate) parts_fail: std::sync::Arc<AtomicBool>,
    /// Lists what begins with the letters of the prefix, as a careless store would.
    pub(crate) lists_by_letters: AtomicBool,
    /// Replaces the object before each second answer.
    pub(crate) replaces: Mutex<Option<PutPayload>>,
    /// Deletes nothing, and says that it has.
    pub(crate) keeps: AtomicBool,
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

fn failed() -> Error {
    Error::Generic {
        store: "Probe",
        source: "told to fail".into(),
    }
}

#[async_trait]
impl ObjectStore for Probe {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Parts {
            inner: self.inner.put_multipart_opts(location, options).await?,
            parts: self.parts.clone(),
            aborted: self.aborted.clone(),
            fail: self.parts_fail.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if !self.read.lock().unwrap().is_empty() {
            let payload = self.replaces.lock().unwrap().clone();
            if let Some(payload) = payload {
                self.inner
                    .put_opts(location, payload, PutOptions::default())
                    .await?;
            }
        }
        let found = self.inner.get_opts(location, options).await?;
        self.read
            .lock()
            .unwrap()
            .push(found.range.end - found.range.start);
        Ok(found)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        if self.keeps.load(Ordering::Relaxed) {
            return locations;
        }
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        if !self.lists_by_letters.load(Ordering::Relaxed) {
            return self.inner.list(prefix);
        }
        let letters = prefix.cloned().unwrap_or_default();
        let all = self.inner.list(None);
        all.filter(move |meta| {
            let begins = |meta: &ObjectMeta| meta.location.as_ref().starts_with(letters.as_ref());
            std::future::ready(meta.as_ref().is_ok_and(begins))
        })
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct Parts {
    inner: Box<dyn MultipartUpload>,
    parts: std::sync::Arc<Mutex<Vec<usize>>>,
    aborted: std::sync::Arc<AtomicU64>,
    fail: std::sync::Arc<AtomicBool>,
}

#[async_trait]
impl MultipartUpload for Parts {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.parts.lock().unwrap().push(data.content_length());
        if self.fail.load(Ordering::Relaxed) {
            return Box::pin(async { Err(failed()) });
        }
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.aborted.fetch_add(1, Ordering::Relaxed);
        self.inner.abort().await
    }
}
