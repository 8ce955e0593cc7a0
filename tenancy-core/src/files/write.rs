use std::fmt;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

#[cfg(feature = "encrypted-files")]
use super::encrypted::Sealing;
#[cfg(feature = "encrypted-files")]
use super::store::Contents;
use super::{FileError, FileName, TenantStore};

/// A file that is being written, piece by piece. It holds one
/// [part](super::TenantFiles::part_bytes) in memory.
///
/// The file appears as a whole, with [`finish`](Upload::finish). An upload that is dropped leaves no file.
/// Of one that is dropped without [`abort`](Upload::abort), cloud stores keep the parts that were sent, out of
/// sight, until a rule of the bucket for incomplete uploads removes them.
///
/// ```
/// # use std::sync::Arc;
/// # use tenancy_core::files::{FileError, FileName, TenantFiles, object_store::memory::InMemory};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), FileError> {
/// # let files = TenantFiles::new(Arc::new(InMemory::new())).scope(&1)?;
/// let name = FileName::parse("log")?;
/// let mut upload = files.upload(&name).await?;
/// for _ in 0..1000 {
///     upload.write("a line\n").await?;
/// }
/// assert!(matches!(files.info(&name).await, Err(FileError::NotFound)));
/// assert_eq!(upload.finish().await?, 7000);
/// assert_eq!(files.info(&name).await?.bytes, 7000);
/// # Ok(())
/// # }
/// ```
pub struct Upload {
    parts: Parts,
    #[cfg(feature = "encrypted-files")]
    sealing: Option<Sealing>,
    written: u64,
    /// Set while something is under way, so that it stays set when it fails or is dropped.
    interrupted: bool,
}

impl TenantStore {
    /// Begins to write a file, or to replace it. Nothing is sent yet.
    ///
    /// # Errors
    /// With encrypted contents those of the keys.
    pub async fn upload(&self, name: &FileName) -> Result<Upload, FileError> {
        #[cfg(feature = "encrypted-files")]
        let (part, sealing) = match self.contents() {
            Contents::Plain => (Vec::new(), None),
            Contents::Encrypted(keys) => {
                let (header, sealing) = Sealing::begin(keys, name).await?;
                (header.to_vec(), Some(sealing))
            }
        };
        #[cfg(not(feature = "encrypted-files"))]
        let part = Vec::new();
        let parts = Parts {
            location: self.location(name),
            store: self.clone(),
            multipart: None,
            part,
        };
        Ok(Upload {
            parts,
            #[cfg(feature = "encrypted-files")]
            sealing,
            written: 0,
            interrupted: false,
        })
    }

    /// Writes a file, or replaces it, from a stream, of which one part is in memory. The length in bytes comes
    /// back.
    ///
    /// # Errors
    /// [`FileError::Source`] when the stream fails, [`FileError::Store`]; with encrypted contents those of the
    /// keys.
    pub async fn put_stream<B, E>(
        &self,
        name: &FileName,
        contents: impl Stream<Item = Result<B, E>> + Send,
    ) -> Result<u64, FileError>
    where
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut upload = self.upload(name).await?;
        let mut contents = std::pin::pin!(contents);
        while let Some(piece) = contents.next().await {
            let done = match piece {
                Ok(piece) => upload.write(piece).await,
                Err(error) => Err(FileError::Source(error.into())),
            };
            if let Err(error) = done {
                // The reason is what the caller needs; that tidying up failed as well is not.
                let _ = upload.abort().await;
                return Err(error);
            }
        }
        upload.finish().await
    }
}

impl Upload {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// [`FileError::Store`]; with encrypted contents those of the keys. After an error, or when the future was
    /// dropped, everything else is [`FileError::Interrupted`].
    pub async fn write(&mut self, bytes: impl Into<Bytes>) -> Result<(), FileError> {
        self.begin()?;
        let bytes = bytes.into();
        #[cfg(feature = "encrypted-files")]
        match &mut self.sealing {
            None => self.parts.push(&bytes).await?,
            Some(sealing) => {
                let mut rest = &bytes[..];
                while let Some(chunk) = sealing.take(&mut rest).await? {
                    self.parts.push(&chunk).await?;
                }
            }
        }
        #[cfg(not(feature = "encrypted-files"))]
        self.parts.push(&bytes).await?;
        self.written += bytes.len() as u64;
        self.interrupted = false;
        Ok(())
    }

    /// Makes the file appear, and gives its length in bytes.
    ///
    /// # Errors
    /// As [`write`](Upload::write). The file is as it was before.
    pub async fn finish(mut self) -> Result<u64, FileError> {
        let finished = self.try_finish().await;
        if finished.is_err() {
            let _ = self.parts.abort().await;
        }
        finished.map(|()| self.written)
    }

    async fn try_finish(&mut self) -> Result<(), FileError> {
        self.begin()?;
        #[cfg(feature = "encrypted-files")]
        if let Some(sealing) = &mut self.sealing {
            let last = sealing.last().await?;
            self.parts.push(&last).await?;
        }
        self.parts.complete().await
    }

    /// Gives up, and removes what was sent.
    ///
    /// # Errors
    /// [`FileError::Store`].
    pub async fn abort(mut self) -> Result<(), FileError> {
        self.parts.abort().await
    }

    fn begin(&mut self) -> Result<(), FileError> {
        if std::mem::replace(&mut self.interrupted, true) {
            return Err(FileError::Interrupted);
        }
        Ok(())
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// The parts of an object. All but the last have one length, which some stores ask for.
struct Parts {
    store: TenantStore,
    location: Path,
    multipart: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
}

impl Parts {
    async fn push(&mut self, mut bytes: &[u8]) -> Result<(), FileError> {
        loop {
            let room = self.store.files().length_of_parts() - self.part.len();
            let (fits, more) = bytes.split_at(room.min(bytes.len()));
            self.part.extend_from_slice(fits);
            // A full part waits until there is more: if it stays the only one, it is sent as a whole.
            if more.is_empty() {
                return Ok(());
            }
            bytes = more;
            self.send().await?;
        }
    }

    async fn send(&mut self) -> Result<(), FileError> {
        let part = std::mem::take(&mut self.part);
        let upload = match &mut self.multipart {
            Some(upload) => upload,
            none => {
                let begun = self.store.bucket().store.put_multipart(&self.location);
                none.insert(begun.await?)
            }
        };
        Ok(upload.put_part(PutPayload::from(part)).await?)
    }

    async fn complete(&mut self) -> Result<(), FileError> {
        if self.multipart.is_none() {
            let whole = PutPayload::from(std::mem::take(&mut self.part));
            self.store.bucket().store.put(&self.location, whole).await?;
            return Ok(());
        }
        if !self.part.is_empty() {
            self.send().await?;
        }
        if let Some(upload) = &mut self.multipart {
            upload.complete().await?;
        }
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), FileError> {
        match self.multipart.take() {
            Some(mut upload) => Ok(upload.abort().await?),
            None => Ok(()),
        }
    }
}
