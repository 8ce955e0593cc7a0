//! Somebody who can write to the sink, and has no key.

use tenancy_core::erasure::receipts::*;

use crate::support::*;

fn one() -> (String, TrustedKeys) {
    let (sink, _, trusted) = with_receipts(1);
    (sink.text(1), trusted)
}

#[test]
fn every_bit_that_is_flipped_is_noticed() {
    let (text, trusted) = one();
    assert!(Receipt::verify(text.as_bytes(), &trusted).is_ok());
    for i in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[i] ^= 1 << bit;
            let refused = Receipt::verify(&bytes, &trusted);
            assert!(refused.is_err(), "bit {bit} of byte {i}");
        }
    }
}

#[test]
fn every_truncation_and_everything_added_is_noticed() {
    let (text, trusted) = one();
    for length in 0..text.len() {
        assert!(Receipt::verify(&text.as_bytes()[..length], &trusted).is_err());
    }
    for added in ["\n", " ", "x", "\0", &text] {
        for changed in [format!("{text}{added}"), format!("{added}{text}")] {
            assert!(Receipt::verify(changed.as_bytes(), &trusted).is_err());
        }
    }
    let windows = text.replace('\n', "\r\n");
    assert!(Receipt::verify(windows.as_bytes(), &trusted).is_err());
}

#[test]
fn each_line_that_is_changed_has_an_error_that_says_what_is_wrong() {
    let (text, trusted) = one();
    let verify = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        Receipt::verify(changed.as_bytes(), &trusted).unwrap_err()
    };
    for (from, to) in [
        ("number 1", "number 2"),
        ("previous 0", "previous 1"),
        ("erasure erasure-1", "erasure erasure-2"),
        ("\"tenant\"", "\"Tenant\""),
    ] {
        assert_eq!(verify(from, to), ReceiptError::Tampered, "{from}");
    }
    for (from, to) in [
        ("number 1", "number 01"),
        ("number 1", "number 0"),
        ("number 1", "number +1"),
        ("erasure erasure-1", "erasure ../1"),
        ("erasure erasure-1", "erasure "),
        ("\n\n", "\n"),
        ("signature ", "signature"),
        ("tenancy erasure", "tenancy  erasure"),
    ] {
        assert_eq!(verify(from, to), ReceiptError::NotAReceipt, "{from}");
    }
    let version = verify("receipt 1", "receipt 2");
    assert_eq!(version, ReceiptError::UnsupportedVersion { version: 2 });
    assert_eq!(verify("receipt 1", "receipt x"), ReceiptError::NotAReceipt);
}

#[test]
fn a_receipt_of_a_key_that_is_not_trusted_is_refused() {
    let (text, _) = one();
    let (_, others) = one();
    let refused = Receipt::verify(text.as_bytes(), &others).unwrap_err();
    assert!(matches!(refused, ReceiptError::UnknownKey { .. }));
    let refused = Receipt::verify(text.as_bytes(), &TrustedKeys::new()).unwrap_err();
    assert!(matches!(refused, ReceiptError::UnknownKey { .. }));
}

#[test]
fn a_receipt_that_names_a_trusted_key_and_is_signed_by_another_is_tampered_with() {
    let (text, trusted) = one();
    let (other, _) = one();
    let line = |text: &str, n: usize| text.lines().nth(n).unwrap().to_owned();
    let forged = other.replace(&line(&other, 1), &line(&text, 1));
    let refused = Receipt::verify(forged.as_bytes(), &trusted).unwrap_err();
    assert_eq!(refused, ReceiptError::Tampered);
}

/// The order of Ed25519's group, little-endian. A lenient verifier takes S + L for S.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn a_signature_has_no_second_form() {
    let (text, trusted) = one();
    let (before, signature) = text.rsplit_once("signature ").unwrap();
    let digits = signature.trim_end();
    let mut bytes: Vec<u8> = (0..64)
        .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let forged = format!("{before}signature {digits}\n");
    let refused = Receipt::verify(forged.as_bytes(), &trusted).unwrap_err();
    assert_eq!(refused, ReceiptError::Tampered);
    let upper = format!(
        "{before}signature {}\n",
        signature.trim_end().to_uppercase()
    );
    assert!(Receipt::verify(upper.as_bytes(), &trusted).is_err());
}

#[test]
fn a_weak_public_key_is_none() {
    // The neutral element, and a point of order 8: everybody can sign for them.
    for weak in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        assert!(weak.parse::<PublicKey>().is_err(), "{weak}");
    }
    let good = SigningKey::generate().unwrap().public().to_string();
    assert!(good.parse::<PublicKey>().is_ok());
    assert!(good.to_uppercase().parse::<PublicKey>().is_err() || good == good.to_uppercase());
}

#[test]
fn a_text_without_end_is_refused_before_it_is_read() {
    let (text, trusted) = one();
    let long = text + &" ".repeat(MAX_RECEIPT_BYTES);
    assert_eq!(
        Receipt::verify(long.as_bytes(), &trusted),
        Err(ReceiptError::TooLong)
    );
}
