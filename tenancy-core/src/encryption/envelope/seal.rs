use chacha20poly1305::AeadInOut;

use super::header::{AUTHENTICATED, HEADER, MAGIC, PADDED, ROW_BOUND, SUITE, TAG};
use super::open::decrypt;
use super::{Envelope, ValueKey};
use crate::encryption::codec::{Encode, Output, Untyped};
use crate::encryption::{EncryptionError, Padding, RowId};

/// What shapes an envelope beside its value.
#[derive(Clone, Copy)]
pub(in crate::encryption) struct Form<'a> {
    pub(in crate::encryption) row: Option<&'a RowId>,
    pub(in crate::encryption) padding: Padding,
}

pub(in crate::encryption) type Nonce = [u8; 24];

/// The nonce is random, and never used again.
pub(in crate::encryption) fn seal<T: Encode + ?Sized>(
    key: &ValueKey,
    value: &T,
    form: Form<'_>,
    nonce: Nonce,
) -> Result<Vec<u8>, EncryptionError> {
    let block = match form.padding {
        Padding::None => 0,
        Padding::Blocks(block) => usize::from(block.get()),
    };
    let mut out = Output::new(HEADER, value.size_hint(), block + TAG)?;
    value.encode(&mut out)?;
    let mut flags = 0;
    if form.row.is_some() {
        flags |= ROW_BOUND;
    }
    if block > 0 {
        flags |= PADDED;
        out.pad(block)?;
    }
    encrypt(key, T::CODEC as u8, flags, form.row, out, nonce)
}

/// Moves a value to another key without knowing its type.
pub(in crate::encryption) fn reseal(
    old: &ValueKey,
    new: &ValueKey,
    envelope: &Envelope<'_>,
    row: Option<&RowId>,
    nonce: Nonce,
) -> Result<Vec<u8>, EncryptionError> {
    let plaintext = decrypt(old, envelope, row)?;
    let mut out = Output::new(HEADER, plaintext.len(), TAG)?;
    out.write(&plaintext)?;
    encrypt(new, envelope.codec, envelope.flags, row, out, nonce)
}

/// Seals a value that was opened without its type, or made of its parts.
pub(in crate::encryption) fn seal_untyped(
    key: &ValueKey,
    value: &Untyped,
    row: Option<&RowId>,
    nonce: Nonce,
) -> Result<Vec<u8>, EncryptionError> {
    let mut out = Output::new(HEADER, value.plaintext.len(), TAG)?;
    out.write(&value.plaintext)?;
    let flags =
        (if row.is_some() { ROW_BOUND } else { 0 }) | (if value.padded { PADDED } else { 0 });
    encrypt(key, value.codec as u8, flags, row, out, nonce)
}

/// Not generic, so that the cipher is compiled here and not in the crates of the callers.
fn encrypt(
    key: &ValueKey,
    codec: u8,
    flags: u8,
    row: Option<&RowId>,
    mut out: Output,
    nonce: Nonce,
) -> Result<Vec<u8>, EncryptionError> {
    let bytes = out.bytes_mut();
    let (header, body) = bytes.split_at_mut(HEADER);
    header[..4].copy_from_slice(&[MAGIC, SUITE, flags, codec]);
    header[4..8].copy_from_slice(&key.generation.get().to_be_bytes());
    header[8..AUTHENTICATED].copy_from_slice(&key.commitment);
    header[AUTHENTICATED..].copy_from_slice(&nonce);

    let bound;
    let aad = match row {
        None => &header[..AUTHENTICATED],
        Some(row) => {
            bound = [&header[..AUTHENTICATED], row.framed()].concat();
            &bound
        }
    };
    let tag = key
        .cipher
        .encrypt_inout_detached((&nonce).into(), aad, body.into())
        .map_err(|_| EncryptionError::TooLarge)?;
    bytes.extend_from_slice(&tag);
    Ok(out.take())
}
