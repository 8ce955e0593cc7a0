use chacha20poly1305::AeadInOut;
use chacha20poly1305::aead::inout::InOutBuf;
use zeroize::Zeroizing;

use super::header::{PADDED, ROW_BOUND};
use super::{Envelope, ValueKey};
use crate::encryption::codec::{Codec, Decode, Untyped};
use crate::encryption::{EncryptionError, RowId, secret};

pub(in crate::encryption) fn open<T: Decode>(
    key: &ValueKey,
    envelope: &Envelope<'_>,
    row: Option<&RowId>,
) -> Result<T, EncryptionError> {
    let mut plaintext = decrypt(key, envelope, row)?;
    // Only now, so that a changed codec counts as tampering.
    if envelope.codec != T::CODEC as u8 {
        return Err(EncryptionError::CodecMismatch);
    }
    if envelope.flags & PADDED != 0 {
        let length = unpadded(&plaintext).ok_or(EncryptionError::Malformed)?;
        plaintext.truncate(length);
    }
    T::decode(plaintext)
}

/// Opens a value whatever its type is. The padding stays.
pub(in crate::encryption) fn open_untyped(
    key: &ValueKey,
    envelope: &Envelope<'_>,
    row: Option<&RowId>,
) -> Result<Untyped, EncryptionError> {
    let plaintext = decrypt(key, envelope, row)?;
    let codec = Codec::from_byte(envelope.codec).ok_or(EncryptionError::CodecMismatch)?;
    let length = if envelope.flags & PADDED == 0 {
        plaintext.len()
    } else {
        unpadded(&plaintext).ok_or(EncryptionError::Malformed)?
    };
    Ok(Untyped {
        codec,
        length,
        padded: envelope.flags & PADDED != 0,
        plaintext,
    })
}

/// The plaintext, padding included.
pub(in crate::encryption) fn decrypt(
    key: &ValueKey,
    envelope: &Envelope<'_>,
    row: Option<&RowId>,
) -> Result<Zeroizing<Vec<u8>>, EncryptionError> {
    if (envelope.flags & ROW_BOUND != 0) != row.is_some() {
        return Err(EncryptionError::Malformed);
    }
    // Before the cipher: Poly1305 does not commit to its key, so a text that two keys accept exists.
    if !secret::equal(envelope.commitment, &key.commitment) {
        return Err(EncryptionError::WrongKey);
    }
    let bound;
    let aad = match row {
        None => envelope.authenticated.as_slice(),
        Some(row) => {
            bound = [envelope.authenticated.as_slice(), row.framed()].concat();
            &bound
        }
    };
    let mut plaintext = Zeroizing::new(vec![0; envelope.ciphertext.len()]);
    let buffer = InOutBuf::new(envelope.ciphertext, &mut plaintext)
        .map_err(|_| EncryptionError::Malformed)?;
    key.cipher
        .decrypt_inout_detached(envelope.nonce.into(), aad, buffer, envelope.tag.into())
        .map_err(|_| EncryptionError::Tampered)?;
    Ok(plaintext)
}

/// The length before the padding. The text is authentic, so what time tells of it is its length.
fn unpadded(plaintext: &[u8]) -> Option<usize> {
    let end = plaintext.iter().rposition(|&byte| byte != 0)?;
    (plaintext[end] == 0x80).then_some(end)
}
