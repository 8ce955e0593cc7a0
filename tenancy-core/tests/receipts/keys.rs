use std::fs;

use tenancy_core::erasure::receipts::*;

#[test]
fn a_key_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let key = SigningKey::generate().unwrap();
    key.write_new(&path).unwrap();
    let read = SigningKey::from_file(&path).unwrap();
    assert_eq!(read.public(), key.public());
    assert_eq!(
        key.public().to_string().parse::<PublicKey>().unwrap(),
        key.public()
    );
    // It is never written over.
    let other = SigningKey::generate().unwrap();
    assert!(matches!(
        other.write_new(&path),
        Err(SigningKeyError::Io(_))
    ));
    assert_eq!(SigningKey::from_file(&path).unwrap().public(), key.public());
}

#[test]
#[cfg(unix)]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    SigningKey::generate().unwrap().write_new(&path).unwrap();
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o400
    );
    mode(0o440);
    assert!(matches!(
        SigningKey::from_file(&path),
        Err(SigningKeyError::Permissions)
    ));
    assert!(SigningKey::from_group_file(&path).is_ok());
    mode(0o444);
    assert!(matches!(
        SigningKey::from_group_file(&path),
        Err(SigningKeyError::Permissions)
    ));
}

#[test]
fn a_text_that_is_no_key_is_refused_and_not_repeated() {
    let good = SigningKey::generate().unwrap();
    let digits = good.to_text();
    let digits = digits.expose_secret();
    for wrong in [
        "",
        &digits[1..],
        &format!("{digits}0"),
        &format!(" {digits}"),
        &"0".repeat(64),
        &"ff".repeat(32),
    ] {
        let error = SigningKey::from_text(&SecretString::from(wrong)).unwrap_err();
        assert!(matches!(error, SigningKeyError::Form));
        assert!(wrong.is_empty() || !error.to_string().contains(wrong));
    }
    assert!(!format!("{good:?}").contains(digits));
    // Cargo sets this one for tests, and it is no key.
    assert!(matches!(
        SigningKey::from_environment("CARGO_MANIFEST_DIR"),
        Err(SigningKeyError::Form)
    ));
    assert!(matches!(
        SigningKey::from_environment("TENANCY_TESTS_NEVER_SET_THIS"),
        Err(SigningKeyError::NotSet)
    ));
}
