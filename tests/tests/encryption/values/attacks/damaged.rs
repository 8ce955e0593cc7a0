//! Bytes in an encrypted column that are not what was sealed.

use diesel::pg::PgRowByRowLoadingMode;
use diesel_async::RunQueryDsl as _;
use futures_util::StreamExt;
use tenancy_diesel::encryption::{Encrypted, EncryptionError, KeyGeneration, wait};
use tenancy_diesel::prelude::*;
use tenancy_tests::A;

use super::super::desk::{Desk, reason};
use super::super::schema::letters;
use crate::database::refusal;

use EncryptionError::{Malformed, Tampered, UnknownGeneration, UnsupportedSuite, WrongKey};

/// The original, whose id is 1, and 1000 and more for the damaged copies.
const ORIGINAL: &str = "the plaintext";
const COPIES: i32 = 1000;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write(A, 1, ORIGINAL);
    desk
}

/// Adds a copy of the original for each number, changed by an expression of `body` and `n`.
fn copies(desk: &Desk, numbers: &str, change: &str) {
    desk.vault.sql(&format!(
        "INSERT INTO letters (tenant_id, id, body)
         SELECT tenant_id, {COPIES} + n, {change} FROM letters, {numbers} AS n WHERE id = 1"
    ));
}

/// Why each copy does not open, by its number; from both kinds of connection.
fn reasons(desk: &Desk) -> Vec<(usize, EncryptionError)> {
    let query = || {
        letters::table
            .filter(letters::id.ge(COPIES))
            .order(letters::id)
            .select(letters::body)
    };
    let numbers: Vec<i32> = RunQueryDsl::load(
        letters::table
            .filter(letters::id.ge(COPIES))
            .order(letters::id)
            .select(letters::id),
        &mut desk.scope(A),
    )
    .unwrap();
    let found: Vec<EncryptionError> = desk
        .scope(A)
        .transaction(|conn| {
            let rows = query().load_iter::<Encrypted<String>, PgRowByRowLoadingMode>(conn)?;
            QueryResult::Ok(rows.map(reason).collect())
        })
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let streamed: Vec<EncryptionError> = runtime.block_on(async {
        let conn = &mut desk.async_scope(A).await;
        let rows = query()
            .load_stream::<Encrypted<String>>(conn)
            .await
            .unwrap();
        rows.map(reason).collect().await
    });
    assert_eq!(streamed, found);
    assert_eq!(found.len(), numbers.len());
    let numbers = numbers.into_iter().map(|id| (id - COPIES) as usize);
    numbers.zip(found).collect()
}

#[test]
fn every_bit_that_is_flipped_is_noticed() {
    let desk = desk();
    let bytes = 80 + ORIGINAL.len();
    // The first byte is the domain's: the next test.
    copies(
        &desk,
        &format!("generate_series(8, {bytes} * 8 - 1)"),
        "set_bit(body, n, 1 - get_bit(body, n))",
    );
    let reasons = reasons(&desk);
    assert_eq!(reasons.len(), (bytes - 1) * 8);
    for (bit, reason) in reasons {
        let expected = match (bit / 8, bit % 8) {
            (1, _) => UnsupportedSuite,
            // "Padded" is a form that the value might have, so it is the cipher that says no.
            (2, 1) => Tampered,
            (2, _) => Malformed,
            (3, _) => Tampered,
            (4..=7, _) => UnknownGeneration,
            (8..=39, _) => WrongKey,
            _ => Tampered,
        };
        assert_eq!(reason, expected, "bit {bit}");
    }
    assert_eq!(desk.read(A, 1), Ok(ORIGINAL.to_owned()));
}

