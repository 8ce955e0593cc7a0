//! What needs a salt at hand.

use serde_json::Value as Json;

use sha2::{Digest, Sha256};

use super::{CHUNK, FileCipher, HEADER};
use crate::CanonicalTenant;
use crate::encryption::{DerivedKeys, EncryptionError, RootKey, TenantKeys};

fn unhex(value: &Json) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn contents(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 251) as u8).collect()
}

fn seal(keys: &TenantKeys, name: &str, salt: &[u8; 32], plaintext: &[u8]) -> Vec<u8> {
    let (header, cipher) = FileCipher::seal_with(keys, name, salt).unwrap();
    let mut sealed = header.to_vec();
    let chunks: Vec<_> = match plaintext {
        [] => vec![plaintext],
        _ => plaintext.chunks(CHUNK).collect(),
    };
    for (i, chunk) in chunks.iter().enumerate() {
        let mut chunk = chunk.to_vec();
        cipher
            .encrypt(i as u64, i + 1 == chunks.len(), &mut chunk)
            .unwrap();
        sealed.extend_from_slice(&chunk);
    }
    sealed
}

#[test]
fn sealing_with_a_frozen_salt_gives_the_frozen_file() {
    let cases: Json = serde_json::from_str(include_str!("../../../vectors/files.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let root = RootKey::from_hex(&case["root"]["hex"].as_str().unwrap().into()).unwrap();
        let application = case["application"].as_str().unwrap();
        let tenant = CanonicalTenant::from_text(case["tenant"].as_str().unwrap()).unwrap();
        let keys = DerivedKeys::new_blocking(application, root)
            .unwrap()
            .tenant(&tenant)
            .unwrap();
        let name = case["name"].as_str().unwrap();
        let plaintext = contents(case["bytes"].as_u64().unwrap() as usize);
        let salt: [u8; 32] = unhex(&case["salt"]).try_into().unwrap();
        let sealed = seal(&keys, name, &salt, &plaintext);
        assert_eq!(sealed[..HEADER], unhex(&case["header"]));
        assert_eq!(Sha256::digest(&sealed).to_vec(), unhex(&case["sha256"]));
    }
}

#[test]
fn a_header_of_another_form_is_refused_before_any_key_is_tried() {
    let root = RootKey::generate().unwrap();
    let keys = DerivedKeys::new_blocking("test", root)
        .unwrap()
        .tenant(&1)
        .unwrap();
    let (header, _) = FileCipher::seal(&keys, "a").unwrap();
    let open = |at: usize, byte: u8| {
        let mut header = header;
        header[at] = byte;
        FileCipher::open(&keys, "a", &header).err()
    };
    assert_eq!(open(4, 1), None);
    assert_eq!(open(0, b'x'), Some(EncryptionError::Malformed));
    assert_eq!(open(3, b'x'), Some(EncryptionError::Malformed));
    assert_eq!(open(4, 2), Some(EncryptionError::UnsupportedSuite));
    assert_eq!(open(5, 1), Some(EncryptionError::Malformed));
    assert_eq!(open(11, 0), Some(EncryptionError::UnknownGeneration));
    assert_eq!(open(11, 2), Some(EncryptionError::UnknownGeneration));
    assert_eq!(open(12, !header[12]), Some(EncryptionError::WrongKey));
    assert_eq!(
        open(HEADER - 1, !header[HEADER - 1]),
        Some(EncryptionError::WrongKey)
    );
}
