//! The forms of values. They are frozen: each stands here in full.

use std::fmt::Debug;

use proptest::prelude::*;
use tenancy_core::encryption::*;

use crate::support::*;

/// The bytes that were encrypted, under another name.
struct Raw<const C: usize>(Vec<u8>);

impl<const C: usize> Encode for Raw<C> {
    const CODEC: Codec = Codec::ALL[C - 1];

    fn size_hint(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(&self.0)
    }
}

impl<const C: usize> Decode for Raw<C> {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        Ok(Raw(plaintext.to_vec()))
    }
}

/// The value has this form, and the form gives the value.
fn has_form<const C: usize, T: Decode + PartialEq + Debug>(value: T, form: &[u8]) {
    let column = column();
    let sealed = column.seal(&value).unwrap();
    assert_eq!(sealed[3] as usize, C);
    assert_eq!(column.open::<Raw<C>>(&sealed).unwrap().0, form);
    let sealed = column.seal(&Raw::<C>(form.to_vec())).unwrap();
    assert_eq!(column.open::<T>(&sealed).unwrap(), value);
}

/// The form is none of such a value.
fn is_malformed<const C: usize, T: Decode + PartialEq + Debug>(form: &[u8]) {
    let column = column();
    let sealed = column.seal(&Raw::<C>(form.to_vec())).unwrap();
    assert_eq!(column.open::<T>(&sealed), Err(EncryptionError::Malformed));
}

#[test]
fn codecs_have_their_numbers_for_ever() {
    for (codec, number) in Codec::ALL.into_iter().zip(1u8..) {
        assert_eq!(codec as u8, number);
        assert_eq!(Codec::from_byte(number), Some(codec));
    }
    assert_eq!(Codec::from_byte(0), None);
    assert_eq!(Codec::from_byte(14), None);
}

#[test]
fn texts_and_bytes() {
    has_form::<1, String>("für".to_owned(), b"f\xC3\xBCr");
    is_malformed::<1, String>(b"f\xFCr");
    has_form::<2, Vec<u8>>(vec![0, 255], &[0, 255]);
    // A borrowed value has the form of an owned one.
    let column = column();
    assert_eq!(
        column.open::<String>(&column.seal(&"a").unwrap()).unwrap(),
        "a"
    );
    assert_eq!(
        column
            .open::<Vec<u8>>(&column.seal(&b"a"[..]).unwrap())
            .unwrap(),
        b"a"
    );
}

#[test]
fn integers_and_booleans() {
    has_form::<3, i16>(-2, &[0xFF, 0xFE]);
    has_form::<4, i32>(65_536, &[0, 1, 0, 0]);
    has_form::<5, i64>(i64::MIN, &[0x80, 0, 0, 0, 0, 0, 0, 0]);
    has_form::<6, bool>(true, &[1]);
    has_form::<6, bool>(false, &[0]);
    is_malformed::<3, i16>(&[0]);
    is_malformed::<4, i32>(&[0; 8]);
    is_malformed::<5, i64>(&[0; 4]);
    is_malformed::<6, bool>(&[2]);
    is_malformed::<6, bool>(&[]);
}

#[cfg(feature = "uuid")]
#[test]
fn uuids() {
    let id: [u8; 16] = std::array::from_fn(|i| i as u8);
    has_form::<7, uuid::Uuid>(uuid::Uuid::from_bytes(id), &id);
    is_malformed::<7, uuid::Uuid>(&id[1..]);
}

#[cfg(feature = "chrono")]
mod chronos {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

    use super::*;

    #[test]
    fn dates_and_times() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        has_form::<8, NaiveDate>(day(1970, 1, 1), &[0, 0, 0, 0]);
        has_form::<8, NaiveDate>(day(2024, 2, 29), &[0, 0, 0x4D, 0x46]);
        has_form::<8, NaiveDate>(day(1969, 12, 31), &[0xFF; 4]);
        let time = |h, m, s, n| NaiveTime::from_hms_nano_opt(h, m, s, n).unwrap();
        has_form::<9, NaiveTime>(time(0, 0, 1, 5), &[0, 0, 0, 1, 0, 0, 0, 5]);
        // A leap second.
        has_form::<9, NaiveTime>(
            time(23, 59, 59, 1_000_000_001),
            &[0, 1, 0x51, 0x7F, 0x3B, 0x9A, 0xCA, 0x01],
        );
        let form = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0];
        let moment = day(1969, 12, 31).and_time(time(0, 0, 1, 0));
        has_form::<10, NaiveDateTime>(moment, &form);
        has_form::<11, DateTime<Utc>>(moment.and_utc(), &form);
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            let column = column();
            assert_eq!(
                column.open::<NaiveDate>(&column.seal(&date).unwrap()),
                Ok(date)
            );
        }
        is_malformed::<8, NaiveDate>(&[0x7F, 0xFF, 0xFF, 0xFF]);
        is_malformed::<9, NaiveTime>(&[0, 1, 0x51, 0x80, 0, 0, 0, 0]);
        is_malformed::<9, NaiveTime>(&[0; 7]);
        is_malformed::<10, NaiveDateTime>(&[0; 3]);
        is_malformed::<11, DateTime<Utc>>(&[0; 13]);
    }

    #[cfg(feature = "time")]
    #[test]
    fn both_crates_for_times_read_each_other() {
        let column = column();
        let theirs = time::OffsetDateTime::from_unix_timestamp_nanos(-1_234_567_890_123_456_789);
        let theirs = theirs.unwrap();
        let sealed = column
            .seal(&theirs.to_offset(time::UtcOffset::from_hms(2, 0, 0).unwrap()))
            .unwrap();
        let ours = column.open::<DateTime<Utc>>(&sealed).unwrap();
        assert_eq!(ours.timestamp_nanos_opt(), Some(-1_234_567_890_123_456_789));
        let back = column.open::<time::OffsetDateTime>(&column.seal(&ours).unwrap());
        assert_eq!(back, Ok(theirs));
    }
}

