//! What somebody with write access to the key tables can do to the records: nothing that opens.

use tenancy_diesel::encryption::{EncryptionError, KeyringError};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use crate::database::{LEASE, Vault, refusal};

use EncryptionError::{
    KdfTooCostly, KdfTooWeak, Tampered, TenantShredded, UnsupportedSuite, WrongKey,
};

/// Keeps the tables as they are.
const SAVE: &str = "
    DROP TABLE IF EXISTS saved_kek, saved_keys;
    CREATE TABLE saved_kek AS TABLE tenancy.tenancy_kek;
    CREATE TABLE saved_keys AS TABLE tenancy.tenancy_keys";

/// Puts them back.
const RESTORE: &str = "
    DELETE FROM tenancy.tenancy_keys;
    DELETE FROM tenancy.tenancy_kek;
    INSERT INTO tenancy.tenancy_kek TABLE saved_kek;
    INSERT INTO tenancy.tenancy_keys TABLE saved_keys";

fn reason(result: Result<impl Sized, KeyringError>) -> EncryptionError {
    match result {
        Err(KeyringError::Encryption(reason)) => reason,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it opened"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_which_anything_was_changed_does_not_open() {
    let vault = Vault::new();
    let store = vault.key_store().await;
    let keyring = vault.keyring_over(store.clone());
    keyring.create_tenant(&A).await.unwrap();
    keyring.new_generation(&A).await.unwrap();
    keyring.new_index_version(&A).await.unwrap();
    vault.sql(SAVE);

    let kek = "UPDATE tenancy.tenancy_kek SET";
    let keys = "UPDATE tenancy.tenancy_keys SET";
    let first = "WHERE kind = 'data' AND number = 1";
    for (change, expected) in [
        (format!("{kek} revision = revision + 1"), Tampered),
        (format!("{kek} revision = revision - 1"), Tampered),
        (format!("{kek} format = 2"), UnsupportedSuite),
        (format!("{kek} root = 'another'"), WrongKey),
        (format!("{kek} salt = sha256(salt)"), WrongKey),
        (format!("{kek} memory_kib = 64"), KdfTooWeak),
        (format!("{kek} passes = 1"), KdfTooWeak),
        (format!("{kek} memory_kib = 4194304"), KdfTooCostly),
        (format!("{kek} passes = 4294967295"), KdfTooCostly),
        (format!("{kek} passes = passes + 1"), WrongKey),
        (format!("{kek} lanes = lanes + 1"), WrongKey),
        (format!("{kek} commitment = sha256(commitment)"), WrongKey),
        (format!("{kek} floor = 2"), Tampered),
        (format!("{kek} lease_seconds = 3600"), Tampered),
        (format!("{keys} wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1) {first}"), Tampered),
        (format!("{keys} wrapped = wrapped || '\\x00' {first}"), EncryptionError::Malformed),
        (format!("{keys} state = 'shredded', wrapped = NULL {first}"), Tampered),
        (format!("{keys} number = 7 {first}"), Tampered),
        (format!("{keys} kind = 'index', number = 3 {first}"), Tampered),
        (format!("DELETE FROM tenancy.tenancy_keys {first}"), Tampered),
        (
            "UPDATE tenancy.tenancy_keys AS k SET wrapped = o.wrapped FROM tenancy.tenancy_keys AS o
             WHERE o.number = k.number AND o.kind <> k.kind"
                .to_owned(),
            Tampered,
        ),
        (
            "UPDATE tenancy.tenancy_keys AS k SET wrapped = o.wrapped FROM tenancy.tenancy_keys AS o
             WHERE o.number <> k.number AND o.kind = k.kind"
                .to_owned(),
            Tampered,
        ),
    ] {
        vault.sql(&change);
        let other = vault.keyring_over(store.clone());
        assert_eq!(reason(other.unlock(&A).await), expected, "{change}");
        if matches!(expected, KdfTooWeak | KdfTooCostly) {
            assert_eq!(other.argon2_runs(), 0, "{change}");
        }
        vault.sql(RESTORE);
    }
    let other = vault.keyring_over(store);
    assert!(other.unlock(&A).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_tenant_does_not_open() {
    let vault = Vault::new();
    let store = vault.key_store().await;
    let keyring = vault.keyring_over(store.clone());
    keyring.create_tenant(&A).await.unwrap();
    keyring.create_tenant(&B).await.unwrap();
    vault.sql(SAVE);

    // The keys alone.
    vault.sql(
        "UPDATE tenancy.tenancy_keys AS k SET wrapped = o.wrapped FROM tenancy.tenancy_keys AS o
         WHERE o.tenant <> k.tenant AND o.kind = k.kind AND o.number = k.number",
    );
    let other = vault.keyring_over(store.clone());
    assert_eq!(reason(other.unlock(&A).await), Tampered);
    assert_eq!(reason(other.unlock(&B).await), Tampered);
    // What goes with them, too.
    vault.sql(
        "UPDATE tenancy.tenancy_kek AS k SET salt = o.salt, commitment = o.commitment
         FROM tenancy.tenancy_kek AS o WHERE o.tenant <> k.tenant",
    );
    let other = vault.keyring_over(store.clone());
    assert_eq!(reason(other.unlock(&A).await), WrongKey);
    assert_eq!(reason(other.unlock(&B).await), WrongKey);
    vault.sql(RESTORE);
    let other = vault.keyring_over(store);
    assert!(other.unlock(&A).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_set_back_is_noticed_by_who_has_seen_the_newer() {
    let vault = Vault::new();
    let (one, other) = (vault.keyring().await, vault.keyring().await);
    one.create_tenant(&A).await.unwrap();
    vault.sql(SAVE);
    one.new_generation(&A).await.unwrap();
    other.unlock(&A).await.unwrap();
    vault.sql(RESTORE);
    vault.clock.advance(LEASE / 2);
    assert_eq!(reason(one.unlock(&A).await), Tampered);
    assert_eq!(reason(other.unlock(&A).await), Tampered);
    assert_eq!(reason(one.new_generation(&A).await), Tampered);

    // To before the tenant.
    vault.sql("DELETE FROM tenancy.tenancy_keys; DELETE FROM tenancy.tenancy_kek");
    assert_eq!(reason(one.unlock(&A).await), Tampered);
    assert_eq!(reason(one.create_tenant(&A).await), Tampered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shredded_tenant_stays_shredded_when_the_table_is_set_back() {
    let vault = Vault::new();
    let keyring = vault.keyring().await;
    keyring.create_tenant(&A).await.unwrap();
    vault.sql(SAVE);
    let _ = keyring.shred(&A).await.unwrap();
    vault.sql(RESTORE);
    vault.clock.advance(LEASE);
    assert_eq!(reason(keyring.unlock(&A).await), TenantShredded);
}

#[test]
fn encrypted_columns_take_no_plaintext() {
    let vault = Vault::new();
    let mut conn = vault.superuser();
    let mut insert = |value: &str| {
        let sql = format!(
            "INSERT INTO accounts VALUES ('{}', 1, 'x', {value}, NULL)",
            A.0
        );
        diesel::sql_query(sql).execute(&mut conn)
    };
    for plain in [
        "'s3cret'",
        "''",
        "convert_to(repeat('long enough ', 20), 'UTF8')",
        "decode(repeat('f9', 79), 'hex')",
        "decode(repeat('00', 80), 'hex')",
    ] {
        let message = refusal(insert(plain));
        assert!(
            message.contains("tenancy_encrypted_is_an_envelope"),
            "{message}"
        );
    }
    assert_eq!(insert("decode(repeat('f9', 80), 'hex')"), Ok(1));
}
