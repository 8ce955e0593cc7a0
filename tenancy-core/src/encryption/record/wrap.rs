use std::time::Duration;

use chacha20poly1305::AeadInOut;

use super::{HeldKey, KeyRecord, KeySet, KeyState, RECORD_FORMAT, TenantRecord, WrappedKey};
use crate::CanonicalTenant;
use crate::encryption::frame::frame;
use crate::encryption::secret::{self, Key, random_bytes};
use crate::encryption::{EncryptionError, KdfCost, KeyGeneration, RootId};

/// The key that Argon2id gave for a tenant.
#[derive(Clone)]
pub(in crate::encryption) struct WrapKey {
    key: Key,
    commitment: [u8; 32],
}

impl WrapKey {
    pub(in crate::encryption) fn new(key: Key, tenant: &CanonicalTenant) -> Self {
        let info = frame(&[b"tenancy/1/kek commitment", tenant.as_bytes()]);
        WrapKey {
            commitment: *key.derive(&info).bytes(),
            key,
        }
    }

    /// Wraps all keys, each with the whole record as associated data.
    pub(in crate::encryption) fn wrap(
        &self,
        keys: &KeySet,
        tenant: &CanonicalTenant,
        revision: u64,
    ) -> Result<TenantRecord, EncryptionError> {
        let bare = |keys: &[HeldKey]| {
            let bare = keys.iter().map(|key| WrappedKey {
                number: key.number.get(),
                state: key.state,
                wrapped: None,
            });
            bare.collect::<Vec<_>>()
        };
        let mut record = KeyRecord {
            format: RECORD_FORMAT,
            root: keys.root.as_str().to_owned(),
            salt: keys.salt,
            memory_kib: keys.cost.memory_kib(),
            passes: keys.cost.passes(),
            lanes: keys.cost.lanes(),
            commitment: self.commitment,
            floor: keys.floor.get(),
            lease_seconds: u32::try_from(keys.lease.as_secs())
                .map_err(|_| EncryptionError::Malformed)?,
            data: bare(&keys.data),
            index: bare(&keys.index),
        };
        let common = associated_data(&record, tenant, revision);
        for (kind, held, wrapped) in [
            (DATA, &keys.data, &mut record.data),
            (INDEX, &keys.index, &mut record.index),
        ] {
            for (held, wrapped) in held.iter().zip(wrapped) {
                if let Some(key) = &held.key {
                    wrapped.wrapped = Some(self.wrap_key(key, &common, kind, held.number)?);
                }
            }
        }
        Ok(TenantRecord {
            revision,
            keys: Some(record),
        })
    }

    /// Unwraps all keys of a record.
    pub(in crate::encryption) fn unwrap(
        &self,
        record: &KeyRecord,
        tenant: &CanonicalTenant,
        revision: u64,
    ) -> Result<KeySet, EncryptionError> {
        let malformed = EncryptionError::Malformed;
        if record.format != RECORD_FORMAT {
            return Err(EncryptionError::UnsupportedSuite);
        }
        if !secret::equal(&self.commitment, &record.commitment) {
            return Err(EncryptionError::WrongKey);
        }
        let common = associated_data(record, tenant, revision);
        let unwrap = |kind: &[u8], keys: &[WrappedKey]| {
            keys.iter()
                .map(|wrapped| self.unwrap_key(wrapped, &common, kind))
                .collect::<Result<Vec<_>, _>>()
        };
        let keys = KeySet {
            root: RootId::parse(&record.root).map_err(|_| malformed)?,
            salt: record.salt,
            cost: KdfCost::new(record.memory_kib, record.passes, record.lanes)?,
            floor: KeyGeneration::new(record.floor).ok_or(malformed)?,
            lease: Duration::from_secs(record.lease_seconds.into()),
            data: unwrap(DATA, &record.data)?,
            index: unwrap(INDEX, &record.index)?,
        };
        keys.check()?;
        Ok(keys)
    }

