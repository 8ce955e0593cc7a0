//! Nothing secret in any text.

use std::fmt::Debug;
use std::sync::Arc;

use tenancy_core::encryption::*;

use crate::support::*;

const TENANT: &str = "tenant-canary-4711";
const VALUE: &str = "value-canary-0815";
const PASSPHRASE: &str = "passphrase-canary-1234";
const KEY: [u8; 32] = *b"root-canary-of-exactly-32-bytes!";

/// All texts that the library can write, and what they must not hold.
#[derive(Default)]
struct Texts(Vec<String>);

impl Texts {
    fn debug(&mut self, value: &dyn Debug) {
        self.0.push(format!("{value:?} {value:#?}"));
    }

    fn error(&mut self, error: &dyn std::error::Error) {
        self.debug(&error);
        self.0.push(error.to_string());
        if let Some(source) = error.source() {
            self.error(source);
        }
    }

    fn hold(&self, secret: &[u8]) -> bool {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let list = format!("{secret:?}");
        let list = &list[1..list.len() - 1];
        let text = String::from_utf8_lossy(secret).into_owned();
        let forms = [hex.to_uppercase(), hex, list.to_owned(), text];
        self.0
            .iter()
            .map(|text| text.replace(['\n', ' '], ""))
            .any(|written| {
                forms
                    .iter()
                    .any(|form| written.contains(&form.replace(' ', "")))
            })
    }
}

#[test]
fn no_debug_text_and_no_error_holds_a_key_a_value_or_a_tenant() {
    let mut texts = Texts::default();
    let tenant = TENANT.to_owned();
    let random = || RootKey::random(SecretBox::new(Box::new(KEY))).unwrap();
    let passphrase = RootKey::passphrase(PASSPHRASE.into()).unwrap();
    let root = || FixedKey::new(RootId::literal("2026-01"), random());
    let store = Arc::new(MemoryKeyStore::new());
    let builder = Keyring::builder(Arc::clone(&store), root());
    texts.debug(&builder);
    let keyring = builder.build();
    let keys = wait(keyring.create_tenant(&tenant)).unwrap();
    let column = keys.column(&LABEL).unwrap();
    let (row, spec) = (
        RowId::new(TENANT),
        BlindIndexSpec::new(Normaliser::EXACT, 128),
    );
    let sealed = column.seal_row(&row, VALUE).unwrap();
    let canonical = CanonicalTenant::of(&tenant).unwrap();
    let record = wait(store.load(&canonical)).unwrap().unwrap();
    let stored = record.keys.clone().unwrap();

    texts.debug(&(&keyring, &keys, &column, &row, &canonical, &record, &stored));
    texts.debug(&(root(), random(), &passphrase, &store));
    texts.debug(&keys.blind_index(&LABEL, spec).unwrap());
    texts.debug(&DerivedKeys::new_blocking("app", random()).unwrap());
    texts.debug(&EnvironmentKey::random(RootId::literal("e"), "VARIABLE"));
    texts.debug(&FileKey::random(RootId::literal("f"), "/path"));
    texts.debug(&EnvelopeInfo::read(&sealed).unwrap());
    texts.debug(&(
        Padding::None,
        Codec::Utf8,
        KdfCost::PASSPHRASE,
        SystemClock::new(),
    ));
    #[cfg(feature = "serde_json")]
    texts.debug(&Json(VALUE));

    // Errors of values.
    for error in [
        column
            .open_row::<String>(&RowId::new("other"), &sealed)
            .unwrap_err(),
        column.open_row::<i64>(&row, &sealed).unwrap_err(),
        column.open::<String>(&sealed).unwrap_err(),
        column.open::<String>(VALUE.as_bytes()).unwrap_err(),
    ] {
        texts.error(&error);
    }
    #[cfg(feature = "serde_json")]
    {
        let sealed = column.seal(&Json(VALUE)).unwrap();
        texts.error(&column.open::<Json<bool>>(&sealed).unwrap_err());
    }
    // Errors of keys, ids and roots.
    let wrong = Keyring::builder(Arc::clone(&store), other_root("2026-01")).build();
    texts.error(&wrong.unlock_blocking(&tenant).unwrap_err());
    let unknown = format!("{TENANT}-2");
    texts.error(&keyring.unlock_blocking(&unknown).unwrap_err());
    texts.error(&keyring.unlock_blocking(&format!("{TENANT}!")).unwrap_err());
    texts.error(&RootKey::from_hex(&PASSPHRASE.into()).unwrap_err());
    texts.error(&RootKey::passphrase(PASSPHRASE[..15].into()).unwrap_err());
    texts.error(&Label::parse(&VALUE.repeat(20)).unwrap_err());
    wait(keyring.new_generation(&tenant)).unwrap();
    wait(keyring.raise_floor(&tenant, generation(2))).unwrap();
    let destruction = wait(keyring.begin_destruction(&tenant, generation(1))).unwrap();
    texts.debug(&destruction);
    texts.error(&wait(keyring.finish_destruction(&destruction, 0)).unwrap_err());
    let receipt = wait(keyring.shred(&tenant)).unwrap();
    texts.debug(&receipt);
    texts.0.push(receipt.to_string());
    texts.error(&column.seal(VALUE).unwrap_err());

    for secret in [TENANT, VALUE, PASSPHRASE, &PASSPHRASE[..15]] {
        assert!(!texts.hold(secret.as_bytes()), "{secret}");
    }
    assert!(!texts.hold(&KEY));
    // What shredding destroys is not kept in a log either.
    assert!(!texts.hold(&stored.salt) && !texts.hold(&stored.commitment));
    for key in stored.data.iter().chain(&stored.index) {
        assert!(!texts.hold(&key.wrapped.as_ref().unwrap()[..16]));
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(&KEY).into_owned();
    for written in [
        format!("{KEY:?}"),
        format!("{KEY:#?}"),
        hex,
        format!("a {text} b"),
    ] {
        assert!(Texts(vec![written]).hold(&KEY));
    }
    assert!(!Texts(vec!["RootKey(..)".to_owned()]).hold(&KEY));
}

/// Every kind of failure has a text of its own, without a placeholder for anything.
#[test]
fn failures_are_told_apart_by_their_texts() {
    use EncryptionError::*;
    let all = [
        NoScope,
        NotUnlocked,
        TenantShredded,
        UnknownGeneration,
        BelowFloor,
        WrongKey,
        Tampered,
        Malformed,
        UnsupportedSuite,
        CodecMismatch,
        TooLarge,
        KdfTooWeak,
        KdfTooCostly,
        Rng,
    ];
    let texts: std::collections::HashSet<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), all.len());
}
