//! Somebody who reads and writes in Redis.

use std::time::Duration;

use tenancy_core::cache::{
    CacheName, CacheOptions, RedisStore, ScopedCache, SealedTenantCache, TenantCache,
};
use tenancy_tests::redis::Redis;

use crate::suite::sealed::{LABEL, keys_of};
use crate::suite::{PRICES, bytes, cache, options, tenant};
use crate::support::{Raw, store};

const OF_A: &str = "shop.prices:{a}:d:roof";
const OF_B: &str = "shop.prices:{b}:d:roof";
const GENERATION_OF_A: &str = "shop.prices:{a}:g";
const GENERATION_OF_B: &str = "shop.prices:{b}:g";

struct Place {
    server: Redis,
    raw: Raw,
}

impl Place {
    async fn new() -> Self {
        let server = Redis::start(&[]);
        let raw = Raw::new(&server.url()).await;
        Place { server, raw }
    }

    async fn plain(&self) -> TenantCache<RedisStore> {
        cache(store(&self.server).await)
    }

    async fn sealed(&self) -> SealedTenantCache<RedisStore> {
        SealedTenantCache::new(store(&self.server).await, PRICES, options(), LABEL)
    }

    /// B's entry at A's address, made to belong there as far as bytes can.
    async fn forge(&mut self) {
        let stolen = self.raw.get(OF_B).await;
        let generation = self.raw.get(GENERATION_OF_A).await;
        let mut forged = [&generation[..], &stolen[16..]].concat();
        // The address that the entry names, if it names one in plain text.
        let name = OF_B.as_bytes();
        if let Some(at) = forged.windows(name.len()).position(|w| w == name) {
            forged[at..at + name.len()].copy_from_slice(OF_A.as_bytes());
        }
        self.raw.set(OF_A, &forged).await;
    }
}

async fn fill_both(a: &ScopedCache<RedisStore>, b: &ScopedCache<RedisStore>) {
    assert!(a.set("roof", "of a").await.unwrap());
    assert!(b.set("roof", "of b").await.unwrap());
}

#[tokio::test]
async fn an_entry_that_is_copied_to_another_tenant_is_refused() {
    let mut place = Place::new().await;
    let cache = place.plain().await;
    let (a, b) = (
        cache.scope(&tenant("a")).unwrap(),
        cache.scope(&tenant("b")).unwrap(),
    );
    fill_both(&a, &b).await;
    // As it is: it has B's generation.
    let stolen = place.raw.get(OF_B).await;
    place.raw.set(OF_A, &stolen).await;
    assert_eq!(a.get("roof").await.unwrap(), None);
    // With A's generation, which `COPY` of both keys makes as well.
    let generation = place.raw.get(GENERATION_OF_B).await;
    place.raw.set(GENERATION_OF_A, &generation).await;
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert_eq!(cache.counters().refused, 1);
}

#[tokio::test]
async fn a_forged_entry_is_refused_by_a_sealed_cache() {
    let mut place = Place::new().await;
    let cache = place.sealed().await;
    let (a, b) = (
        cache.scope(&keys_of("a")).unwrap(),
        cache.scope(&keys_of("b")).unwrap(),
    );
    fill_both(&a, &b).await;
    place.forge().await;
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert_eq!(cache.counters().refused, 1);
    let load = async || crate::suite::loaded("of a");
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "of a");
    assert_eq!(b.get("roof").await.unwrap(), bytes("of b"));
}

/// The control: without seals, whoever writes to Redis decides what a tenant sees.
#[tokio::test]
async fn a_forged_entry_leaks_where_values_are_not_sealed() {
    let mut place = Place::new().await;
    let cache = place.plain().await;
    let (a, b) = (
        cache.scope(&tenant("a")).unwrap(),
        cache.scope(&tenant("b")).unwrap(),
    );
    fill_both(&a, &b).await;
    place.forge().await;
    assert_eq!(a.get("roof").await.unwrap(), bytes("of b"));
}

