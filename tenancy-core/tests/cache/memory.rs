//! What is of the store in this process alone.

use std::time::Duration;

use tenancy_core::cache::{CacheOptions, CacheStore, MemoryStore, TenantCache};
use tenancy_core::erasure::Target;

use crate::suite::{PRICES, bytes, cache, tenant};

const VALUE: [u8; 1000] = [7; 1000];

#[tokio::test]
async fn a_tenant_with_many_entries_evicts_nobody_elses() {
    // The control: with the whole store as its share, it does.
    let survivors = async |share: u64| {
        let store = MemoryStore::builder(64_000).tenant_share(share).build();
        let cache = cache(store.clone());
        let (a, b) = (tenant("a"), tenant("b"));
        let of_b = cache.scope(&b).unwrap();
        for number in 0..5 {
            assert!(of_b.set(number.to_string(), VALUE).await.unwrap());
        }
        let of_a = cache.scope(&a).unwrap();
        for number in 0..1000 {
            let key = number.to_string();
            // Asked for often, so that the store takes them for the more useful ones.
            for _ in 0..5 {
                let load = async || Ok::<_, std::io::Error>(VALUE.to_vec());
                of_a.get_or_load(&key, load).await.unwrap();
            }
        }
        store.run_pending_tasks();
        let held = cache.count(&a).await.unwrap();
        assert!(held.bytes.unwrap() <= share.min(64_000));
        cache.count(&b).await.unwrap().items
    };
    assert_eq!(survivors(32_000).await, 5);
    assert!(survivors(64_000).await < 5);
}

#[tokio::test]
async fn a_full_share_refuses_a_write_and_does_not_show_what_it_would_have_replaced() {
    let store = MemoryStore::builder(1 << 20).tenant_share(3_000).build();
    let cache = cache(store);
    let a = cache.scope(&tenant("a")).unwrap();
    assert!(a.set("roof", VALUE).await.unwrap());
    assert!(a.set("door", VALUE).await.unwrap());
    assert!(!a.set("roof", [8; 2000]).await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), None);
    // What is gone makes room.
    assert!(a.set("roof", VALUE).await.unwrap());
}

#[tokio::test]
async fn entries_end_with_their_time_and_make_room() {
    let store = MemoryStore::builder(1 << 20).tenant_share(3_000).build();
    let options = CacheOptions::new(Duration::from_millis(1)).unwrap();
    let cache = TenantCache::new(store.clone(), PRICES, options);
    let a = cache.scope(&tenant("a")).unwrap();
    let long = a.clone().with_ttl(Duration::from_secs(3600)).unwrap();
    assert!(long.set("door", VALUE).await.unwrap());
    assert!(a.set("roof", VALUE).await.unwrap());
    while a.get("roof").await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    // It is gone at once, and counts a little longer.
    while cache.count(&tenant("a")).await.unwrap().items > 1 {
        store.run_pending_tasks();
    }
    assert!(
        long.set("gate", VALUE).await.unwrap(),
        "there is room again"
    );
    assert!(a.get("door").await.unwrap().is_some());
    assert!(a.clone().with_ttl(Duration::ZERO).is_err());
}

#[tokio::test]
async fn a_clear_and_an_erasure_leave_nothing_in_memory() {
    let store = MemoryStore::new(64 << 20);
    let cache = cache(store);
    let (a, b) = (tenant("a"), tenant("b"));
    let (of_a, of_b) = (cache.scope(&a).unwrap(), cache.scope(&b).unwrap());
    for number in 0..500 {
        assert!(of_a.set(number.to_string(), "of a").await.unwrap());
    }
    assert!(of_b.set("0", "of b").await.unwrap());
    of_a.clear().await.unwrap();
    assert_eq!(cache.count(&a).await.unwrap().items, 0);
    assert_eq!(cache.count(&b).await.unwrap().items, 1);
    assert_eq!(of_b.get("0").await.unwrap(), bytes("of b"));
}

#[tokio::test]
async fn tenants_that_have_nothing_are_forgotten_and_their_tickets_with_them() {
    let store = MemoryStore::new(64 << 20);
    let cache = cache(store.clone());
    let kept = cache.scope(&tenant("kept")).unwrap();
    assert!(kept.set("roof", "tiles").await.unwrap());
    let asked = crate::frames::asked(&tenant("idle"), b"roof").await;
    let before = store.look(&asked).await.unwrap().ticket;
    for number in 0..3000 {
        let visitor = cache.scope(&tenant(&format!("visitor {number}"))).unwrap();
        assert_eq!(visitor.get("roof").await.unwrap(), None);
    }
    let after = store.look(&asked).await.unwrap().ticket;
    assert_ne!(before.generation(), after.generation());
    let ttl = Duration::from_secs(1);
    assert!(
        !store
            .fill(&asked, &before, "old".into(), ttl)
            .await
            .unwrap()
    );
    assert!(store.fill(&asked, &after, "new".into(), ttl).await.unwrap());
    assert_eq!(kept.get("roof").await.unwrap(), bytes("tiles"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn loads_writes_and_removals_at_once_never_bring_back_what_was_removed() {
    // Each writer writes numbers that grow, and removes them; a reader never sees one that was removed before
    // it began to read.
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    let cache = cache(MemoryStore::new(64 << 20));
    let tasks: Vec<_> = (0..4)
        .map(|number: u64| {
            let scope = cache
                .scope(&tenant(&format!("tenant {}", number % 2)))
                .unwrap();
            let key = format!("key {number}");
            let row = Arc::new(AtomicU64::new(0));
            let (loader, its_row, its_key) = (scope.clone(), Arc::clone(&row), key.clone());
            let reader = tokio::spawn(async move {
                for _ in 0..3000 {
                    let at_least = its_row.load(Ordering::SeqCst);
                    let load = async || {
                        let value = its_row.load(Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        Ok::<_, std::io::Error>(value.to_be_bytes().to_vec())
                    };
                    let value = loader.get_or_load(&its_key, load).await.unwrap();
                    let value = u64::from_be_bytes(value[..].try_into().unwrap());
                    // One change may be committed and not yet removed from the cache.
                    assert!(
                        value + 1 >= at_least,
                        "{value} was removed before {at_least}"
                    );
                    tokio::task::yield_now().await;
                }
            });
            let writer = tokio::spawn(async move {
                for version in 1..3000_u64 {
                    row.store(version, Ordering::SeqCst);
                    if version % 7 == 0 {
                        scope.clear().await.unwrap();
                    } else {
                        scope.delete(&key).await.unwrap();
                    }
                    tokio::task::yield_now().await;
                }
            });
            (reader, writer)
        })
        .collect();
    for (reader, writer) in tasks {
        reader.await.unwrap();
        writer.await.unwrap();
    }
}
