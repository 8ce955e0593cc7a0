//! Values that were not sealed for the tenant they name, or not for now.

use std::time::{Duration, SystemTime};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::quote_literal;
use tenancy_tests::{A, B};

use crate::world::{
    Mode, Shop, VARIABLE, create_key, lines, sealed, sealed_before, sealer, sealer_of,
};

const ALL: &str = "SELECT name::text AS line FROM projects ORDER BY id, name";

fn read(shop: &Shop, value: &str) -> QueryResult<Vec<String>> {
    let mut conn = shop.raw();
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SET LOCAL {VARIABLE} = {}", quote_literal(value)))?;
        lines(conn, ALL)
    })
}

fn refusal(shop: &Shop, value: &str) -> String {
    let error = read(shop, value).expect_err(value).to_string();
    error
        .strip_prefix("tenancy: the sealed tenant is refused: ")
        .unwrap_or(&error)
        .to_owned()
}

#[test]
fn a_value_shows_its_own_tenant() {
    for mode in [Mode::Sealed, Mode::Strict] {
        let shop = Shop::new(mode);
        assert_eq!(read(&shop, &sealed(A)).unwrap().len(), 3);
        assert_eq!(read(&shop, &sealed(B)).unwrap().len(), 4);
    }
}

#[test]
fn a_value_of_another_make_is_refused() {
    let shop = Shop::new(Mode::Sealed);
    let good = sealed(A);
    let parts: Vec<&str> = good.splitn(5, '.').collect();
    let [_, key, expiry, mac, tenant] = parts[..] else {
        panic!("{good}");
    };
    let b = B.0.to_string();
    let zeros = "0".repeat(64);
    let later = expiry.parse::<u64>().unwrap() + 60;
    let huge = "x".repeat(10_000_000);
    let other_version = good.replacen("s1.", "s2.", 1);
    let upper = mac.to_uppercase();
    for (value, expected) in [
        (b.clone(), "not sealed"),
        (tenant.to_owned(), "not sealed"),
        (" ".to_owned(), "not sealed"),
        ("'; SELECT 1; --\\".to_owned(), "not sealed"),
        ("s1".to_owned(), "not sealed"),
        (huge.clone(), "not sealed"),
        (format!("s1.{huge}"), "not sealed"),
        (format!("{good}{}", "x".repeat(1024)), "not sealed"),
        (other_version, "not sealed"),
        (format!(" {good}"), "not sealed"),
        ("s1.".to_owned(), "unknown key"),
        ("s1....".to_owned(), "unknown key"),
        (format!("s1..{expiry}.{mac}.{tenant}"), "unknown key"),
        (format!("s1.k2.{expiry}.{mac}.{tenant}"), "unknown key"),
        (format!("s1.K1.{expiry}.{mac}.{tenant}"), "unknown key"),
        (
            format!("s1.k1' OR true --.{expiry}.{mac}.{tenant}"),
            "unknown key",
        ),
        (format!("s1.{key}"), "forged"),
        (format!("s1.{key}...{b}"), "forged"),
        (format!("s1.{key}.{expiry}.{mac}.{b}"), "forged"),
        (format!("s1.{key}.{later}.{mac}.{tenant}"), "forged"),
        (format!("s1.{key}.9999999999.{mac}.{tenant}"), "forged"),
        (format!("s1.{key}.not a number.{mac}.{tenant}"), "forged"),
        (format!("s1.{key}.NaN.{mac}.{tenant}"), "forged"),
        (format!("s1.{key}.{expiry}.{zeros}.{tenant}"), "forged"),
        (format!("s1.{key}.{expiry}.{upper}.{tenant}"), "forged"),
        (format!("s1.{key}.{expiry}..{tenant}"), "forged"),
        (format!("s1.{key}.{expiry}.{mac}"), "forged"),
        (format!("s1.{key}.{expiry}.{mac}."), "forged"),
        (format!("{good} "), "forged"),
        (format!("{good}.{b}"), "forged"),
        (format!("s1.{key}.{expiry}.{mac}{tenant}"), "forged"),
        (
            format!("s1.{key}.{expiry}.{mac}.{expiry}.{tenant}"),
            "forged",
        ),
    ] {
        let short: String = value.chars().take(100).collect();
        assert_eq!(refusal(&shop, &value), expected, "{short:?}");
    }
    // The empty text stands for no tenant, as a scope leaves it.
    assert_eq!(read(&shop, "").unwrap(), Vec::<String>::new());
    let strict = Shop::new(Mode::Strict);
    let error = read(&strict, "").unwrap_err().to_string();
    assert_eq!(error, "tenancy: the session has no tenant");
}

#[test]
fn every_shortened_or_changed_value_is_refused() {
    let shop = Shop::new(Mode::Sealed);
    let good = sealed(A);
    let mut conn = shop.raw();
    let mut refused = |value: &str| {
        conn.batch_execute(&format!("BEGIN; SET LOCAL {VARIABLE} = '{value}'"))
            .unwrap();
        let result = lines(&mut conn, ALL);
        conn.batch_execute("ROLLBACK").unwrap();
        result.is_err()
    };
    assert!(!refused(&good));
    for end in 1..good.len() {
        assert!(refused(&good[..end]), "{}", &good[..end]);
        assert!(refused(&good[end..]), "{}", &good[end..]);
    }
    for at in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(refused(&changed), "{changed}");
    }
}

