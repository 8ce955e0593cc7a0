use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, TryStreamExt};

use super::{FileError, FileInfo};

/// A file that is being read.
pub struct FileContents {
    info: FileInfo,
    stream: BoxStream<'static, Result<Bytes, FileError>>,
}

impl FileContents {
    pub(super) fn new(
        info: FileInfo,
        stream: BoxStream<'static, Result<Bytes, FileError>>,
    ) -> Self {
        FileContents { info, stream }
    }

    /// What the store says of the file.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// All of it. The limit is in bytes, and nothing is read of what is longer.
    ///
    /// # Errors
    /// [`FileError::TooLarge`]; as the items of [`into_stream`](FileContents::into_stream).
    pub async fn bytes(self, limit: u64) -> Result<Bytes, FileError> {
        if self.info.bytes > limit {
            return Err(FileError::TooLarge { limit });
        }
        let mut all = BytesMut::new();
        let mut stream = self.stream;
        while let Some(bytes) = stream.try_next().await? {
            // The store may send more than it said.
            if (all.len() + bytes.len()) as u64 > limit {
                return Err(FileError::TooLarge { limit });
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all.freeze())
    }

    /// Piece by piece. Encrypted contents come as they are verified, 64 KiB at a time: that the file was cut
    /// off, or changed further on, is an error *behind* good pieces. Whoever acts on them before the end must
    /// be able to take that back.
    ///
    /// # Errors
    /// Items are [`FileError::Store`] when the store fails; with encrypted contents
    /// [`FileError::Encryption`] with `Tampered`, and with `NotUnlocked` or `TenantShredded` when the keys are
    /// gone meanwhile.
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes, FileError>> {
        self.stream
    }
}

impl fmt::Debug for FileContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContents")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}
