use bytes::{Buf, Bytes};
use futures_util::stream::{BoxStream, TryStreamExt};

use crate::encryption::EncryptionError;
use crate::files::FileError;

/// Bytes of an object, in the amounts that chunks have.
pub(super) struct Feed {
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    ahead: Bytes,
}

impl Feed {
    pub(super) fn new(stream: BoxStream<'static, object_store::Result<Bytes>>) -> Self {
        Feed {
            stream,
            ahead: Bytes::new(),
        }
    }

    /// The next bytes, as many as asked for: an object that ends before it said is cut off.
    pub(super) async fn take(&mut self, length: usize) -> Result<Vec<u8>, FileError> {
        let mut taken = Vec::with_capacity(length);
        while taken.len() < length {
            if self.ahead.is_empty() {
                let next = self.stream.try_next().await?;
                self.ahead = next.ok_or(EncryptionError::Tampered)?;
            }
            let part = self.ahead.len().min(length - taken.len());
            taken.extend_from_slice(&self.ahead[..part]);
            self.ahead.advance(part);
        }
        Ok(taken)
    }
}