    fn wrap_key(
        &self,
        key: &Key,
        common: &[u8],
        kind: &[u8],
        number: KeyGeneration,
    ) -> Result<Vec<u8>, EncryptionError> {
        let nonce: [u8; NONCE] = random_bytes()?;
        let mut wrapped = vec![0; NONCE + KEY];
        wrapped[..NONCE].copy_from_slice(&nonce);
        wrapped[NONCE..].copy_from_slice(key.bytes());
        let tag = self
            .key
            .cipher()
            .encrypt_inout_detached(
                (&nonce).into(),
                &frame(&[common, kind, number.to_string().as_bytes()]),
                (&mut wrapped[NONCE..]).into(),
            )
            .map_err(|_| EncryptionError::Malformed)?;
        // One copy of 72 bytes; what grows away holds ciphertext only.
        wrapped.extend_from_slice(&tag);
        Ok(wrapped)
    }

    fn unwrap_key(
        &self,
        wrapped: &WrappedKey,
        common: &[u8],
        kind: &[u8],
    ) -> Result<HeldKey, EncryptionError> {
        let malformed = EncryptionError::Malformed;
        let number = KeyGeneration::new(wrapped.number).ok_or(malformed)?;
        let key = match &wrapped.wrapped {
            None => None,
            Some(bytes) => {
                let (nonce, rest) = bytes.split_first_chunk::<NONCE>().ok_or(malformed)?;
                let (ciphertext, tag) = rest.split_first_chunk::<KEY>().ok_or(malformed)?;
                let tag: &[u8; 16] = tag.try_into().map_err(|_| malformed)?;
                let mut key = Key::zeroed();
                key.bytes_mut().copy_from_slice(ciphertext);
                self.key
                    .cipher()
                    .decrypt_inout_detached(
                        nonce.into(),
                        &frame(&[common, kind, number.to_string().as_bytes()]),
                        key.bytes_mut().as_mut_slice().into(),
                        tag.into(),
                    )
                    .map_err(|_| EncryptionError::Tampered)?;
                Some(key)
            }
        };
        Ok(HeldKey {
            number,
            state: wrapped.state,
            key,
        })
    }
}

const NONCE: usize = 24;
const KEY: usize = 32;
const DATA: &[u8] = b"data";
const INDEX: &[u8] = b"index";

/// Everything in the record but the wrapped keys.
fn associated_data(record: &KeyRecord, tenant: &CanonicalTenant, revision: u64) -> Vec<u8> {
    let numbers = [
        u64::from(record.format),
        revision,
        u64::from(record.memory_kib),
        u64::from(record.passes),
        u64::from(record.lanes),
        u64::from(record.floor),
        u64::from(record.lease_seconds),
        record.data.len() as u64,
        record.index.len() as u64,
    ]
    .map(|number| number.to_string());
    let mut parts: Vec<&[u8]> = vec![
        b"tenancy/1/key record",
        tenant.as_bytes(),
        record.root.as_bytes(),
        &record.salt,
        &record.commitment,
    ];
    parts.extend(numbers.iter().map(String::as_bytes));
    let keys = record.data.iter().chain(&record.index);
    let states: Vec<_> = keys
        .map(|key| (key.number.to_string(), key.state))
        .collect();
    for (number, state) in &states {
        parts.extend([number.as_bytes(), state.as_str().as_bytes()]);
    }
    frame(&parts)
}

impl KeyRecord {
    /// The cost of Argon2id, checked against the floor and the ceiling before anything is run.
    pub(in crate::encryption) fn cost(&self) -> Result<KdfCost, EncryptionError> {
        KdfCost::new(self.memory_kib, self.passes, self.lanes)
    }

    /// The generations and versions that are not destroyed yet.
    pub(in crate::encryption) fn live(keys: &[WrappedKey]) -> Vec<u32> {
        let live = keys.iter().filter(|key| key.state != KeyState::Shredded);
        live.map(|key| key.number).collect()
    }
}
