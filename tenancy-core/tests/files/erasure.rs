use std::sync::Arc;
use std::sync::atomic::Ordering;

use tenancy_core::erasure::{Amount, Target};
use tenancy_core::files::object_store::ObjectStoreExt;
use tenancy_core::files::object_store::path::Path;
use tenancy_core::files::{FileError, TenantFiles};

use crate::probe::Probe;
use crate::support::{encrypted, name, names, places, read, tenant};

#[tokio::test]
async fn erasing_a_keeps_b_and_can_be_repeated() {
    for place in places() {
        let files = TenantFiles::new(place.bucket.clone()).named("documents");
        let target: &dyn Target = &files;
        assert_eq!(target.name(), "documents");
        let (a, b) = (files.scope(&1).unwrap(), files.scope(&2).unwrap());
        for i in 0..1200 {
            a.put(&name(&format!("d{}/{i}", i % 7)), "abc")
                .await
                .unwrap();
        }
        b.put(&name("d1/1"), "of B").await.unwrap();

        assert_eq!(
            target.count(&tenant("1")).await.unwrap(),
            Amount::sized(1200, 3600)
        );
        assert_eq!(
            target.erase(&tenant("1")).await.unwrap(),
            Amount::sized(1200, 3600)
        );
        assert_eq!(
            target.count(&tenant("1")).await.unwrap(),
            Amount::sized(0, 0)
        );
        assert_eq!(
            target.erase(&tenant("1")).await.unwrap(),
            Amount::sized(0, 0)
        );
        assert_eq!(
            target.erase(&tenant("nobody")).await.unwrap(),
            Amount::sized(0, 0)
        );
        assert!(names(&a).await.is_empty());
        assert_eq!(read(&b, "d1/1").await.unwrap(), b"of B");
    }
}

#[tokio::test]
async fn what_others_put_into_the_prefix_is_not_listed_and_is_erased() {
    for place in places() {
        let files = TenantFiles::new(place.bucket.clone());
        let a = files.scope(&1).unwrap();
        a.put(&name("x"), "1").await.unwrap();
        for foreign in ["tenants/1/Upper", "tenants/1/=2e=2e", "tenants/1/deep/A b"] {
            place
                .raw
                .put(&Path::parse(foreign).unwrap(), "22".into())
                .await
                .unwrap();
        }
        assert_eq!(names(&a).await, ["x"]);
        assert_eq!(
            files.count(&tenant("1")).await.unwrap(),
            Amount::sized(4, 7)
        );
        assert_eq!(
            files.erase(&tenant("1")).await.unwrap(),
            Amount::sized(4, 7)
        );
        assert_eq!(
            files.count(&tenant("1")).await.unwrap(),
            Amount::sized(0, 0)
        );
    }
}

#[tokio::test]
async fn a_store_that_lists_by_letters_shows_and_erases_no_other_tenants_files() {
    let probe = Arc::new(Probe::default());
    probe.lists_by_letters.store(true, Ordering::Relaxed);
    let files = TenantFiles::new(Arc::clone(&probe));
    let (a, b) = (files.scope(&1).unwrap(), files.scope(&12).unwrap());
    a.put(&name("x"), "of A").await.unwrap();
    a.put(&name("xy"), "of A").await.unwrap();
    b.put(&name("x"), "of B").await.unwrap();
    assert_eq!(names(&a).await, ["x", "xy"]);
    assert!(crate::support::names_below(&a, Some("x")).await.is_empty());
    assert_eq!(files.count(&tenant("1")).await.unwrap().items, 2);
    assert_eq!(files.erase(&tenant("1")).await.unwrap().items, 2);
    assert_eq!(read(&b, "x").await.unwrap(), b"of B");
}

#[tokio::test]
async fn an_erasure_that_leaves_something_is_an_error() {
    let probe = Arc::new(Probe::default());
    let files = TenantFiles::new(Arc::clone(&probe));
    files
        .scope(&1)
        .unwrap()
        .put(&name("x"), "of A")
        .await
        .unwrap();
    probe.keeps.store(true, Ordering::Relaxed);
    let failed = files.erase_tenant(&tenant("1")).await;
    assert!(matches!(failed, Err(FileError::StillWritten)));
    probe.keeps.store(false, Ordering::Relaxed);
    assert_eq!(files.erase_tenant(&tenant("1")).await.unwrap().items, 1);
}

#[tokio::test]
async fn encrypted_files_are_erased_without_keys() {
    for place in places() {
        let it = encrypted(place).await;
        it.a.put(&name("x"), "of A").await.unwrap();
        it.b.put(&name("x"), "of B").await.unwrap();
        it.keyring.shred(&tenant("a")).await.unwrap();
        let erased = it.files.erase(&tenant("a")).await.unwrap();
        assert_eq!(erased, Amount::sized(1, 76 + 4 + 16));
        assert_eq!(read(&it.b, "x").await.unwrap(), b"of B");
    }
}

#[tokio::test]
async fn the_receipt_names_what_a_bucket_may_keep() {
    let files = TenantFiles::new(Arc::new(Probe::default())).with_copies(["the bucket in Dublin"]);
    let copies = files.copies();
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[0], "the bucket in Dublin");
    assert!(copies[1].contains("never finished"));
}
