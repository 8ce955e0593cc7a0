//! The form of a sealed value.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 1 | magic 0xF9, which never occurs in UTF-8 |
//! | 1 | 1 | suite, 1 |
//! | 2 | 1 | flags: 1 bound to a row, 2 padded |
//! | 3 | 1 | codec |
//! | 4 | 4 | generation of the data key, big-endian |
//! | 8 | 32 | commitment to the key |
//! | 40 | 24 | nonce |
//! | 64 | n | ciphertext |
//! | 64 + n | 16 | tag |

mod header;
mod open;
mod seal;

pub(super) use header::Envelope;
pub use header::EnvelopeInfo;
pub(super) use open::{open, open_untyped};
pub(super) use seal::{Form, reseal, seal, seal_untyped};

use super::KeyGeneration;
use super::frame::frame;
use super::names::Label;
use super::secret::Key;
use crate::CanonicalTenant;
use chacha20poly1305::XChaCha20Poly1305;

/// How many bytes an envelope adds to its plaintext.
pub const OVERHEAD_BYTES: usize = 80;

/// The greatest length of a plaintext, padding included. PostgreSQL's own limit is 1 GB for the whole row.
pub const MAX_PLAINTEXT_BYTES: usize = 256 << 20;

/// The key of one column in one generation, ready for use.
pub(super) struct ValueKey {
    pub(super) generation: KeyGeneration,
    pub(super) commitment: [u8; 32],
    cipher: XChaCha20Poly1305,
}

impl ValueKey {
    pub(super) fn derive(
        data_key: &Key,
        generation: KeyGeneration,
        tenant: &CanonicalTenant,
        label: &Label,
    ) -> Self {
        let info = |purpose: &[u8]| frame(&[purpose, tenant.as_bytes(), label.as_str().as_bytes()]);
        ValueKey {
            generation,
            commitment: *data_key.derive(&info(b"tenancy/1/commitment")).bytes(),
            cipher: data_key.derive(&info(b"tenancy/1/column")).cipher(),
        }
    }
}
