//! What needs keys and nonces at hand. Everything else is tested from outside, in `tests/encryption`.

use chacha20poly1305::AeadInOut;
use serde_json::Value as Json;

use super::codec::{Codec, Decode, Encode, Output, Plaintext};
use super::envelope::{Envelope, Form, ValueKey, open, seal};
use super::names::{KeyGeneration, Label, RowId};
use super::secret::Key;
use super::{DerivedKeys, EncryptionError, Padding, RootKey};
use crate::CanonicalTenant;

fn unhex(value: &Json) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn key(value: &Json) -> Key {
    let mut key = Key::zeroed();
    key.bytes_mut().copy_from_slice(&unhex(value));
    key
}

fn value_key(data_key: &Key, generation: u32, tenant: &Json, label: &Json) -> ValueKey {
    ValueKey::derive(
        data_key,
        KeyGeneration::new(generation).unwrap(),
        &CanonicalTenant::from_text(tenant.as_str().unwrap()).unwrap(),
        &Label::parse(label.as_str().unwrap()).unwrap(),
    )
}

/// A plaintext whose codec is not known before the test runs.
struct Raw<const C: usize>(Vec<u8>);

impl<const C: usize> Encode for Raw<C> {
    const CODEC: Codec = Codec::ALL[C - 1];

    fn size_hint(&self) -> usize {
        0
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        self.0.iter().try_for_each(|byte| out.write(&[*byte]))
    }
}

impl<const C: usize> Decode for Raw<C> {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        Ok(Raw(plaintext.to_vec()))
    }
}

fn seal_raw(
    codec: u64,
    key: &ValueKey,
    plaintext: Vec<u8>,
    form: Form<'_>,
    nonce: &[u8],
) -> Vec<u8> {
    macro_rules! by_codec {
        ($($number:literal)*) => {
            match codec {
                $($number => seal(key, &Raw::<$number>(plaintext), form, nonce.try_into().unwrap()),)*
                _ => panic!("an unknown codec"),
            }
        };
    }
    by_codec!(1 2 3 4 5 6 7 8 9 10 11 12 13).unwrap()
}

#[test]
fn sealing_with_a_frozen_nonce_gives_the_frozen_envelope() {
    let cases: Json = serde_json::from_str(include_str!("../../vectors/keyrings.json")).unwrap();
    let mut sealed = 0;
    for case in cases.as_array().unwrap() {
        for value in case["values"].as_array().unwrap() {
            let generation = value["generation"].as_u64().unwrap();
            let data_key = key(&case["keys"]["data"][generation.to_string()]);
            let key = value_key(
                &data_key,
                generation as u32,
                &case["tenant"],
                &value["label"],
            );
            let row = value["row"].as_array().map(|parts| {
                RowId::of(
                    &parts
                        .iter()
                        .map(|p| p.as_str().unwrap())
                        .collect::<Vec<_>>(),
                )
            });
            let padding = value["padding"].as_u64().unwrap() as u16;
            let form = Form {
                row: row.as_ref(),
                padding: Padding::to_blocks_of(padding).unwrap_or_default(),
            };
            let envelope = unhex(&value["envelope"]);
            let again = seal_raw(
                value["codec"].as_u64().unwrap(),
                &key,
                unhex(&value["plaintext"]),
                form,
                &envelope[40..64],
            );
            assert_eq!(again, envelope);
            sealed += 1;
        }
    }
    assert_eq!(sealed, 38);
}

#[test]
fn derived_keys_are_the_frozen_ones() {
    let cases: Json = serde_json::from_str(include_str!("../../vectors/derived.json")).unwrap();
    assert_eq!(cases.as_array().unwrap().len(), 2);
    for case in cases.as_array().unwrap() {
        let root = &case["root"];
        let root = match root["hex"].as_str() {
            Some(hex) => RootKey::from_hex(&hex.into()),
            None => RootKey::passphrase(root["text"].as_str().unwrap().into()),
        };
        let application = case["application"].as_str().unwrap();
        let keys = DerivedKeys::new_blocking(application, root.unwrap()).unwrap();
        let tenant = CanonicalTenant::from_text(case["tenant"].as_str().unwrap()).unwrap();
        let column = keys.tenant(&tenant).unwrap().column(&Label::literal("a.b"));
        let sealed = column.unwrap().seal("value").unwrap();

        let data_key = key(&case["keys"]["data"]);
        let key = value_key(&data_key, 1, &case["tenant"], &"a.b".into());
        let envelope = Envelope::parse(&sealed).unwrap();
        assert_eq!(open::<String>(&key, &envelope, None).unwrap(), "value");
    }
}

#[test]
fn a_text_that_two_keys_accept_opens_under_the_committed_one_only() {
    let case: Json = serde_json::from_str(include_str!("../../vectors/collision.json")).unwrap();
    let sealed = unhex(&case["envelope"]);
    let keys: [ValueKey; 2] = [0, 1].map(|i| {
        value_key(
            &key(&case["data_keys"][i]),
            1,
            &case["tenant"],
            &case["label"],
        )
    });
    // Without the commitment, both keys would take it for theirs: the same cipher, from the same data keys.
    for i in 0..2 {
        let info = super::frame(&[b"tenancy/1/column", b"42", b"projects.api_key"]);
        let cipher = key(&case["data_keys"][i]).derive(&info).cipher();
        let (nonce, tag) = (&sealed[40..64], &sealed[96..]);
        let mut text = sealed[64..96].to_vec();
        let accepted = cipher.decrypt_inout_detached(
            nonce.try_into().unwrap(),
            &sealed[..40],
            text.as_mut_slice().into(),
            tag.try_into().unwrap(),
        );
        assert!(accepted.is_ok());
    }
    let envelope = Envelope::parse(&sealed).unwrap();
    assert!(open::<Vec<u8>>(&keys[0], &envelope, None).is_ok());
    assert_eq!(
        open::<Vec<u8>>(&keys[1], &envelope, None),
        Err(EncryptionError::WrongKey)
    );
}
