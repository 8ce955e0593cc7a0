use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};

use super::{Sealer, SealerError};
use crate::encryption::{RootId, RootKey};

fn sealer(id: &str) -> Result<Sealer, SealerError> {
    let digits: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    let root = RootKey::from_hex(&SecretString::from(digits)).unwrap();
    Sealer::new(&RootId::parse(id).unwrap(), &root)
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Computed by Python's `hmac` and `hashlib`, HKDF from its definition.
#[test]
fn a_value_is_what_another_implementation_makes() {
    let sealer = sealer("2026-01").unwrap();
    let hex: String = sealer
        .database_key()
        .expose_secret()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "643103b7919a87fbaadd8c4985bf050133d8537f66dc0a2f7af688b15b7be74c"
    );
    let sealed = sealer.seal_at("app.tenant_id", &"grüße".to_owned(), at(1_700_000_000));
    assert_eq!(
        sealed.text(),
        "s1.2026-01.1700000300.342ce45fed6e5f4b1f3e7fe7af08e38dd2a72098db77aa4819251b6c490495b3.grüße"
    );
}

#[test]
fn each_part_changes_the_value() {
    let sealer = sealer("k").unwrap();
    let mac = |variable, tenant: i64, seconds| {
        let sealed = sealer.seal_at(variable, &tenant, at(seconds));
        sealed.text().split('.').nth(3).unwrap().to_owned()
    };
    let one = mac("app.tenant_id", 7, 100);
    assert_eq!(one, mac("app.tenant_id", 7, 100));
    assert_ne!(one, mac("app.tenant_ie", 7, 100));
    assert_ne!(one, mac("app.tenant_id", 8, 100));
    assert_ne!(one, mac("app.tenant_id", 7, 101));
}

#[test]
fn a_value_is_due_at_half_of_its_lifetime_and_when_the_clock_goes_back() {
    let sealer = sealer("k")
        .unwrap()
        .lifetime(Duration::from_secs(60))
        .unwrap();
    let sealed = sealer.seal_at("app.tenant_id", &7i64, at(1000));
    assert!(sealed.text().starts_with("s1.k.1060."));
    for (seconds, due) in [(1000, false), (1029, false), (1030, true), (999, true)] {
        assert_eq!(sealed.is_due(at(seconds)), due, "{seconds}");
    }
}

#[test]
fn what_cannot_be_a_sealer_is_refused() {
    for id in ["a.b", "a b", "grün", &"x".repeat(65)] {
        assert!(matches!(sealer(id), Err(SealerError::KeyName)), "{id}");
    }
    let passphrase = SecretString::from("correct horse battery staple");
    let root = RootKey::passphrase(passphrase).unwrap();
    let refused = Sealer::new(&RootId::parse("k").unwrap(), &root);
    assert!(matches!(refused, Err(SealerError::Passphrase)));
    let good = sealer("k").unwrap();
    for seconds in [1, 1801] {
        let refused = good.clone().lifetime(Duration::from_secs(seconds));
        assert!(matches!(refused, Err(SealerError::Lifetime)));
    }
    assert!(matches!(good.padding(65_537), Err(SealerError::Padding)));
}

#[test]
fn nothing_secret_is_shown() {
    let sealer = sealer("k").unwrap();
    let sealed = sealer.seal("app.tenant_id", &7i64);
    assert_eq!(format!("{sealed:?}"), "SealedTenant(..)");
    let shown = format!("{sealer:?}");
    assert_eq!(
        shown,
        "Sealer { key_id: \"k\", lifetime: 300s, padding: 1024, .. }"
    );
}
