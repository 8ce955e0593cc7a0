//! A server that is away, and callers that are.

use std::time::Duration;

use futures_util::poll;
use tenancy_core::cache::{
    CacheError, CacheStore, RedisStore, ScopedCache, TenantCache, Unavailable,
};
use tenancy_core::erasure::Target;
use tenancy_tests::redis::Redis;

use crate::suite::{PRICES, bytes, cache, loaded, options, tenant};
use crate::support::store;

async fn until_it_answers<S: CacheStore>(scope: &ScopedCache<S>) {
    while scope.delete("probe").await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_a_typed_error_and_comes_back() {
    let mut server = Redis::start(&[]);
    let cache = cache(store(&server).await);
    let id = tenant("a");
    let a = cache.scope(&id).unwrap();
    assert!(a.set("roof", "tiles").await.unwrap());
    server.stop();
    assert!(matches!(a.get("roof").await, Err(CacheError::Store(_))));
    assert!(matches!(a.clear().await, Err(CacheError::Store(_))));
    assert!(cache.count(&id).await.is_err());
    let shown = a.get("roof").await.unwrap_err().to_string();
    assert!(
        !shown.contains("roof") && !shown.contains("redis-"),
        "{shown}"
    );
    server.resume();
    until_it_answers(&a).await;
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert!(a.set("roof", "oak").await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), bytes("oak"));
}

#[tokio::test]
async fn a_server_that_is_away_is_a_miss_where_that_was_chosen() {
    let mut server = Redis::start(&[]);
    let options = options().when_unavailable(Unavailable::Miss);
    let cache = TenantCache::new(store(&server).await, PRICES, options);
    let a = cache.scope(&tenant("a")).unwrap();
    server.stop();
    let load = async || loaded("tiles");
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "tiles");
    assert!(a.delete("roof").await.is_err());
    assert!(cache.counters().failures >= 2);
}

#[tokio::test]
async fn nobody_at_the_address_is_an_error_of_connecting() {
    let mut server = Redis::start(&[]);
    let url = server.url();
    server.stop();
    assert!(RedisStore::connect(&url).await.is_err());
}

/// All callers share a connection, whose answers come in the order of the questions. Those of a caller that was
/// dropped must not be taken for the next one's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_are_dropped_leave_no_answer_for_another_tenant() {
    let server = Redis::start(&[]);
    let cache = cache(store(&server).await);
    let tenants = ["a", "b", "c", "d"];
    for id in tenants {
        let scope = cache.scope(&tenant(id)).unwrap();
        assert!(scope.set("who", id).await.unwrap());
    }
    let tasks = (0..16).map(|number: usize| {
        let id = tenants[number % tenants.len()];
        let scope = cache.scope(&tenant(id)).unwrap();
        tokio::spawn(async move {
            for round in 0..300_usize {
                // Dropped after so many polls.
                let mut cut_off = Box::pin(scope.get("who"));
                for _ in 0..round % 3 {
                    if poll!(&mut cut_off).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                drop(cut_off);
                let value = scope.get("who").await.unwrap();
                assert_eq!(value.as_deref(), Some(id.as_bytes()));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(cache.counters().refused, 0);
}

/// The same with writes and clearings, and a short life.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_of_several_tenants_see_their_own_values_alone() {
    let server = Redis::start(&[]);
    let cache = cache(store(&server).await);
    let tasks = (0..8).map(|number: usize| {
        let id = ["a", "b"][number % 2];
        let scope = cache.scope(&tenant(id)).unwrap();
        let scope = scope.with_ttl(Duration::from_millis(5)).unwrap();
        tokio::spawn(async move {
            for round in 0..200_usize {
                let key = ["roof", "door", "gate"][round % 3];
                let load = || async {
                    tokio::task::yield_now().await;
                    loaded(id)
                };
                let value = scope.get_or_load(key, load).await.unwrap();
                assert_eq!(value, id);
                match round % 11 {
                    3 => scope.clear().await.unwrap(),
                    5 => scope.delete(key).await.unwrap(),
                    7 => drop(scope.set(key, id).await.unwrap()),
                    _ => (),
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
