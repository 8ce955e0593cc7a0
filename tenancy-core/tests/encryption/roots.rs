use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tenancy_core::encryption::*;

use crate::support::*;

const DIGITS: &str = "00112233445566778899AABBCCDDEEFF0123456789abcdef0123456789abcdef";

fn error(source: impl KeySource) -> RootKeyError {
    wait(source.load()).unwrap_err()
}

#[test]
fn random_bytes_are_64_hexadecimal_digits_and_not_all_the_same() {
    assert_eq!(
        RootKey::from_hex(&DIGITS.into()).unwrap().kind(),
        RootKind::Random
    );
    let zeros = "0".repeat(64);
    for text in [
        "",
        "00",
        &DIGITS[1..],
        &format!("{DIGITS}0"),
        &zeros,
        &DIGITS.replace('3', "g"),
    ] {
        let refused = RootKey::from_hex(&text.into());
        assert!(matches!(refused, Err(RootKeyError::Form)));
    }
}

#[test]
fn a_short_passphrase_is_refused() {
    assert!(RootKey::passphrase("fifteen letters".into()).is_err());
    // Characters, not bytes.
    assert!(RootKey::passphrase("üüüüüüüüüüüüüüü".into()).is_err());
    assert!(RootKey::passphrase("üüüüüüüüüüüüüüüü".into()).is_ok());
}

#[test]
fn a_variable_is_read_when_it_is_set_and_a_key() {
    let id = || RootId::literal("e");
    // Cargo sets this one for tests. It is long enough for a passphrase, and no hexadecimal number.
    let set = "CARGO_MANIFEST_DIR";
    let key = wait(EnvironmentKey::passphrase(id(), set).load()).unwrap();
    assert_eq!(key.kind(), RootKind::Passphrase);
    assert!(matches!(
        error(EnvironmentKey::random(id(), set)),
        RootKeyError::Form
    ));
    let unset = EnvironmentKey::random(id(), "TENANCY_TESTS_NEVER_SET_THIS");
    assert!(matches!(error(unset), RootKeyError::NotSet));
}

#[cfg(unix)]
mod files {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(folder: &tempfile::TempDir, contents: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = folder.path().join("root.key");
        let _ = fs::remove_file(&path);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn random(path: PathBuf) -> FileKey {
        FileKey::random(RootId::literal("f"), path)
    }

    #[test]
    fn a_file_is_read_with_and_without_a_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let store = TestStore::new();
        wait(
            Keyring::builder(Arc::clone(&store), random(file(&folder, DIGITS, 0o400)))
                .build()
                .create_tenant(&1),
        )
        .unwrap();
        for end in ["\n", "\r\n"] {
            let source = random(file(&folder, format!("{DIGITS}{end}"), 0o600));
            let keyring = Keyring::builder(Arc::clone(&store), source).build();
            assert!(keyring.unlock_blocking(&1).is_ok());
        }
        let passphrase = FileKey::passphrase(
            RootId::literal("f"),
            file(&folder, "sixteen or more characters\n", 0o400),
        );
        assert_eq!(
            wait(passphrase.load()).unwrap().kind(),
            RootKind::Passphrase
        );
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o440, 0o404, 0o644, 0o620, 0o602] {
            let refused = error(random(file(&folder, DIGITS, mode)));
            assert!(matches!(refused, RootKeyError::Permissions), "{mode:o}");
        }
        let group = random(file(&folder, DIGITS, 0o440)).readable_by_its_group();
        assert!(wait(group.load()).is_ok());
        let others = random(file(&folder, DIGITS, 0o444)).readable_by_its_group();
        assert!(matches!(error(others), RootKeyError::Permissions));
    }

    #[test]
    fn what_is_no_file_of_a_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let missing = random(folder.path().join("missing"));
        assert!(matches!(error(missing), RootKeyError::Io(_)));
        let directory = random(folder.path().to_owned());
        assert!(matches!(error(directory), RootKeyError::NotAFile));
        let large = random(file(&folder, "0".repeat(5000), 0o400));
        assert!(matches!(error(large), RootKeyError::NotAFile));
        let binary = random(file(&folder, [0xFF; 32], 0o400));
        assert!(matches!(error(binary), RootKeyError::Form));
        let two_lines = random(file(&folder, format!("{DIGITS}\n\n"), 0o400));
        assert!(matches!(error(two_lines), RootKeyError::Form));
    }
}

/// A KMS: it answers late, once, and fails when it is told to.
struct Kms {
    id: RootId,
    asked: Arc<AtomicU64>,
    fails: bool,
}

impl KeySource for Kms {
    fn id(&self) -> &RootId {
        &self.id
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            if self.fails {
                let cause = Box::<dyn std::error::Error + Send + Sync>::from("no permission");
                return Err(RootKeyError::Source(cause.into()));
            }
            RootKey::random(SecretBox::new(Box::new(std::array::from_fn(|i| i as u8))))
        })
    }
}

#[test]
fn a_kms_is_asked_once_for_all_tenants() {
    let asked = Arc::new(AtomicU64::new(0));
    let kms = Kms {
        id: RootId::literal("kms"),
        asked: Arc::clone(&asked),
        fails: false,
    };
    let chosen: Box<dyn KeySource> = Box::new(kms);
    let keyring = Keyring::builder(TestStore::new(), chosen).build();
    for tenant in 1..=3 {
        wait(keyring.create_tenant(&tenant)).unwrap();
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_kms_that_fails_is_an_error_and_is_asked_again() {
    let asked = Arc::new(AtomicU64::new(0));
    let kms = Kms {
        id: RootId::literal("kms"),
        asked: Arc::clone(&asked),
        fails: true,
    };
    let keyring = Keyring::builder(TestStore::new(), kms).build();
    for _ in 0..2 {
        let refused = wait(keyring.create_tenant(&1));
        assert!(matches!(
            refused,
            Err(KeyringError::Root(RootKeyError::Source(_)))
        ));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(keyring.argon2_runs(), 0);
}
