use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;

use super::header::{self, HEADER};
use crate::encryption::frame::frame;
use crate::encryption::secret::{self, Key, random_bytes};
use crate::encryption::{EncryptionError, KeyGeneration, TenantKeys};

/// Seals and opens the chunks of one file, in any order.
pub(crate) struct FileCipher {
    stream: StreamBE32<XChaCha20Poly1305>,
    keys: TenantKeys,
    generation: KeyGeneration,
}

impl FileCipher {
    /// For a new file, under the active generation. The header goes before the first chunk.
    pub(crate) fn seal(
        keys: &TenantKeys,
        name: &str,
    ) -> Result<([u8; HEADER], Self), EncryptionError> {
        FileCipher::seal_with(keys, name, &random_bytes()?)
    }

    pub(super) fn seal_with(
        keys: &TenantKeys,
        name: &str,
        salt: &[u8; 32],
    ) -> Result<([u8; HEADER], Self), EncryptionError> {
        keys.with_data_key(None, |generation, key| {
            let before = header::begin(generation, salt);
            let mut header = [0; HEADER];
            let (fields, commitment) = header.split_at_mut(before.len());
            fields.copy_from_slice(&before);
            commitment.copy_from_slice(commit(key, keys, &before).bytes());
            (
                header,
                FileCipher::new(key, keys, generation, name, &header),
            )
        })
    }

    /// For a file that begins with this header.
    pub(crate) fn open(
        keys: &TenantKeys,
        name: &str,
        header: &[u8; HEADER],
    ) -> Result<Self, EncryptionError> {
        let (generation, before, commitment) = header::parse(header)?;
        keys.with_data_key(Some(generation), |generation, key| {
            // Before the cipher, which does not commit to its key.
            if !secret::equal(commit(key, keys, before).bytes(), commitment) {
                return Err(EncryptionError::WrongKey);
            }
            Ok(FileCipher::new(key, keys, generation, name, header))
        })?
    }

    fn new(
        data_key: &Key,
        keys: &TenantKeys,
        generation: KeyGeneration,
        name: &str,
        header: &[u8; HEADER],
    ) -> Self {
        let tenant = keys.tenant().as_bytes();
        let info = frame(&[b"tenancy/1/file", tenant, name.as_bytes(), header]);
        FileCipher {
            stream: StreamBE32::from_aead(data_key.derive(&info).cipher(), &[0; 19].into()),
            keys: keys.clone(),
            generation,
        }
    }

    pub(crate) fn generation(&self) -> KeyGeneration {
        self.generation
    }

    /// Turns the plaintext of a chunk into its sealed form.
    pub(crate) fn encrypt(
        &self,
        chunk: u64,
        last: bool,
        bytes: &mut Vec<u8>,
    ) -> Result<(), EncryptionError> {
        self.check()?;
        let chunk = u32::try_from(chunk).map_err(|_| EncryptionError::TooLarge)?;
        self.stream
            .encrypt_in_place(chunk, last, &[], bytes)
            .map_err(|_| EncryptionError::TooLarge)
    }

    /// Turns a sealed chunk into its plaintext, if it is that chunk of this file.
    pub(crate) fn decrypt(
        &self,
        chunk: u64,
        last: bool,
        bytes: &mut Vec<u8>,
    ) -> Result<(), EncryptionError> {
        self.check()?;
        let chunk = u32::try_from(chunk).map_err(|_| EncryptionError::Tampered)?;
        self.stream
            .decrypt_in_place(chunk, last, &[], bytes)
            .map_err(|_| EncryptionError::Tampered)
    }

    /// Whether the key may still be used. Whoever reads a long file outlives leases and generations.
    fn check(&self) -> Result<(), EncryptionError> {
        self.keys.with_data_key(Some(self.generation), |_, _| ())
    }
}

fn commit(data_key: &Key, keys: &TenantKeys, before: &[u8]) -> Key {
    let tenant = keys.tenant().as_bytes();
    data_key.derive(&frame(&[b"tenancy/1/file commitment", tenant, before]))
}
