//! The vectors of the standards, and Wycheproof's, for the functions of other crates that we call.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use chacha20poly1305::aead::{AeadInOut, inout::InOutBuf};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wycheproof::TestResult;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn encrypt(key: &[u8], nonce: &[u8], aad: &[u8], text: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut out = text.to_vec();
    let tag = XChaCha20Poly1305::new_from_slice(key)
        .unwrap()
        .encrypt_inout_detached(nonce.try_into().unwrap(), aad, out.as_mut_slice().into())
        .unwrap();
    (out, tag.to_vec())
}

/// As `open` calls it: out of place.
fn decrypt(key: &[u8], nonce: &[u8], aad: &[u8], text: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; text.len()];
    let buffer = InOutBuf::new(text, &mut out).unwrap();
    XChaCha20Poly1305::new_from_slice(key)
        .unwrap()
        .decrypt_inout_detached(nonce.try_into().unwrap(), aad, buffer, tag.try_into().ok()?)
        .ok()?;
    Some(out)
}

#[test]
fn xchacha20_poly1305_agrees_with_appendix_a_3_1_of_its_draft() {
    let key: Vec<u8> = (0x80..0xA0).collect();
    let nonce: Vec<u8> = (0x40..0x58).collect();
    let aad = hex("50515253 c0c1c2c3c4c5c6c7");
    let text = b"Ladies and Gentlemen of the class of '99: If I could offer you \
        only one tip for the future, sunscreen would be it.";
    let ciphertext = hex(
        "bd6d179d3e83d43b9576579493c0e939 572a1700252bfaccbed2902c21396cbb
         731c7f1b0b4aa6440bf3a82f4eda7e39 ae64c6708c54c216cb96b72e1213b452
         2f8c9ba40db5d945b11b69b982c1bb9e 3f3fac2bc369488f76b2383565d3fff9
         21f9664c97637da9768812f615c68b13 b52e",
    );
    let tag = hex("c0875924c1c7987947deafd8780acf49");
    assert_eq!(
        encrypt(&key, &nonce, &aad, text),
        (ciphertext.clone(), tag.clone())
    );
    assert_eq!(
        decrypt(&key, &nonce, &aad, &ciphertext, &tag).unwrap(),
        text
    );
}

#[test]
fn argon2id_agrees_with_section_5_3_of_rfc_9106() {
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(AssociatedData::new(&[4; 12]).unwrap())
        .build()
        .unwrap();
    let mut tag = [0; 32];
    Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params)
        .unwrap()
        .hash_password_into(&[1; 32], &[2; 16], &mut tag)
        .unwrap();
    let expected = hex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    assert_eq!(tag.as_slice(), expected);
}

#[test]
fn hkdf_sha256_agrees_with_appendix_a_of_rfc_5869() {
    let cases = [
        (
            hex("000102030405060708090a0b0c"),
            hex("f0f1f2f3f4f5f6f7f8f9"),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            vec![],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (salt, info, expected) in cases {
        let mut out = [0; 42];
        Hkdf::<Sha256>::new(Some(&salt), &[0x0B; 22])
            .expand(&info, &mut out)
            .unwrap();
        assert_eq!(out.as_slice(), hex(expected));
    }
}

#[test]
fn xchacha20_poly1305_passes_wycheproof() {
    let set = wycheproof::aead::TestName::XChaCha20Poly1305;
    let set = wycheproof::aead::TestSet::load(set).unwrap();
    let mut checked = 0;
    for group in set
        .test_groups
        .iter()
        .filter(|group| group.nonce_size == 192)
    {
        for test in &group.tests {
            let opened = decrypt(&test.key, &test.nonce, &test.aad, &test.ct, &test.tag);
            if test.result == TestResult::Valid {
                assert_eq!(opened.unwrap(), test.pt.as_ref(), "{}", test.comment);
                let sealed = encrypt(&test.key, &test.nonce, &test.aad, &test.pt);
                assert_eq!(sealed, (test.ct.to_vec(), test.tag.to_vec()));
            } else {
                assert_eq!(opened, None, "{}", test.comment);
            }
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn hkdf_sha256_passes_wycheproof() {
    let set = wycheproof::hkdf::TestName::HkdfSha256;
    let set = wycheproof::hkdf::TestSet::load(set).unwrap();
    let tests: Vec<_> = set
        .test_groups
        .iter()
        .flat_map(|group| &group.tests)
        .collect();
    assert!(tests.len() > 50);
    for test in tests {
        let mut out = vec![0; test.size];
        let derived = Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut out);
        assert_eq!(derived.is_ok(), test.result == TestResult::Valid);
        if derived.is_ok() {
            assert_eq!(out, test.okm.as_ref());
        }
    }
}

#[test]
fn hmac_sha256_passes_wycheproof() {
    let set = wycheproof::mac::TestName::HmacSha256;
    let set = wycheproof::mac::TestSet::load(set).unwrap();
    let mut checked = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            let mut mac = Hmac::<Sha256>::new_from_slice(&test.key).unwrap();
            mac.update(&test.msg);
            let verified = mac.verify_truncated_left(&test.tag).is_ok();
            assert_eq!(
                verified,
                test.result == TestResult::Valid,
                "{}",
                test.comment
            );
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}
