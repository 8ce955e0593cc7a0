use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tenancy_core::erasure::Target;
use tenancy_core::files::object_store::Result;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_core::files::object_store::path::Path;
use tenancy_core::files::object_store::signer::{Method, Signer, Url};
use tenancy_core::files::{Bucket, FileError, SignedFor, TenantFiles};

use crate::support::{keyring, name, tenant};

/// Puts what it signs into the URL, as the cloud stores do.
#[derive(Debug)]
struct Seal;

#[async_trait]
impl Signer for Seal {
    async fn signed_url(&self, method: Method, path: &Path, expires_in: Duration) -> Result<Url> {
        let mut url = Url::parse("https://bucket.example").unwrap();
        url.set_path(path.as_ref());
        let query = format!(
            "method={method}&expires={}&signature=s3cret",
            expires_in.as_secs()
        );
        url.set_query(Some(&query));
        Ok(url)
    }
}

fn signing() -> TenantFiles {
    let bucket = Bucket::new(Arc::new(InMemory::new())).signed_by(Arc::new(Seal));
    TenantFiles::new(bucket).max_expiry(Duration::from_secs(60))
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_signed_url_is_for_one_file_of_the_tenant_and_one_purpose() {
    let files = signing();
    let sign = async |id: &str, purpose| {
        let store = files.scope(&tenant(id)).unwrap();
        store
            .signed_url(&name("a b/c"), purpose, MINUTE)
            .await
            .unwrap()
    };
    assert_eq!(
        sign("1", SignedFor::Download).await.as_str(),
        "https://bucket.example/tenants/1/a=20b/c?method=GET&expires=60&signature=s3cret"
    );
    assert_eq!(
        sign("../1", SignedFor::Upload).await.as_str(),
        "https://bucket.example/tenants/..=2f1/a=20b/c?method=PUT&expires=60&signature=s3cret"
    );
    let printed = format!("{:?}", sign("1", SignedFor::Download).await);
    assert_eq!(printed, "SignedUrl(..)");
}

#[tokio::test]
async fn no_name_reaches_another_tenants_path_through_the_rules_of_urls() {
    // URLs drop `..` and decode `%2e`, so keys must have neither.
    let files = signing();
    for odd in [
        "..a",
        "a..",
        "50%ab",
        "100%25",
        "a#b",
        "a?b",
        "=2e=2e/=2e=2e/2/x",
        "a;b",
        "\u{ff0e}\u{ff0e}/x",
    ] {
        let store = files.scope(&1).unwrap();
        let url = store
            .signed_url(&name(odd), SignedFor::Download, MINUTE)
            .await
            .unwrap();
        let again = Url::parse(url.as_str()).unwrap();
        assert!(again.path().starts_with("/tenants/1/"), "{again}");
        assert!(
            !again.path().contains('%') && again.fragment().is_none(),
            "{again}"
        );
    }
}

#[tokio::test]
async fn the_lifetime_of_a_signed_url_is_bounded() {
    let store = signing().scope(&1).unwrap();
    for refused in [
        Duration::ZERO,
        Duration::from_millis(999),
        MINUTE + Duration::from_nanos(1),
        Duration::MAX,
    ] {
        let error = store
            .signed_url(&name("x"), SignedFor::Upload, refused)
            .await;
        assert!(
            matches!(error, Err(FileError::Expiry { max: MINUTE })),
            "{refused:?}"
        );
    }
    let week = Duration::from_secs(7 * 24 * 3600);
    let store = signing().max_expiry(Duration::MAX).scope(&1).unwrap();
    let error = store
        .signed_url(&name("x"), SignedFor::Upload, week * 2)
        .await;
    assert!(matches!(error, Err(FileError::Expiry { max }) if max == week));
}

#[tokio::test]
async fn a_store_that_cannot_sign_says_so() {
    let store = TenantFiles::new(Arc::new(InMemory::new()))
        .scope(&1)
        .unwrap();
    let error = store
        .signed_url(&name("x"), SignedFor::Download, MINUTE)
        .await;
    assert!(matches!(error, Err(FileError::NotSigning)));
}

#[tokio::test]
async fn encrypted_contents_have_no_signed_urls() {
    let keyring = keyring(&["1"]).await;
    let files = signing().encrypted();
    let store = files.scope_unlocked(&keyring, &tenant("1")).await.unwrap();
    for purpose in [SignedFor::Download, SignedFor::Upload] {
        let error = store.signed_url(&name("x"), purpose, MINUTE).await;
        assert!(matches!(error, Err(FileError::SignedCiphertext)));
    }
}

#[test]
fn the_receipt_of_an_erasure_names_urls_that_can_still_write() {
    let says_so = |files: TenantFiles| {
        files
            .copies()
            .iter()
            .any(|copy| copy.contains("signed URLs"))
    };
    assert!(says_so(signing()));
    assert!(!says_so(signing().encrypted()));
    assert!(!says_so(TenantFiles::new(Arc::new(InMemory::new()))));
}