#[test]
fn a_value_expires_and_cannot_be_made_for_long() {
    let shop = Shop::new(Mode::Sealed);
    let lifetime = sealer().valid_for();
    let second = Duration::from_secs(1);
    let expired = sealed_before(B, lifetime + 2 * second);
    assert_eq!(refusal(&shop, &expired), "expired");
    assert_eq!(
        read(&shop, &sealed_before(B, lifetime - 60 * second))
            .unwrap()
            .len(),
        4
    );

    let now = SystemTime::now();
    let ahead = |seconds| {
        let value = sealer().seal_at(VARIABLE, &B, now + Duration::from_secs(seconds));
        value.text().to_owned()
    };
    assert_eq!(read(&shop, &ahead(3000)).unwrap().len(), 4);
    assert_eq!(refusal(&shop, &ahead(3600)), "valid for too long");
}

/// The expiry is that of the beginning: a transaction that has begun in time is not cut short.
#[test]
fn a_transaction_that_began_in_time_keeps_its_tenant() {
    let shop = Shop::new(Mode::Sealed);
    let mut conn = shop.raw();
    conn.batch_execute("BEGIN").unwrap();
    let began = "SELECT ceil(date_part('epoch', transaction_timestamp()))::text AS line";
    let expiry: u64 = lines(&mut conn, began).unwrap()[0].parse().unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(expiry) - sealer().valid_for();
    let value = sealer().seal_at(VARIABLE, &A, at).text().to_owned();
    conn.batch_execute(&format!("SET LOCAL {VARIABLE} = '{value}'"))
        .unwrap();
    let over = format!("SELECT (date_part('epoch', clock_timestamp()) > {expiry})::text AS line");
    while lines(&mut conn, &over).unwrap() != ["true"] {}
    assert_eq!(lines(&mut conn, ALL).unwrap().len(), 3);
    conn.batch_execute("COMMIT").unwrap();
    assert_eq!(refusal(&shop, &value), "expired");
}

#[test]
fn a_value_of_another_variable_is_refused() {
    let shop = Shop::new(Mode::Sealed);
    let other = sealer().seal("shop.merchant", &B);
    assert_eq!(refusal(&shop, other.text()), "forged");
    // The function gives it to whoever asks by its own name, which no policy does.
    let mut conn = shop.raw();
    conn.batch_execute(&format!("SET shop.merchant = '{}'", other.text()))
        .unwrap();
    let own = lines(
        &mut conn,
        "SELECT tenancy.sealed_tenant('shop.merchant', true) AS line",
    );
    assert_eq!(own.unwrap(), [B.0.to_string()]);
    assert_eq!(lines(&mut conn, ALL).unwrap(), Vec::<String>::new());
}

#[test]
fn a_value_of_another_key_is_refused() {
    let shop = Shop::new(Mode::Sealed);
    // The name of a key that the database has, and another secret.
    let wrong = sealer_of("k1", 9).seal(VARIABLE, &B);
    assert_eq!(refusal(&shop, wrong.text()), "forged");
    let other = sealer_of("k2", 2);
    let value = other.seal(VARIABLE, &B);
    assert_eq!(refusal(&shop, value.text()), "unknown key");

    let mut owner = shop.owner();
    create_key(&mut owner, &other);
    assert_eq!(read(&shop, value.text()).unwrap().len(), 4);
    // The MAC of one key under the name of the other.
    let swapped = value.text().replacen("s1.k2.", "s1.k1.", 1);
    assert_eq!(refusal(&shop, &swapped), "forged");

    assert!(tenancy_migrations::retire_sealing_key(&mut owner, "k2").unwrap());
    assert_eq!(refusal(&shop, value.text()), "unknown key");
    assert_eq!(read(&shop, &sealed(A)).unwrap().len(), 3);
}

/// PostgreSQL keeps no NUL in a text, so none reaches the function.
#[test]
fn a_nul_reaches_no_variable() {
    let shop = Shop::new(Mode::Sealed);
    for sql in [
        "SELECT set_config('app.tenant_id', 'x' || chr(0), true)::text AS line",
        "SELECT set_config('app.tenant_id', convert_from('\\x7331002e'::bytea, 'UTF8'), true) AS line",
    ] {
        assert!(lines(&mut shop.raw(), sql).is_err(), "{sql}");
    }
}

/// The texts of the function do not depend on how the session reads texts.
#[test]
fn settings_of_the_session_do_not_change_what_is_verified() {
    let shop = Shop::new(Mode::Sealed);
    let forged = sealed(A).replace(&A.0.to_string(), &B.0.to_string());
    for setting in [
        "standard_conforming_strings = off",
        "transform_null_equals = on",
        "bytea_output = 'escape'",
        "extra_float_digits = -15",
        "datestyle = 'SQL, DMY'",
        "timezone = 'Asia/Kathmandu'",
        "client_encoding = 'LATIN1'",
        "lc_numeric = 'C'",
        "plan_cache_mode = 'force_generic_plan'",
        "row_security = off",
        "default_transaction_read_only = on",
        "enable_indexscan = off",
        "search_path = pg_temp",
    ] {
        let mut conn = shop.raw();
        let mut read = |value: &str| {
            conn.batch_execute(&format!(
                "ROLLBACK; SET {setting}; BEGIN; SET LOCAL {VARIABLE} = '{value}'"
            ))?;
            lines(
                &mut conn,
                "SELECT tenancy.sealed_tenant('app.tenant_id', false) AS line",
            )
        };
        assert_eq!(read(&sealed(A)).unwrap(), [A.0.to_string()], "{setting}");
        let error = read(&forged).unwrap_err().to_string();
        assert!(error.ends_with("forged"), "{setting}: {error}");
    }
}