#[tokio::test]
async fn a_sealed_entry_does_not_move_between_keys_generations_and_caches() {
    let mut place = Place::new().await;
    let cache = place.sealed().await;
    let a = cache.scope(&keys_of("a")).unwrap();
    assert!(a.set("roof", "tiles").await.unwrap());
    assert!(a.set("door", "oak").await.unwrap());
    let roof = place.raw.get(OF_A).await;

    place.raw.set("shop.prices:{a}:d:door", &roof).await;
    assert_eq!(a.get("door").await.unwrap(), None);

    let name = CacheName::literal("shop.stocks");
    let stocks = SealedTenantCache::new(store(&place.server).await, name, options(), LABEL);
    let in_stocks = stocks.scope(&keys_of("a")).unwrap();
    let generation = place.raw.get(GENERATION_OF_A).await;
    place.raw.set("shop.stocks:{a}:g", &generation).await;
    place.raw.set("shop.stocks:{a}:d:roof", &roof).await;
    assert_eq!(in_stocks.get("roof").await.unwrap(), None);

    a.clear().await.unwrap();
    assert_eq!(a.get("roof").await.unwrap(), None);
    let newer = place.raw.get(GENERATION_OF_A).await;
    let forged = [&newer[..], &roof[16..]].concat();
    place.raw.set(OF_A, &forged).await;
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert_eq!(cache.counters().refused + stocks.counters().refused, 3);

    // The limit: whoever brings back the generation as well, brings back the entry, until its time is over.
    place.raw.set(GENERATION_OF_A, &generation).await;
    place.raw.set(OF_A, &roof).await;
    assert_eq!(a.get("roof").await.unwrap(), bytes("tiles"));
}

#[tokio::test]
async fn a_sealed_entry_ends_with_its_time_whatever_the_server_is_told() {
    let mut place = Place::new().await;
    let short = CacheOptions::new(Duration::from_millis(200)).unwrap();
    let cache = SealedTenantCache::new(store(&place.server).await, PRICES, short, LABEL);
    let a = cache.scope(&keys_of("a")).unwrap();
    assert!(a.set("roof", "tiles").await.unwrap());
    for key in [OF_A, GENERATION_OF_A] {
        place.raw.run::<()>(redis::cmd("PERSIST").arg(key)).await;
    }
    while a.get("roof").await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    assert!(!place.raw.get(OF_A).await.is_empty(), "the entry is there");
    assert_eq!(cache.counters().refused, 1);
}

#[tokio::test]
async fn no_value_is_readable_in_the_server_where_they_are_sealed() {
    let mut place = Place::new().await;
    let sealed = place.sealed().await.scope(&keys_of("a")).unwrap();
    assert!(sealed.set("roof", "s3cret").await.unwrap());
    let held = place.raw.get(OF_A).await;
    assert!(!held.windows(6).any(|w| w == b"s3cret"));

    // The control.
    let plain = place.plain().await.scope(&tenant("a")).unwrap();
    assert!(plain.set("roof", "s3cret").await.unwrap());
    let held = place.raw.get(OF_A).await;
    assert!(held.windows(6).any(|w| w == b"s3cret"));
}

#[tokio::test]
async fn damaged_entries_and_generations_are_misses_that_mend_themselves() {
    let mut place = Place::new().await;
    let (plain, sealed) = (place.plain().await, place.sealed().await);
    for (scope, damaged) in [
        (plain.scope(&tenant("a")).unwrap(), 0..40_usize),
        (sealed.scope(&keys_of("a")).unwrap(), 0..120),
    ] {
        assert!(scope.set("roof", "tiles").await.unwrap());
        let whole = place.raw.get(OF_A).await;
        for length in damaged {
            let mut entry = whole[..length.min(whole.len() - 1)].to_vec();
            place.raw.set(OF_A, &entry).await;
            assert_eq!(scope.get("roof").await.unwrap(), None, "{length}");
            entry = whole.clone();
            // The number of an entry is nobody's business.
            if length < whole.len() && !(16..32).contains(&length) {
                entry[length] ^= 1;
                place.raw.set(OF_A, &entry).await;
                assert_eq!(scope.get("roof").await.unwrap(), None, "{length}");
            }
        }
        let load = async || crate::suite::loaded("mended");
        assert_eq!(scope.get_or_load("roof", load).await.unwrap(), "mended");
        assert_eq!(scope.get("roof").await.unwrap(), bytes("mended"));

        for generation in [&b""[..], b"short", &[7; 17]] {
            place.raw.set(GENERATION_OF_A, generation).await;
            assert_eq!(scope.get("roof").await.unwrap(), None);
            let load = async || crate::suite::loaded("mended");
            assert_eq!(scope.get_or_load("roof", load).await.unwrap(), "mended");
            assert_eq!(scope.get("roof").await.unwrap(), bytes("mended"));
        }
    }
}
