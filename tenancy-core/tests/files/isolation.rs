use std::sync::Arc;

use tenancy_core::erasure::Target;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_core::files::object_store::path::Path;
use tenancy_core::files::object_store::{ObjectStoreExt, PutPayload};
use tenancy_core::files::{Bucket, FileError, TenantFiles};

use crate::support::{encrypted, name, names, names_below, places, read, tenant};

/// Ids of which one could be taken for another, or for a way to it.
const TENANTS: [&str; 16] = [
    "a", "A", "ab", "a/b", "a/b/c", "a%2fb", "..", "../a", "a/../b", "a=2fb", "a+", "a+/b", "a.",
    "ä", "a\u{308}", "tenants",
];

fn acceptable() -> impl Iterator<Item = &'static str> {
    TENANTS
        .into_iter()
        .filter(|id| tenancy_core::CanonicalTenant::from_text(id).is_ok())
}

#[tokio::test]
async fn the_same_name_is_another_file_for_each_tenant() {
    for place in places() {
        let files = TenantFiles::new(place.bucket.clone());
        for id in acceptable() {
            let store = files.scope(&tenant(id)).unwrap();
            assert!(names(&store).await.is_empty(), "{id}");
            store.put(&name("b/c"), id).await.unwrap();
            store.put(&name("x"), id).await.unwrap();
        }
        for id in acceptable() {
            let store = files.scope(&tenant(id)).unwrap();
            assert_eq!(read(&store, "b/c").await.unwrap(), id.as_bytes());
            assert_eq!(names(&store).await, ["b/c", "x"], "{id}");
            assert_eq!(names_below(&store, Some("b")).await, ["b/c"]);
            let counted = files.count(&tenant(id)).await.unwrap();
            assert_eq!(
                (counted.items, counted.bytes),
                (2, Some(2 * id.len() as u64))
            );
        }
        // Erased one by one, each takes its own.
        let mut left = acceptable().count() as u64;
        for id in acceptable() {
            assert_eq!(files.erase(&tenant(id)).await.unwrap().items, 2);
            left -= 1;
            let mut others = 0;
            for other in acceptable() {
                others += files.count(&tenant(other)).await.unwrap().items;
            }
            assert_eq!(others, 2 * left, "{id}");
        }
    }
}

#[tokio::test]
async fn without_the_form_of_keys_one_tenants_files_are_anothers() {
    // The control: what a path that is put together from the id gives.
    let store = InMemory::new();
    let naive = |id: &str, name: &str| Path::from(format!("tenants/{id}/{name}"));
    store
        .put(&naive("a/b", "x"), PutPayload::from_static(b"of a/b"))
        .await
        .unwrap();
    let leaked = store.get(&naive("a", "b/x")).await.unwrap();
    assert_eq!(leaked.bytes().await.unwrap(), "of a/b");
}

#[tokio::test]
async fn a_file_of_another_tenant_is_answered_as_one_that_nobody_has() {
    for place in places() {
        let files = TenantFiles::new(place.bucket.clone());
        let (a, b) = (files.scope(&1).unwrap(), files.scope(&2).unwrap());
        b.put(&name("theirs"), "of B").await.unwrap();

        for absent in ["theirs", "nobodys"].map(name) {
            let texts = [
                a.get(&absent).await.map(|_| ()).unwrap_err(),
                a.info(&absent).await.map(|_| ()).unwrap_err(),
                a.range(&absent, 0..1).await.map(|_| ()).unwrap_err(),
                a.range(&absent, 1..1).await.map(|_| ()).unwrap_err(),
                a.copy(&absent, &name("mine")).await.unwrap_err(),
                a.copy(&absent, &absent).await.unwrap_err(),
                a.rename(&absent, &name("mine")).await.unwrap_err(),
                a.rename(&absent, &absent).await.unwrap_err(),
            ];
            for error in texts {
                assert_eq!(
                    format!("{error:?} {error}"),
                    "NotFound there is no such file"
                );
            }
            a.delete(&absent).await.unwrap();
            a.create(&absent, "of A").await.unwrap();
            assert_eq!(read(&a, absent.as_str()).await.unwrap(), b"of A");
            a.delete(&absent).await.unwrap();
        }
        assert_eq!(read(&b, "theirs").await.unwrap(), b"of B");
        assert!(names(&a).await.is_empty());
    }
}