#[test]
fn every_truncation_is_noticed_or_refused() {
    let desk = desk();
    let bytes = 80 + ORIGINAL.len();
    copies(
        &desk,
        &format!("generate_series(80, {bytes} - 1)"),
        "substr(body, 1, n)",
    );
    copies(
        &desk,
        "generate_series(200, 210)",
        "body || convert_to(repeat('x', n - 199), 'UTF8')",
    );
    let reasons = reasons(&desk);
    assert_eq!(reasons.len(), ORIGINAL.len() + 11);
    assert!(
        reasons.iter().all(|(_, reason)| *reason == Tampered),
        "{reasons:?}"
    );

    let mut conn = desk.vault.superuser();
    for change in [
        "substr(body, 1, 79)",
        "''",
        "set_byte(body, 0, 248)",
        "'the plaintext'::bytea",
    ] {
        let sql = format!("UPDATE letters SET body = {change} WHERE id = 1");
        let message = refusal(RunQueryDsl::execute(diesel::sql_query(sql), &mut conn));
        assert!(
            message.contains("tenancy_encrypted_is_an_envelope"),
            "{message}"
        );
    }
    assert_eq!(desk.read(A, 1), Ok(ORIGINAL.to_owned()));
}

/// A column whose type does not refuse them, as after a migration that went wrong. What is in it is never
/// handed out as a value.
#[test]
fn plaintext_and_stumps_in_a_column_of_plain_bytes_are_malformed() {
    let desk = desk();
    desk.vault
        .sql("ALTER TABLE letters ALTER COLUMN body TYPE bytea");
    for (n, bytes) in [
        "''",
        "'the plaintext'",
        "convert_to(repeat('a long plaintext ', 100), 'UTF8')",
        "substr(body, 1, 79)",
        "substr(body, 1, 1)",
        "set_byte(body, 0, 248)",
        "decode(repeat('00', 200), 'hex')",
    ]
    .into_iter()
    .enumerate()
    {
        copies(&desk, &format!("generate_series({n}, {n})"), bytes);
    }
    let reasons = reasons(&desk);
    assert_eq!(reasons.len(), 7);
    assert!(
        reasons.iter().all(|(_, reason)| *reason == Malformed),
        "{reasons:?}"
    );
    assert_eq!(desk.read(A, 1), Ok(ORIGINAL.to_owned()));
}

/// As the domain lets them in: an envelope by its looks.
#[test]
fn an_envelope_that_was_made_up_does_not_open() {
    let desk = desk();
    for (n, start, expected) in [
        (0, "f9000001 00000001", UnsupportedSuite),
        (1, "f9010001 00000000", UnknownGeneration),
        (2, "f9010001 00000002", UnknownGeneration),
        (3, "f9010001 ffffffff", UnknownGeneration),
        (4, "f9010001 00000001", WrongKey),
    ] {
        let made_up = format!("decode('{start}' || repeat('00', 80), 'hex')");
        copies(&desk, &format!("generate_series({n}, {n})"), &made_up);
        assert_eq!(reasons(&desk)[n], (n, expected), "{start}");
    }
    assert_eq!(desk.read(A, 1), Ok(ORIGINAL.to_owned()));
}

/// The generation stands in the header: naming another one does not choose another key.
#[test]
fn a_generation_that_was_exchanged_or_left_behind_does_not_open() {
    let desk = desk();
    wait(desk.keyring.new_generation(&A)).unwrap();
    desk.write(A, 2, "of the second");
    copies(&desk, "generate_series(1, 2)", "set_byte(body, 7, n)");
    assert_eq!(
        desk.read(A, COPIES + 1),
        Ok(ORIGINAL.to_owned()),
        "unchanged"
    );
    assert_eq!(reason(desk.read(A, COPIES + 2)), WrongKey);
    assert_eq!(desk.read(A, 1), Ok(ORIGINAL.to_owned()));

    let second = KeyGeneration::new(2).unwrap();
    wait(desk.keyring.raise_floor(&A, second)).unwrap();
    assert_eq!(reason(desk.read(A, 1)), EncryptionError::BelowFloor);
    assert_eq!(desk.read(A, 2), Ok("of the second".to_owned()));
}
