use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use tenancy_core::encryption::*;

use crate::support::*;

fn open_all(column: &Column, bytes: &[u8]) -> Result<String, EncryptionError> {
    column.open::<String>(bytes)
}

#[test]
fn an_envelope_has_the_documented_layout() {
    let sealed = column().seal("s3cret").unwrap();
    assert_eq!(sealed.len(), 6 + OVERHEAD_BYTES);
    assert_eq!(sealed[..8], [0xF9, 1, 0, 1, 0, 0, 0, 1]);
    let again = column().seal("s3cret").unwrap();
    // The commitment is the column's, the nonce the value's.
    assert_eq!(sealed[8..40], again[8..40]);
    assert_ne!(sealed[40..64], again[40..64]);
    let other = keys_of(2).column(&LABEL).unwrap().seal("s3cret").unwrap();
    assert_ne!(sealed[8..40], other[8..40]);
}

#[test]
fn nonces_do_not_repeat() {
    let column = column();
    let nonces: HashSet<Vec<u8>> = (0..10_000)
        .map(|_| column.seal("").unwrap()[40..64].to_vec())
        .collect();
    assert_eq!(nonces.len(), 10_000);
}

#[test]
fn every_changed_bit_is_refused_by_what_it_changes() {
    use EncryptionError::*;
    let column = column();
    let sealed = column.seal("a secret of some length").unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let expected = match (bit / 8, bit % 8) {
            (0, _) => Malformed,
            (1, _) => UnsupportedSuite,
            // The flag of padding is authenticated; that of the row says that one is missing.
            (2, 1) => Tampered,
            (2, _) => Malformed,
            (3, _) => Tampered,
            (4..8, _) => UnknownGeneration,
            (8..40, _) => WrongKey,
            _ => Tampered,
        };
        assert_eq!(open_all(&column, &changed), Err(expected), "bit {bit}");
    }
}

