use tenancy_core::cache::{CacheStore, Lookup};
use tenancy_core::erasure::Target;

use super::{bytes, cache, loaded, tenant, two};

pub async fn clearing_a_tenant_keeps_the_others<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    for key in ["roof", "door"] {
        assert!(a.set(key, "of a").await.unwrap());
        assert!(b.set(key, "of b").await.unwrap());
    }
    a.clear().await.unwrap();
    for key in ["roof", "door"] {
        assert_eq!(a.get(key).await.unwrap(), None);
        assert_eq!(b.get(key).await.unwrap(), bytes("of b"));
    }
    // And the tenant goes on.
    assert!(a.set("roof", "new").await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), bytes("new"));
}

pub async fn a_removed_key_is_gone_and_the_others_stay<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    for key in ["roof", "door"] {
        assert!(a.set(key, "of a").await.unwrap());
        assert!(b.set(key, "of b").await.unwrap());
    }
    a.delete("roof").await.unwrap();
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert_eq!(a.get("door").await.unwrap(), bytes("of a"));
    assert_eq!(b.get("roof").await.unwrap(), bytes("of b"));
    let again = a.get_or_load("roof", async || loaded("again")).await;
    assert_eq!(again.unwrap(), "again");
    assert_eq!(a.get("roof").await.unwrap(), bytes("again"));
}

pub async fn a_load_that_began_before_a_clear_is_not_kept<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    let old = a.get_or_load("roof", async || {
        a.clear().await.unwrap();
        loaded("old")
    });
    assert_eq!(old.await.unwrap(), "old");
    assert_eq!(a.get("roof").await.unwrap(), None);

    // The control: somebody else's clearing does not matter.
    let new = a.get_or_load("roof", async || {
        b.clear().await.unwrap();
        loaded("new")
    });
    assert_eq!(new.await.unwrap(), "new");
    assert_eq!(a.get("roof").await.unwrap(), bytes("new"));
}

pub async fn a_load_that_began_before_a_removal_is_not_kept<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    let old = a.get_or_load("roof", async || {
        a.delete("roof").await.unwrap();
        loaded("old")
    });
    assert_eq!(old.await.unwrap(), "old");
    assert_eq!(a.get("roof").await.unwrap(), None);

    // Also if there was something meanwhile, that is, of three the first one comes last.
    let old = a.get_or_load("roof", async || {
        a.set("roof", "between").await.unwrap();
        a.delete("roof").await.unwrap();
        loaded("old")
    });
    assert_eq!(old.await.unwrap(), "old");
    assert_eq!(a.get("roof").await.unwrap(), None);

    // The control: somebody else's removal does not matter.
    let new = a.get_or_load("roof", async || {
        b.delete("roof").await.unwrap();
        loaded("new")
    });
    assert_eq!(new.await.unwrap(), "new");
    assert_eq!(a.get("roof").await.unwrap(), bytes("new"));
}

pub async fn a_load_that_began_before_a_write_does_not_replace_it<S: CacheStore>(store: S) {
    let (a, _) = two(store);
    let old = a.get_or_load("roof", async || {
        a.set("roof", "new").await.unwrap();
        loaded("old")
    });
    assert_eq!(old.await.unwrap(), "old");
    assert_eq!(a.get("roof").await.unwrap(), bytes("new"));
}

pub async fn a_vacancy_from_before_a_clear_fills_nothing<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    let Lookup::Miss(vacancy) = a.lookup("roof").await.unwrap() else {
        panic!("nothing is there yet");
    };
    let Lookup::Miss(other) = b.lookup("roof").await.unwrap() else {
        panic!("nothing is there yet");
    };
    a.clear().await.unwrap();
    assert!(!vacancy.fill("old").await.unwrap());
    assert!(other.fill("of b").await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), None);
    let Lookup::Hit(value) = b.lookup("roof").await.unwrap() else {
        panic!("it was filled");
    };
    assert_eq!(value, "of b");
}

/// The control of the claims about loads.
pub async fn a_write_after_a_stale_read_is_kept_which_is_why_there_are_vacancies<S: CacheStore>(
    store: S,
) {
    let (a, _) = two(store);
    let read_before = "old";
    a.clear().await.unwrap();
    assert!(a.set("roof", read_before).await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), bytes("old"));
}

pub async fn an_erasure_counts_and_removes_one_tenant<S: CacheStore>(store: S) {
    let cache = cache(store);
    let (a, b) = (tenant("a*"), tenant("a*b"));
    let of_a = cache.scope(&a).unwrap();
    let of_b = cache.scope(&b).unwrap();
    assert_eq!(cache.count(&a).await.unwrap().items, 0);
    assert_eq!(cache.erase(&a).await.unwrap().items, 0);
    for number in 0..30 {
        assert!(of_a.set(number.to_string(), "of a").await.unwrap());
        assert!(of_b.set(number.to_string(), "of b").await.unwrap());
    }
    assert_eq!(cache.name(), "cache shop.prices");
    assert_eq!(cache.count(&a).await.unwrap().items, 30);
    assert_eq!(cache.erase(&a).await.unwrap().items, 30);
    assert_eq!(cache.count(&a).await.unwrap().items, 0);
    assert_eq!(cache.erase(&a).await.unwrap().items, 0);
    assert_eq!(cache.count(&b).await.unwrap().items, 30);
    assert_eq!(of_a.get("7").await.unwrap(), None);
    assert_eq!(of_b.get("7").await.unwrap(), bytes("of b"));
    assert!(!cache.copies().is_empty());

    // What was being loaded meanwhile does not come back.
    let late = of_a.get_or_load("late", async || {
        cache.erase(&a).await.unwrap();
        loaded("old")
    });
    assert_eq!(late.await.unwrap(), "old");
    assert_eq!(cache.count(&a).await.unwrap().items, 0);
}
