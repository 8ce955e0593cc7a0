use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetResult, ObjectMeta, ObjectStore};

use super::Keys;
use super::feed::Feed;
use crate::encryption::EncryptionError;
use crate::encryption::file::{CHUNK, FileCipher, HEADER, SEALED_CHUNK, plain_length};
use crate::files::{FileError, FileName};

/// How often a file may be replaced between two requests of one read.
const ATTEMPTS: usize = 5;

/// The length of the contents of an object, as far as its own length tells.
pub(in crate::files) fn length_of(object: u64) -> u64 {
    plain_length(object).unwrap_or(object.saturating_sub(HEADER as u64))
}

/// The contents of an object that is being read from its beginning.
pub(in crate::files) async fn opened(
    keys: &Keys,
    name: &FileName,
    found: GetResult,
) -> Result<BoxStream<'static, Result<Bytes, FileError>>, FileError> {
    let size = found.meta.size;
    if size < HEADER as u64 {
        return Err(EncryptionError::Malformed.into());
    }
    let mut feed = Feed::new(found.into_stream());
    let header = to_header(&feed.take(HEADER).await?)?;
    let cipher = FileCipher::open(&keys.ready().await?, name.as_str(), &header)?;
    let length = plain_length(size).ok_or(EncryptionError::Tampered)?;
    Ok(Opening::new(keys.clone(), cipher, feed, length, 0).into_stream())
}

pub(in crate::files) async fn range(
    store: &dyn ObjectStore,
    keys: &Keys,
    name: &FileName,
    location: &Path,
    range: Range<u64>,
) -> Result<Bytes, FileError> {
    for _ in 0..ATTEMPTS {
        match try_range(store, keys, name, location, &range).await {
            Err(FileError::Changed) => {}
            result => return result,
        }
    }
    Err(FileError::Changed)
}

async fn try_range(
    store: &dyn ObjectStore,
    keys: &Keys,
    name: &FileName,
    location: &Path,
    range: &Range<u64>,
) -> Result<Bytes, FileError> {
    let header = header(store, location).await?;
    let cipher = FileCipher::open(&keys.ready().await?, name.as_str(), &header.bytes)?;
    let length = plain_length(header.meta.size).ok_or(EncryptionError::Tampered)?;
    let (start, end) = (range.start, range.end.min(length));
    if start >= end {
        return Err(FileError::Range);
    }
    let chunk = start / CHUNK as u64;
    let first = HEADER as u64 + chunk * SEALED_CHUNK as u64;
    let last = HEADER as u64 + end.div_ceil(CHUNK as u64) * SEALED_CHUNK as u64;
    let options = GetOptions::new()
        .with_range(Some(first..last.min(header.meta.size)))
        // The header and the chunks must be of one file.
        .with_if_match(header.meta.e_tag);
    let found = store.get_opts(location, options).await?;
    if found.meta.size != header.meta.size {
        return Err(FileError::Changed);
    }
    let feed = Feed::new(found.into_stream());
    let mut opening = Opening::new(keys.clone(), cipher, feed, length, chunk);
    let skipped = usize::try_from(start - chunk * CHUNK as u64).unwrap_or(usize::MAX);
    let wanted = usize::try_from(end - start).map_err(|_| EncryptionError::TooLarge)?;
    let mut out = Vec::new();
    while out.len() < skipped + wanted {
        let next = opening.next().await?.ok_or(EncryptionError::Tampered)?;
        out.extend_from_slice(&next);
    }
    Ok(Bytes::from(out).slice(skipped..skipped + wanted))
}

/// A header, and what the store says of its file.
pub(super) struct Header {
    pub(super) bytes: [u8; HEADER],
    pub(super) meta: ObjectMeta,
}

pub(super) async fn header(store: &dyn ObjectStore, location: &Path) -> Result<Header, FileError> {
    let options = GetOptions::new().with_range(Some(0..HEADER as u64));
    match store.get_opts(location, options).await {
        Ok(found) => {
            let meta = found.meta.clone();
            let bytes = to_header(&found.bytes().await?)?;
            Ok(Header { bytes, meta })
        }
        Err(error) => match FileError::from(error) {
            // Of an empty object there is no range.
            error @ FileError::Store(_) => {
                let options = GetOptions::new().with_head(true);
                let empty = store.get_opts(location, options).await?.meta.size == 0;
                let empty = empty.then(|| EncryptionError::Malformed.into());
                Err(empty.unwrap_or(error))
            }
            error => Err(error),
        },
    }
}

fn to_header(bytes: &[u8]) -> Result<[u8; HEADER], FileError> {
    Ok(bytes.try_into().map_err(|_| EncryptionError::Malformed)?)
}

/// A file that is being opened, chunk by chunk.
struct Opening {
    keys: Keys,
    cipher: FileCipher,
    feed: Feed,
    /// Of the whole plaintext.
    length: u64,
    chunk: u64,
}

impl Opening {
    fn new(keys: Keys, cipher: FileCipher, feed: Feed, length: u64, chunk: u64) -> Self {
        Opening {
            keys,
            cipher,
            feed,
            length,
            chunk,
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        let last = (self.length.div_ceil(CHUNK as u64)).max(1) - 1;
        if self.chunk > last {
            return Ok(None);
        }
        let length = if self.chunk == last {
            self.length - last * CHUNK as u64
        } else {
            CHUNK as u64
        };
        let tag = SEALED_CHUNK - CHUNK;
        let mut bytes = self.feed.take(length as usize + tag).await?;
        self.keys.prolong().await?;
        self.cipher
            .decrypt(self.chunk, self.chunk == last, &mut bytes)?;
        self.chunk += 1;
        Ok(Some(bytes))
    }

    fn into_stream(self) -> BoxStream<'static, Result<Bytes, FileError>> {
        stream::try_unfold(self, async |mut opening| {
            let next = opening.next().await?;
            Ok(next.map(|bytes| (Bytes::from(bytes), opening)))
        })
        .boxed()
    }
}