#[test]
fn every_changed_bit_of_a_row_bound_value_is_refused() {
    let (column, row) = (column(), RowId::new("42"));
    let sealed = column.seal_row(&row, "a secret").unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(
            column.open_row::<String>(&row, &changed).is_err(),
            "bit {bit}"
        );
        assert!(column.open::<String>(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let column = column();
    let sealed = column.seal("a secret of some length").unwrap();
    for length in 0..sealed.len() {
        let expected = if length < OVERHEAD_BYTES {
            EncryptionError::Malformed
        } else {
            EncryptionError::Tampered
        };
        assert_eq!(open_all(&column, &sealed[..length]), Err(expected));
        assert!(open_all(&column, &sealed[sealed.len() - length..]).is_err());
    }
    for more in [&b"\0"[..], &sealed] {
        let longer = [&sealed, more].concat();
        assert_eq!(open_all(&column, &longer), Err(EncryptionError::Tampered));
    }
}

#[test]
fn a_value_of_another_tenant_or_column_is_refused() {
    let sealed = column().seal("s3cret").unwrap();
    let other_tenant = keys_of(2).column(&LABEL).unwrap();
    let other_column = keys_of(1).column(&Label::literal("projects.api")).unwrap();
    for column in [other_tenant, other_column] {
        assert_eq!(open_all(&column, &sealed), Err(EncryptionError::WrongKey));
        // Not even with the right commitment in its header.
        let mut forged = sealed.clone();
        forged[8..40].copy_from_slice(&column.seal("").unwrap()[8..40]);
        assert_eq!(open_all(&column, &forged), Err(EncryptionError::Tampered));
    }
}

#[test]
fn a_tenant_and_a_label_cannot_run_into_each_other() {
    let one = keys_of(1).column(&Label::literal("1a")).unwrap();
    let eleven = keys_of(11).column(&Label::literal("a")).unwrap();
    let sealed = one.seal("s3cret").unwrap();
    assert_eq!(open_all(&eleven, &sealed), Err(EncryptionError::WrongKey));
}

#[test]
fn a_row_bound_value_opens_for_its_row_only() {
    let column = column();
    let row = RowId::of(&["a", "bc"]);
    let sealed = column.seal_row(&row, "s3cret").unwrap();
    assert_eq!(column.open_row::<String>(&row, &sealed).unwrap(), "s3cret");
    for other in [
        RowId::of(&["ab", "c"]),
        RowId::of(&["a", "bc", ""]),
        RowId::new("abc"),
        RowId::new(""),
    ] {
        let opened = column.open_row::<String>(&other, &sealed);
        assert_eq!(opened, Err(EncryptionError::Tampered));
    }
    // A value without a row cannot stand in for one of a row, nor the reverse.
    assert_eq!(open_all(&column, &sealed), Err(EncryptionError::Malformed));
    let free = column.seal("s3cret").unwrap();
    assert_eq!(
        column.open_row::<String>(&row, &free),
        Err(EncryptionError::Malformed)
    );
}

#[test]
fn plaintext_is_never_accepted() {
    let column = column();
    let long = "x".repeat(4096);
    for text in ["", "s3cret", "\u{f9}", long.as_str()] {
        assert_eq!(
            open_all(&column, text.as_bytes()),
            Err(EncryptionError::Malformed)
        );
    }
    // Bytes that begin as an envelope does.
    for length in [1, 79, 80, 200] {
        let mut bytes = vec![0xF9; length];
        assert!(open_all(&column, &bytes).is_err());
        if length > 2 {
            bytes[1] = 1;
            bytes[2] = 0;
            assert!(open_all(&column, &bytes).is_err());
        }
    }
}

#[test]
fn the_type_of_a_value_is_part_of_it() {
    let column = column();
    let sealed = column.seal("12345678").unwrap();
    assert_eq!(
        column.open::<Vec<u8>>(&sealed),
        Err(EncryptionError::CodecMismatch)
    );
    assert_eq!(
        column.open::<i64>(&sealed),
        Err(EncryptionError::CodecMismatch)
    );
    // Changed in the stored bytes it counts as what it is.
    let mut changed = sealed;
    changed[3] = Codec::Bytes as u8;
    assert_eq!(
        column.open::<Vec<u8>>(&changed),
        Err(EncryptionError::Tampered)
    );
}

#[test]
fn padding_hides_the_length_within_a_block() {
    let padded = column().padded(Padding::to_blocks_of(32).unwrap());
    for length in 0..100 {
        let value = "a".repeat(length);
        let sealed = padded.seal(value.as_str()).unwrap();
        assert_eq!(sealed.len(), (length / 32 + 1) * 32 + OVERHEAD_BYTES);
        // Opening needs no setting.
        assert_eq!(column().open::<String>(&sealed).unwrap(), value);
    }
    // What looks like padding is kept.
    for value in [vec![0x80], vec![0; 31], vec![0x80; 32], vec![0x80, 0, 0]] {
        let sealed = padded.seal(&value).unwrap();
        assert_eq!(column().open::<Vec<u8>>(&sealed).unwrap(), value);
    }
    assert!(
        EnvelopeInfo::read(&padded.seal("").unwrap())
            .unwrap()
            .padded
    );
}

#[test]
fn odd_texts_come_back() {
    let column = column();
    let unicode: String = ('\0'..=char::MAX).collect();
    for text in [
        "",
        "\0",
        "a\0b",
        " ",
        "\u{feff}",
        "e\u{301}",
        unicode.as_str(),
    ] {
        let sealed = column.seal(text).unwrap();
        assert_eq!(column.open::<String>(&sealed).unwrap(), text);
    }
}

#[test]
fn every_length_up_to_four_kib_comes_back() {
    let column = column();
    let value: Vec<u8> = (0..=4096u32).map(|i| (i * 7) as u8).collect();
    for length in 0..=4096 {
        let sealed = column.seal(&value[..length]).unwrap();
        assert_eq!(column.open::<Vec<u8>>(&sealed).unwrap(), value[..length]);
    }
}

#[test]
fn the_largest_value_comes_back_and_a_larger_one_is_refused_unread() {
    let column = column();
    let largest = vec![0x5A; MAX_PLAINTEXT_BYTES];
    let sealed = column.seal(&largest).unwrap();
    assert!(column.open::<Vec<u8>>(&sealed).unwrap() == largest);
    drop((largest, sealed));

    /// Would be far too large, and fails the test when it is asked for its bytes.
    struct Huge;
    impl Encode for Huge {
        const CODEC: Codec = Codec::Bytes;
        fn size_hint(&self) -> usize {
            usize::MAX
        }
        fn encode(&self, _: &mut Output) -> Result<(), EncryptionError> {
            panic!("encoded")
        }
    }
    assert_eq!(column.seal(&Huge), Err(EncryptionError::TooLarge));

    /// Says that it is small, and never ends.
    struct Endless;
    impl Encode for Endless {
        const CODEC: Codec = Codec::Bytes;
        fn size_hint(&self) -> usize {
            0
        }
        fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
            let part = vec![0; 16 << 20];
            loop {
                out.write(&part)?;
            }
        }
    }
    assert_eq!(column.seal(&Endless), Err(EncryptionError::TooLarge));
}

#[test]
fn a_panic_while_a_value_is_encoded_harms_nothing() {
    struct Panics;
    impl Encode for Panics {
        const CODEC: Codec = Codec::Utf8;
        fn size_hint(&self) -> usize {
            3
        }
        fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
            out.write(b"abc")?;
            panic!("in the middle")
        }
    }
    let column = column();
    let panic = catch_unwind(AssertUnwindSafe(|| column.seal(&Panics)));
    assert!(panic.is_err());
    let sealed = column.seal("after").unwrap();
    assert_eq!(column.open::<String>(&sealed).unwrap(), "after");
}

