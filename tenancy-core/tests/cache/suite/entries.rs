use tenancy_core::InvalidTenantId;
use tenancy_core::cache::{CacheError, CacheName, CacheStore, MAX_KEY_BYTES, TenantCache};

use super::{bytes, cache, options, tenant, two};

pub async fn the_same_key_of_two_tenants_is_two_entries<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    assert!(a.set("roof", "of a").await.unwrap());
    assert_eq!(b.get("roof").await.unwrap(), None);
    assert!(b.set("roof", "of b").await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), bytes("of a"));
    assert_eq!(b.get("roof").await.unwrap(), bytes("of b"));
}

pub async fn keys_of_any_bytes_are_entries_of_their_own<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    let long = [b'*'; MAX_KEY_BYTES];
    let keys: [&[u8]; 16] = [
        b"",
        b"\0",
        b"\0\0",
        b":",
        b"d:",
        b"g",
        b"{",
        b"}",
        b"{a}",
        b"*",
        b"?",
        b"[a-z]",
        b"\\*",
        b"\r\n",
        b"\xff\xfe",
        &long,
    ];
    for (number, key) in keys.iter().enumerate() {
        assert!(a.set(key, number.to_string()).await.unwrap());
    }
    for (number, key) in keys.iter().enumerate() {
        let value = a.get(key).await.unwrap().unwrap();
        assert_eq!(value, number.to_string());
        assert_eq!(b.get(key).await.unwrap(), None);
    }
    a.delete("*").await.unwrap();
    assert_eq!(a.get("*").await.unwrap(), None);
    assert_eq!(a.get("?").await.unwrap(), bytes("10"));
}

pub async fn a_key_that_imitates_the_frame_reaches_nobody_else<S: CacheStore>(store: S) {
    let (a, b) = two(store);
    assert!(b.set("roof", "of b").await.unwrap());
    for key in [
        "shop.prices:{b}:d:roof",
        "}:d:roof",
        "b}:d:roof",
        "../{b}:d:roof",
        "\r\nGET shop.prices:{b}:d:roof\r\n",
    ] {
        assert_eq!(a.get(key).await.unwrap(), None);
        assert!(a.set(key, "of a").await.unwrap());
    }
    assert_eq!(b.get("roof").await.unwrap(), bytes("of b"));
}

pub async fn tenants_whose_ids_begin_or_imitate_one_another_are_apart<S: CacheStore>(store: S) {
    let cache = cache(store);
    let ids = [
        "a", "ab", "a*", "a?", "a}", "a}:d:", "{a", "{a}", "%61", "A", "a ", "[a]", "a:b", "ä", "*",
    ];
    let scopes = ids.map(|id| cache.scope(&tenant(id)).unwrap());
    for (id, scope) in ids.iter().zip(&scopes) {
        assert_eq!(scope.get("k").await.unwrap(), None, "{id}");
        assert!(scope.set("k", id).await.unwrap());
    }
    // Whose id is the beginning of others', and whose is a pattern for all of them.
    scopes[0].clear().await.unwrap();
    scopes[14].clear().await.unwrap();
    for (id, scope) in ids.iter().zip(&scopes).skip(1).take(13) {
        let value = scope.get("k").await.unwrap();
        assert_eq!(value.as_deref(), Some(id.as_bytes()));
    }
    assert_eq!(scopes[0].get("k").await.unwrap(), None);
    assert_eq!(scopes[14].get("k").await.unwrap(), None);
}

pub async fn two_caches_of_one_store_are_apart<S: CacheStore + Clone>(store: S) {
    let prices = cache(store.clone()).scope(&tenant("a")).unwrap();
    let name = CacheName::literal("shop.prices.2");
    let newer = TenantCache::new(store, name, options())
        .scope(&tenant("a"))
        .unwrap();
    assert!(prices.set("roof", "old form").await.unwrap());
    assert_eq!(newer.get("roof").await.unwrap(), None);
    newer.clear().await.unwrap();
    assert_eq!(prices.get("roof").await.unwrap(), bytes("old form"));
}

pub async fn what_is_too_large_is_refused_and_replaces_nothing_old<S: CacheStore>(store: S) {
    let small = options().max_value_bytes(4);
    let cache = TenantCache::new(store, super::PRICES, small);
    let a = cache.scope(&tenant("a")).unwrap();
    assert!(a.set("roof", "1234").await.unwrap());
    assert!(matches!(
        a.set("roof", "12345").await,
        Err(CacheError::ValueTooLarge { bytes: 5, max: 4 })
    ));
    assert_eq!(a.get("roof").await.unwrap(), None, "what was there is old");
    let long = [b'k'; MAX_KEY_BYTES + 1];
    assert!(matches!(
        a.get(long).await,
        Err(CacheError::KeyTooLong { .. })
    ));
}

pub async fn an_id_that_no_tenant_has_opens_no_scope<S: CacheStore>(store: S) {
    let cache = cache(store);
    assert!(matches!(
        cache.scope(&0),
        Err(CacheError::Tenant(InvalidTenantId::Zero))
    ));
    assert!(cache.scope(&String::new()).is_err());
}

pub async fn values_of_serde_types_are_kept_and_those_of_another_type_are_loaded_anew<
    S: CacheStore,
>(
    store: S,
) {
    let cache = cache(store);
    let a = cache.scope(&tenant("a")).unwrap();
    assert!(a.set_json("roof", &vec![1, 2]).await.unwrap());
    let kept: Option<Vec<i32>> = a.get_json("roof").await.unwrap();
    assert_eq!(kept, Some(vec![1, 2]));
    let other: Option<String> = a.get_json("roof").await.unwrap();
    assert_eq!(other, None);
    assert_eq!(cache.counters().refused, 1);

    let load = || async { Ok::<_, std::io::Error>("tiles".to_owned()) };
    let loaded: String = a.get_or_load_json("roof", load).await.unwrap();
    assert_eq!(loaded, "tiles");
    assert_eq!(a.get_json("roof").await.unwrap(), Some("tiles".to_owned()));
}
