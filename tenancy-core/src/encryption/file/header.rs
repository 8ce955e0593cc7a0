use crate::encryption::{EncryptionError, KeyGeneration};

const MAGIC: [u8; 4] = *b"\xF9tfi";
const SUITE: u8 = 1;

/// The length of the header, in bytes.
pub(crate) const HEADER: usize = BEFORE_COMMITMENT + 32;
pub(super) const BEFORE_COMMITMENT: usize = 44;

/// What stands before the commitment.
pub(super) fn begin(generation: KeyGeneration, salt: &[u8; 32]) -> [u8; BEFORE_COMMITMENT] {
    let mut header = [0; BEFORE_COMMITMENT];
    header[..4].copy_from_slice(&MAGIC);
    header[4] = SUITE;
    header[8..12].copy_from_slice(&generation.get().to_be_bytes());
    header[12..].copy_from_slice(salt);
    header
}

/// The generation, and what stands before the commitment. Nothing is authenticated yet.
pub(super) fn parse(
    header: &[u8; HEADER],
) -> Result<(KeyGeneration, &[u8; BEFORE_COMMITMENT], &[u8; 32]), EncryptionError> {
    let malformed = EncryptionError::Malformed;
    let (magic, rest) = header.split_first_chunk::<4>().ok_or(malformed)?;
    let (fields, _) = rest.split_first_chunk::<8>().ok_or(malformed)?;
    let [suite, zeros @ .., a, b, c, d] = *fields;
    if *magic != MAGIC {
        return Err(malformed);
    }
    if suite != SUITE {
        return Err(EncryptionError::UnsupportedSuite);
    }
    if zeros != [0; 3] {
        return Err(malformed);
    }
    let generation = KeyGeneration::new(u32::from_be_bytes([a, b, c, d]))
        .ok_or(EncryptionError::UnknownGeneration)?;
    let (before, commitment) = header
        .split_first_chunk::<BEFORE_COMMITMENT>()
        .ok_or(malformed)?;
    Ok((
        generation,
        before,
        commitment.try_into().map_err(|_| malformed)?,
    ))
}