#[tokio::test]
async fn the_same_holds_where_contents_are_encrypted() {
    for place in places() {
        let it = encrypted(place).await;
        it.b.put(&name("theirs"), "of B").await.unwrap();
        for absent in ["theirs", "nobodys"].map(name) {
            for error in [
                it.a.get(&absent).await.map(|_| ()).unwrap_err(),
                it.a.info(&absent).await.map(|_| ()).unwrap_err(),
                it.a.range(&absent, 0..1).await.map(|_| ()).unwrap_err(),
                it.a.copy(&absent, &name("mine")).await.unwrap_err(),
                it.a.rename(&absent, &name("mine")).await.unwrap_err(),
                it.a.reseal(&absent).await.map(|_| ()).unwrap_err(),
            ] {
                assert_eq!(
                    format!("{error:?} {error}"),
                    "NotFound there is no such file"
                );
            }
            it.a.delete(&absent).await.unwrap();
        }
        assert_eq!(read(&it.b, "theirs").await.unwrap(), b"of B");
    }
}

#[tokio::test]
async fn files_are_created_replaced_copied_and_renamed_within_the_tenant() {
    for place in places() {
        let files = TenantFiles::new(place.bucket.clone());
        let (a, b) = (files.scope(&1).unwrap(), files.scope(&2).unwrap());
        b.put(&name("x"), "of B").await.unwrap();
        a.create(&name("x"), "1").await.unwrap();
        assert!(matches!(
            a.create(&name("x"), "2").await,
            Err(FileError::AlreadyExists)
        ));
        a.put(&name("x"), "3").await.unwrap();
        a.copy(&name("x"), &name("d/y")).await.unwrap();
        a.rename(&name("x"), &name("z")).await.unwrap();
        a.copy(&name("z"), &name("z")).await.unwrap();
        a.rename(&name("z"), &name("z")).await.unwrap();
        assert_eq!(names(&a).await, ["d/y", "z"]);
        assert_eq!(read(&a, "z").await.unwrap(), b"3");
        assert_eq!(a.info(&name("d/y")).await.unwrap().bytes, 1);
        assert_eq!(names(&b).await, ["x"]);
        assert_eq!(read(&b, "x").await.unwrap(), b"of B");
    }
}

#[tokio::test]
async fn one_bucket_for_two_tenants_by_mistake_mixes_up_nothing() {
    let one = Bucket::from(Arc::new(InMemory::new()));
    let files = TenantFiles::per_tenant(move |tenant| match tenant.as_str() {
        "3" => Ok(None),
        "4" => Err("the table of buckets is gone".into()),
        _ => Ok(Some(one.clone())),
    });
    let (a, b) = (files.scope(&1).unwrap(), files.scope(&2).unwrap());
    a.put(&name("x"), "of A").await.unwrap();
    b.put(&name("x"), "of B").await.unwrap();
    assert_eq!(read(&a, "x").await.unwrap(), b"of A");
    assert_eq!(files.erase(&tenant("1")).await.unwrap().items, 1);
    assert_eq!(read(&b, "x").await.unwrap(), b"of B");

    assert!(matches!(files.scope(&3), Err(FileError::NoBucket)));
    assert_eq!(files.count(&tenant("3")).await.unwrap().items, 0);
    assert_eq!(files.erase(&tenant("3")).await.unwrap().items, 0);
    assert!(matches!(files.scope(&4), Err(FileError::Bucket(_))));
    assert!(files.count(&tenant("4")).await.is_err());
    assert!(files.erase(&tenant("4")).await.is_err());
}

#[tokio::test]
async fn ids_that_no_tenant_has_open_no_scope() {
    let files = TenantFiles::new(Arc::new(InMemory::new()));
    assert!(matches!(files.scope(&0), Err(FileError::Tenant(_))));
    for id in ["", "..", " ", "a/b"] {
        assert!(
            matches!(files.scope(&id.to_owned()), Err(FileError::Tenant(_))),
            "{id:?}"
        );
    }
}

#[tokio::test]
async fn what_is_printed_shows_no_tenant_and_no_store() {
    let place = crate::support::in_memory();
    let files = TenantFiles::new(place.bucket.clone());
    let scope = files.scope(&"secret-tenant".to_owned()).unwrap();
    scope.put(&name("x"), "of A").await.unwrap();
    let upload = scope.upload(&name("x")).await.unwrap();
    let contents = scope.get(&name("x")).await.unwrap();
    let printed = format!(
        "{files:?} {:?} {scope:?} {upload:?} {contents:?}",
        place.bucket
    );
    assert!(
        !printed.contains("secret-tenant") && !printed.contains("InMemory"),
        "{printed}"
    );
}
