use crate::encryption::codec::Codec;
use crate::encryption::{EncryptionError, KeyGeneration, OVERHEAD_BYTES};

pub(super) const MAGIC: u8 = 0xF9;
pub(super) const SUITE: u8 = 1;
pub(super) const ROW_BOUND: u8 = 1;
pub(super) const PADDED: u8 = 2;
/// What the tag covers of the header; the nonce behind it is covered by being the nonce.
pub(super) const AUTHENTICATED: usize = 40;
pub(super) const HEADER: usize = 64;
pub(super) const TAG: usize = 16;

/// The parts of an envelope, borrowed. Nothing is authenticated yet.
pub(in crate::encryption) struct Envelope<'a> {
    pub(super) flags: u8,
    pub(super) codec: u8,
    pub(in crate::encryption) generation: KeyGeneration,
    pub(super) authenticated: &'a [u8; AUTHENTICATED],
    pub(super) commitment: &'a [u8; 32],
    pub(super) nonce: &'a [u8; 24],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: &'a [u8; TAG],
}

impl<'a> Envelope<'a> {
    pub(in crate::encryption) fn parse(bytes: &'a [u8]) -> Result<Self, EncryptionError> {
        let malformed = EncryptionError::Malformed;
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(malformed)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(malformed)?;
        let (authenticated, nonce) = header
            .split_first_chunk::<AUTHENTICATED>()
            .ok_or(malformed)?;
        let (fields, commitment) = authenticated.split_first_chunk::<8>().ok_or(malformed)?;
        let [magic, suite, flags, codec, number @ ..] = *fields;
        if magic != MAGIC {
            return Err(malformed);
        }
        if suite != SUITE {
            return Err(EncryptionError::UnsupportedSuite);
        }
        if flags & !(ROW_BOUND | PADDED) != 0 {
            return Err(malformed);
        }
        Ok(Envelope {
            flags,
            codec,
            generation: KeyGeneration::new(u32::from_be_bytes(number))
                .ok_or(EncryptionError::UnknownGeneration)?,
            authenticated,
            commitment: commitment.try_into().map_err(|_| malformed)?,
            nonce: nonce.try_into().map_err(|_| malformed)?,
            ciphertext,
            tag,
        })
    }
}

/// What an envelope says about itself, without a key: for tools that count and page. None of it is
/// authenticated.
///
/// ```
/// use tenancy_core::encryption::{EncryptionError, EnvelopeInfo};
///
/// assert_eq!(EnvelopeInfo::read(b"plaintext"), Err(EncryptionError::Malformed));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvelopeInfo {
    /// The generation of the data key.
    pub generation: KeyGeneration,
    /// The type of the value, if it is known to this version.
    pub codec: Option<Codec>,
    /// Whether the value opens only for its row.
    pub row_bound: bool,
    /// Whether the plaintext is padded.
    pub padded: bool,
    /// The length of the plaintext, padding included.
    pub plaintext_bytes: usize,
}

impl EnvelopeInfo {
    /// Reads the header.
    ///
    /// # Errors
    /// [`EncryptionError::Malformed`], [`EncryptionError::UnsupportedSuite`] or
    /// [`EncryptionError::UnknownGeneration`] (for the generation 0) when it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, EncryptionError> {
        let envelope = Envelope::parse(bytes)?;
        Ok(EnvelopeInfo {
            generation: envelope.generation,
            codec: Codec::from_byte(envelope.codec),
            row_bound: envelope.flags & ROW_BOUND != 0,
            padded: envelope.flags & PADDED != 0,
            plaintext_bytes: bytes.len() - OVERHEAD_BYTES,
        })
    }
}