#[cfg(feature = "time")]
mod times {
    use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

    use super::*;

    #[test]
    fn dates_and_times() {
        let day = |y, d| Date::from_ordinal_date(y, d).unwrap();
        has_form::<8, Date>(day(1970, 1), &[0, 0, 0, 0]);
        has_form::<8, Date>(day(2024, 60), &[0, 0, 0x4D, 0x46]);
        let at = Time::from_hms_nano(23, 59, 58, 7).unwrap();
        has_form::<9, Time>(at, &[0, 1, 0x51, 0x7E, 0, 0, 0, 7]);
        let form = [0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0x51, 0x7E, 0, 0, 0, 7];
        let moment = PrimitiveDateTime::new(day(1969, 365), at);
        has_form::<10, PrimitiveDateTime>(moment, &form);
        has_form::<11, OffsetDateTime>(moment.assume_utc(), &form);
        is_malformed::<8, Date>(&[0x7F, 0xFF, 0xFF, 0xFF]);
        is_malformed::<9, Time>(&[0, 1, 0x51, 0x80, 0, 0, 0, 0]);
        is_malformed::<9, Time>(&[0xFF; 8]);
        // This crate has no leap seconds.
        is_malformed::<9, Time>(&[0, 1, 0x51, 0x7F, 0x3B, 0x9A, 0xCA, 0x01]);
        is_malformed::<10, PrimitiveDateTime>(&[0; 11]);
    }
}

#[cfg(feature = "numeric")]
#[test]
fn decimals() {
    use bigdecimal::BigDecimal;

    let decimal = |text: &str| text.parse::<BigDecimal>().unwrap();
    has_form::<12, BigDecimal>(
        decimal("-1234.500"),
        &[0, 0, 0, 0, 0, 0, 0, 3, 0xED, 0x29, 0xBC],
    );
    has_form::<12, BigDecimal>(decimal("0"), &[0; 9]);
    is_malformed::<12, BigDecimal>(&[0; 8]);
    // The scale is kept, which the type's own comparison does not see.
    let column = column();
    for text in [
        "1.50",
        "1.5",
        "1E+3",
        "123456789012345678901234567890.123456789",
    ] {
        let opened = column.open::<BigDecimal>(&column.seal(&decimal(text)).unwrap());
        let parts = opened.unwrap().into_bigint_and_exponent();
        assert_eq!(parts, decimal(text).into_bigint_and_exponent());
    }
}

#[cfg(feature = "serde_json")]
mod json {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn json_values_and_serde_types() {
        has_form::<13, Value>(json!({"a": [1, null, "b"]}), br#"{"a":[1,null,"b"]}"#);
        let map = BTreeMap::from([("k".to_owned(), vec![1u8])]);
        has_form::<13, Json<BTreeMap<String, Vec<u8>>>>(Json(map), br#"{"k":[1]}"#);
        is_malformed::<13, Value>(b"{");
        is_malformed::<13, Json<u8>>(b"256");
    }

    #[test]
    fn a_large_document_outgrows_the_first_guess() {
        let (column, text) = (column(), "x".repeat(100_000));
        let value = json!({ "text": text });
        assert_eq!(
            column.open::<Value>(&column.seal(&value).unwrap()).unwrap(),
            value
        );
    }

    #[test]
    fn a_document_that_is_too_large_or_has_no_json_is_refused() {
        let column = column();
        let large = Json(vec!["x".repeat(1 << 20); (MAX_PLAINTEXT_BYTES >> 20) + 1]);
        assert_eq!(column.seal(&large), Err(EncryptionError::TooLarge));
        let keys = Json(BTreeMap::from([(vec![1u8], 1u8)]));
        assert_eq!(column.seal(&keys), Err(EncryptionError::Malformed));
    }
}

proptest! {
    /// Authentic bytes of any content: decoding them fails, or gives a value that has this form again.
    #[test]
    fn decoding_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let column = column();
        macro_rules! all {
            ($($number:literal => $type:ty),*) => {$(
                let sealed = column.seal(&Raw::<$number>(bytes.clone())).unwrap();
                match column.open::<$type>(&sealed) {
                    Ok(value) => {
                        let again = column.open::<$type>(&column.seal(&value).unwrap()).unwrap();
                        prop_assert_eq!(again, value);
                    }
                    Err(error) => prop_assert_eq!(error, EncryptionError::Malformed),
                }
            )*};
        }
        all!(1 => String, 2 => Vec<u8>, 3 => i16, 4 => i32, 5 => i64, 6 => bool);
        #[cfg(feature = "uuid")]
        all!(7 => uuid::Uuid);
        #[cfg(feature = "chrono")]
        all!(
            8 => chrono::NaiveDate, 9 => chrono::NaiveTime, 10 => chrono::NaiveDateTime,
            11 => chrono::DateTime<chrono::Utc>
        );
        #[cfg(feature = "time")]
        all!(8 => time::Date, 9 => time::Time, 10 => time::PrimitiveDateTime, 11 => time::OffsetDateTime);
        #[cfg(feature = "numeric")]
        all!(12 => bigdecimal::BigDecimal);
        #[cfg(feature = "serde_json")]
        all!(13 => serde_json::Value);
    }
}
