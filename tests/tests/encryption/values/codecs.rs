//! Each type of value, through both kinds of connection.

use std::fmt::Debug;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use serde::{Deserialize, Serialize};
use tenancy_diesel::encryption::{Decode, Encode, Encrypted, EncryptionError, Json};
use tenancy_diesel::prelude::*;
use tenancy_tests::A;
use uuid::Uuid;

use super::desk::{Desk, reason};
use super::schema::{Scoped, letters};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Address {
    street: String,
    number: Option<u32>,
    lines: Vec<String>,
}

fn write<T: Encode + 'static>(conn: &mut Scoped<PgConnection>, id: i32, value: T) {
    let written = insert_into(letters::table)
        .values((letters::id.eq(id), letters::body.eq(Encrypted::new(value))))
        .execute(conn);
    assert_eq!(written, Ok(1));
}

fn read<T: Decode + 'static>(conn: &mut Scoped<PgConnection>, id: i32) -> QueryResult<T> {
    let body = letters::table.find(id).select(letters::body);
    body.first::<Encrypted<T>>(conn).map(Encrypted::into_inner)
}

/// Writes each value and reads it back, checks its codec, and reads it as another type.
fn stays<T>(desk: &Desk, codec: u8, values: &[T])
where
    T: Decode + Clone + PartialEq + Debug + Send + 'static,
{
    desk.vault.sql("DELETE FROM letters");
    let mut conn = desk.scope(A);
    for (id, value) in (1..).zip(values) {
        write(&mut conn, id, value.clone());
        assert_eq!(read::<T>(&mut conn, id).as_ref(), Ok(value));
        let other = if codec == 4 {
            reason(read::<i64>(&mut conn, id))
        } else {
            reason(read::<i32>(&mut conn, id))
        };
        assert_eq!(other, EncryptionError::CodecMismatch);
    }
    assert_eq!(
        desk.vault
            .lines("SELECT DISTINCT get_byte(body, 3) FROM letters"),
        [codec.to_string()]
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let found: Vec<Encrypted<T>> = runtime.block_on(async {
        let bodies = letters::table.order(letters::id).select(letters::body);
        diesel_async::RunQueryDsl::load(bodies, &mut desk.async_scope(A).await)
            .await
            .unwrap()
    });
    let found: Vec<T> = found.into_iter().map(Encrypted::into_inner).collect();
    assert_eq!(found, values);
}

#[test]
fn texts_and_bytes() {
    let desk = Desk::new();
    let long = "ä🦀\0'\\".repeat(10_000);
    let texts = ["", "\0", "plain", "' OR true --", "ÿ\u{10FFFF}", &long].map(str::to_owned);
    stays(&desk, 1, &texts);
    let every: Vec<u8> = (0..=255).collect();
    stays(&desk, 2, &[Vec::new(), vec![0xF9; 100], every.repeat(4096)]);
}

#[test]
fn a_borrowed_text_is_written_and_an_owned_one_is_read() {
    let desk = Desk::new();
    let conn = &mut desk.scope(A);
    write(conn, 1, "borrowed");
    assert_eq!(read(conn, 1), Ok("borrowed".to_owned()));
}

#[test]
fn integers_and_truth_values() {
    let desk = Desk::new();
    stays(&desk, 3, &[i16::MIN, -1, 0, i16::MAX]);
    stays(&desk, 4, &[i32::MIN, -1, 0, i32::MAX]);
    stays(&desk, 5, &[i64::MIN, -1, 0, i64::MAX]);
    stays(&desk, 6, &[true, false]);
}

#[test]
fn uuids_and_numerics() {
    let desk = Desk::new();
    stays(&desk, 7, &[Uuid::nil(), Uuid::max(), Uuid::from_u128(7)]);
    let numerics = [
        "0",
        "-1.50",
        "3.141592653589793238462643383279502884197",
        "1e30",
    ];
    stays(
        &desk,
        12,
        &numerics.map(|text| BigDecimal::from_str(text).unwrap()),
    );
}

#[test]
fn dates_and_times_of_chrono() {
    use chrono::{DateTime, NaiveDate, NaiveTime};
    let desk = Desk::new();
    let dates = [(1970, 1, 1), (1, 2, 3), (2026, 12, 31)];
    let dates = dates.map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap());
    stays(&desk, 8, &dates);
    let times = [(0, 0), (86_399, 999_999_999)];
    let times = times.map(|(s, n)| NaiveTime::from_num_seconds_from_midnight_opt(s, n).unwrap());
    stays(&desk, 9, &times);
    stays(&desk, 10, &dates.map(|date| date.and_time(times[1])));
    stays(
        &desk,
        11,
        &[-1, 0, 4_102_444_800].map(|s| DateTime::from_timestamp(s, 7).unwrap()),
    );
}

#[test]
fn dates_and_times_of_time() {
    use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};
    let desk = Desk::new();
    let dates = [(1970, 1), (1, 34), (2026, 365)];
    let dates = dates.map(|(year, day)| Date::from_ordinal_date(year, day).unwrap());
    stays(&desk, 8, &dates);
    let times = [(0, 0, 0, 0), (23, 59, 59, 999_999_999)];
    let times = times.map(|(h, m, s, n)| Time::from_hms_nano(h, m, s, n).unwrap());
    stays(&desk, 9, &times);
    stays(
        &desk,
        10,
        &dates.map(|date| PrimitiveDateTime::new(date, times[1])),
    );
    let moments = [-1, 0, 4_102_444_800];
    stays(
        &desk,
        11,
        &moments.map(|s| OffsetDateTime::from_unix_timestamp(s).unwrap()),
    );
}

/// What one of the two crates has written, the other reads.
#[test]
fn chrono_and_time_share_their_form() {
    let desk = Desk::new();
    let conn = &mut desk.scope(A);
    write(
        conn,
        1,
        chrono::DateTime::from_timestamp(1_000_000_000, 5).unwrap(),
    );
    let read: time::OffsetDateTime = read(conn, 1).unwrap();
    assert_eq!(read.unix_timestamp_nanos(), 1_000_000_000_000_000_005);
}

#[test]
fn json_and_serde_types() {
    let desk = Desk::new();
    stays(
        &desk,
        13,
        &[
            serde_json::json!(null),
            serde_json::json!({"a": [1, "two", {"b": false}]}),
        ],
    );
    let address = Address {
        street: "Ackerstraße".to_owned(),
        number: Some(7),
        lines: vec!["second court".to_owned()],
    };
    stays(
        &desk,
        13,
        &[
            Json(address.clone()),
            Json(Address {
                number: None,
                ..address
            }),
        ],
    );

    // JSON of another shape is authentic and no such value; the error does not quote it.
    let conn = &mut desk.scope(A);
    write(conn, 50, serde_json::json!({"street": "canary-7c1e"}));
    let other = read::<Json<Address>>(conn, 50);
    let text = format!("{other:?}");
    assert_eq!(reason(other), EncryptionError::Malformed);
    assert!(!text.contains("canary-7c1e"), "{text}");
}