#[test]
fn values_of_two_tenants_in_turns_do_not_mix() {
    let columns = [1, 2].map(|tenant| keys_of(tenant).column(&LABEL).unwrap());
    let sealed: Vec<_> = (0..100)
        .map(|i| columns[i % 2].seal(&(i as i32)).unwrap())
        .collect();
    for (i, sealed) in sealed.iter().enumerate() {
        assert_eq!(columns[i % 2].open::<i32>(sealed), Ok(i as i32));
        assert_eq!(
            columns[(i + 1) % 2].open::<i32>(sealed),
            Err(EncryptionError::WrongKey)
        );
    }
}

proptest! {
    #[test]
    fn bytes_come_back_in_every_form(
        value in prop::collection::vec(any::<u8>(), 0..512),
        row in prop::collection::vec(".{0,8}", 0..3),
        block in 0u16..70,
    ) {
        let column = column().padded(Padding::to_blocks_of(block).unwrap_or_default());
        let row = RowId::of(&row.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(&column.open::<Vec<u8>>(&column.seal(&value).unwrap()).unwrap(), &value);
        let bound = column.seal_row(&row, &value).unwrap();
        prop_assert_eq!(&column.open_row::<Vec<u8>>(&row, &bound).unwrap(), &value);
    }

    #[test]
    fn texts_and_integers_come_back(text in any::<String>(), n in any::<i64>()) {
        let column = column();
        prop_assert_eq!(column.open::<String>(&column.seal(&text).unwrap()).unwrap(), text);
        prop_assert_eq!(column.open::<i64>(&column.seal(&n).unwrap()), Ok(n));
        prop_assert_eq!(column.open::<i32>(&column.seal(&(n as i32)).unwrap()), Ok(n as i32));
        prop_assert_eq!(column.open::<i16>(&column.seal(&(n as i16)).unwrap()), Ok(n as i16));
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (column, row) = (column(), RowId::new("1"));
        prop_assert!(column.open::<Vec<u8>>(&bytes).is_err());
        prop_assert!(column.open_row::<Vec<u8>>(&row, &bytes).is_err());
        prop_assert!(column.reseal(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_behind_a_right_header_are_refused(
        flags in 0u8..4,
        codec in any::<u8>(),
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (column, row) = (column(), RowId::new("1"));
        let mut bytes = column.seal("").unwrap()[..40].to_vec();
        bytes[2] = flags;
        bytes[3] = codec;
        bytes.extend(rest);
        prop_assert!(column.open::<String>(&bytes).is_err());
        prop_assert!(column.open_row::<String>(&row, &bytes).is_err());
    }

    #[test]
    fn a_splice_of_two_values_is_refused(at in 0usize..100, a in ".{20}", b in ".{20}") {
        let column = column();
        let (a, b) = (column.seal(&a).unwrap(), column.seal(&b).unwrap());
        // Up to the nonce the two are the same.
        let at = at.clamp(41, a.len().min(b.len()) - 1);
        let spliced = [&a[..at], &b[at..]].concat();
        // The bytes up to the cut may be the same by chance, or those behind it.
        prop_assume!(spliced != a && spliced != b);
        prop_assert!(column.open::<String>(&spliced).is_err());
    }
}
