use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tenancy_core::cache::{Bytes, CacheError, CacheStore};
use tokio::sync::{Barrier, Notify, oneshot};

use super::{bytes, cache, loaded, options, tenant, two};

pub async fn of_many_callers_one_loads<S: CacheStore>(store: S) {
    const CALLERS: usize = 50;
    let cache = cache(store);
    let a = cache.scope(&tenant("a")).unwrap();
    let open = Arc::new(Notify::new());
    let calls: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (a, open) = (a.clone(), Arc::clone(&open));
            tokio::spawn(async move {
                a.get_or_load("roof", || async move {
                    open.notified().await;
                    loaded("tiles")
                })
                .await
            })
        })
        .collect();
    while cache.counters().misses < CALLERS as u64 {
        tokio::task::yield_now().await;
    }
    open.notify_one();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "tiles");
    }
    let counters = cache.counters();
    // A caller that looked before and boards after the end finds the flight gone, and loads. It waits for
    // nobody, since the door stays closed but for the first.
    assert_eq!(counters.loads + counters.joined, CALLERS as u64);
    assert_eq!(counters.loads, 1);
}

pub async fn callers_of_two_tenants_do_not_share_a_load<S: CacheStore>(store: S) {
    let cache = cache(store);
    let both = Barrier::new(2);
    let of = async |id: &'static str| {
        let scope = cache.scope(&tenant(id)).unwrap();
        let load = async || {
            // Both are inside at once, or nobody ever leaves.
            both.wait().await;
            loaded(id)
        };
        scope.get_or_load("roof", load).await.unwrap()
    };
    let (a, b) = tokio::join!(of("a"), of("b"));
    assert_eq!((&a[..], &b[..]), (&b"a"[..], &b"b"[..]));
    assert_eq!(cache.counters().loads, 2);
}

pub async fn an_error_is_shared_and_not_kept<S: CacheStore>(store: S) {
    let cache = cache(store);
    let a = cache.scope(&tenant("a")).unwrap();
    let runs = AtomicU32::new(0);
    let call = async || {
        let load = async || {
            runs.fetch_add(1, Ordering::Relaxed);
            while cache.counters().misses < 2 {
                tokio::task::yield_now().await;
            }
            // The other one is on board before this ends: it looked, and boards without waiting.
            tokio::task::yield_now().await;
            Err::<Bytes, _>(io::Error::other("the database is away"))
        };
        a.get_or_load("roof", load).await
    };
    let (first, second) = tokio::join!(call(), call());
    for outcome in [first, second] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, CacheError::Load(_)));
        let cause = error.load_error::<io::Error>().unwrap();
        assert_eq!(cause.to_string(), "the database is away");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    let load = async || loaded("tiles");
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "tiles");
}

pub async fn a_loader_that_is_dropped_is_followed_by_another<S: CacheStore>(store: S) {
    let cache = cache(store);
    let a = cache.scope(&tenant("a")).unwrap();
    let (started, begun) = oneshot::channel();
    let first = tokio::spawn({
        let a = a.clone();
        async move {
            a.get_or_load("roof", || async move {
                started.send(()).unwrap();
                std::future::pending::<()>().await;
                loaded("never")
            })
            .await
        }
    });
    begun.await.unwrap();
    let second = tokio::spawn({
        let a = a.clone();
        async move { a.get_or_load("roof", async || loaded("tiles")).await }
    });
    while cache.counters().misses < 2 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert_eq!(second.await.unwrap().unwrap(), "tiles");
    assert_eq!(a.get("roof").await.unwrap(), bytes("tiles"));
}

pub async fn whoever_comes_after_a_removal_does_not_share_the_load_from_before<S: CacheStore>(
    store: S,
) {
    let (a, _) = two(store);
    let removals: [bool; 2] = [false, true];
    for all in removals {
        let old = a.get_or_load("roof", async || {
            // The row is changed, and what the cache has of it removed. Whoever asks now must see it.
            if all {
                a.clear().await.unwrap();
            } else {
                a.delete("roof").await.unwrap();
            }
            let new = a.get_or_load("roof", async || loaded("new")).await;
            assert_eq!(new.unwrap(), "new");
            loaded("old")
        });
        assert_eq!(old.await.unwrap(), "old");
        assert_eq!(a.get("roof").await.unwrap(), bytes("new"));
        a.delete("roof").await.unwrap();
    }
}

pub async fn a_value_that_is_not_kept_is_still_given_out<S: CacheStore>(store: S) {
    let small = options().max_value_bytes(4);
    let cache = tenancy_core::cache::TenantCache::new(store, super::PRICES, small);
    let a = cache.scope(&tenant("a")).unwrap();
    for _ in 0..2 {
        let value = a.get_or_load("roof", async || loaded("12345")).await;
        assert_eq!(value.unwrap(), "12345");
    }
    assert_eq!(cache.counters().loads, 2);
    assert_eq!(cache.counters().not_kept, 2);
}
