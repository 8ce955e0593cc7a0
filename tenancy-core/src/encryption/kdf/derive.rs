use std::sync::Arc;

use argon2::{Algorithm, Argon2, AssociatedData, Block, Version};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::KdfCost;
use crate::encryption::KeyringError;
use crate::encryption::frame::frame;
use crate::encryption::root::RootKey;
use crate::encryption::secret::Key;

/// One run of Argon2id over a root key.
pub(in crate::encryption) struct RootDerivation {
    pub(in crate::encryption) root: Arc<RootKey>,
    pub(in crate::encryption) salt: [u8; 32],
    pub(in crate::encryption) cost: KdfCost,
    /// Says what the result is for, so that it serves nothing else.
    pub(in crate::encryption) purpose: Vec<u8>,
}

pub(in crate::encryption) fn derive_root(input: &RootDerivation) -> Result<Key, KeyringError> {
    let failed = |_| KeyringError::KdfFailed;
    // Argon2 takes 32 bytes of associated data at most, hence the hash.
    let data = Sha256::digest(&input.purpose);
    let params = input
        .cost
        .params()
        .data(AssociatedData::new(&data).map_err(failed)?)
        .build()
        .map_err(failed)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut blocks = Blocks(vec![Block::new(); argon2.params().block_count()]);
    let mut key = Key::zeroed();
    input
        .root
        .expose(|root| {
            argon2.hash_password_into_with_memory(root, &input.salt, key.bytes_mut(), &mut blocks.0)
        })
        .map_err(failed)?;
    Ok(key)
}

/// The memory of Argon2, wiped when dropped.
struct Blocks(Vec<Block>);

impl Drop for Blocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// What the wrap key of a tenant is derived for.
pub(in crate::encryption) fn wrap_key_purpose(version: &str, tenant: &[u8]) -> Vec<u8> {
    frame(&[b"kek", version.as_bytes(), tenant])
}
