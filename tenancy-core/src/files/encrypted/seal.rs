use super::Keys;
use crate::encryption::EncryptionError;
use crate::encryption::file::{CHUNK, FileCipher, HEADER, SEALED_CHUNK, sealed_length};
use crate::files::{FileError, FileName};

/// The whole of a file that is in memory.
pub(in crate::files) async fn sealed(
    keys: &Keys,
    name: &FileName,
    contents: &[u8],
) -> Result<Vec<u8>, FileError> {
    let length = sealed_length(contents.len() as u64).ok_or(EncryptionError::TooLarge)?;
    let (header, mut sealing) = Sealing::begin(keys, name).await?;
    let mut out = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    out.extend_from_slice(&header);
    let mut rest = contents;
    while let Some(chunk) = sealing.take(&mut rest).await? {
        out.extend_from_slice(&chunk);
    }
    out.extend_from_slice(&sealing.last().await?);
    Ok(out)
}

/// A file that is being sealed, chunk by chunk.
pub(in crate::files) struct Sealing {
    keys: Keys,
    cipher: FileCipher,
    pending: Vec<u8>,
    chunk: u64,
}

impl Sealing {
    pub(in crate::files) async fn begin(
        keys: &Keys,
        name: &FileName,
    ) -> Result<([u8; HEADER], Self), FileError> {
        let (header, cipher) = FileCipher::seal(&keys.ready().await?, name.as_str())?;
        let sealing = Sealing {
            keys: keys.clone(),
            cipher,
            pending: Vec::new(),
            chunk: 0,
        };
        Ok((header, sealing))
    }

    /// Takes in bytes until a chunk is full *and* there are more, so that it is not the last.
    pub(in crate::files) async fn take(
        &mut self,
        bytes: &mut &[u8],
    ) -> Result<Option<Vec<u8>>, FileError> {
        let room = CHUNK - self.pending.len();
        let (fits, more) = bytes.split_at(room.min(bytes.len()));
        if self.pending.capacity() < SEALED_CHUNK && !fits.is_empty() {
            // With its tag, so that no copy of the plaintext stays behind in a smaller allocation.
            let mut whole = Vec::with_capacity(SEALED_CHUNK);
            whole.append(&mut self.pending);
            self.pending = whole;
        }
        self.pending.extend_from_slice(fits);
        *bytes = more;
        if more.is_empty() {
            return Ok(None);
        }
        self.seal(false).await.map(Some)
    }

    /// The last chunk.
    pub(in crate::files) async fn last(&mut self) -> Result<Vec<u8>, FileError> {
        self.seal(true).await
    }

    async fn seal(&mut self, last: bool) -> Result<Vec<u8>, FileError> {
        self.keys.prolong().await?;
        let mut chunk = std::mem::take(&mut self.pending);
        self.cipher.encrypt(self.chunk, last, &mut chunk)?;
        self.chunk += 1;
        Ok(chunk)
    }
}
