use std::fmt;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ctutils::CtEq;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize;

use super::EncryptionError;

/// 32 secret bytes. On the heap, so that a move leaves no copy behind; wiped when dropped.
#[derive(Clone)]
pub(super) struct Key(Box<[u8; 32]>);

impl Key {
    pub(super) fn zeroed() -> Self {
        Key(Box::new([0; 32]))
    }

    pub(super) fn random() -> Result<Self, EncryptionError> {
        let mut key = Key::zeroed();
        fill_random(key.bytes_mut())?;
        Ok(key)
    }

    /// HKDF-SHA256 without a salt: the key is uniformly random already.
    pub(super) fn derive(&self, info: &[u8]) -> Self {
        let mut key = Key::zeroed();
        hkdf_sha256(self.bytes(), info, key.bytes_mut());
        key
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

pub(crate) fn hkdf_sha256(ikm: &[u8], info: &[u8], out: &mut [u8; 32]) {
    let (mut extracted, hkdf) = Hkdf::<Sha256>::extract(None, ikm);
    extracted.as_mut_slice().zeroize();
    #[allow(
        clippy::expect_used,
        reason = "32 bytes are one block, and HKDF gives up to 255 of them"
    )]
    hkdf.expand(info, out).expect("a key of 32 bytes");
}

pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), EncryptionError> {
    getrandom::fill(bytes).map_err(|_| EncryptionError::Rng)
}

/// A nonce or a salt.
pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N], EncryptionError> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

/// Compares without telling by time where two values differ.
pub(super) fn equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.ct_eq(b).to_bool()
}
