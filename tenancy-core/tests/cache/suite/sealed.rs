use tenancy_core::cache::{CacheError, CacheStore, SealedTenantCache};
use tenancy_core::encryption::{
    DerivedKeys, EncryptionError, FixedKey, Keyring, Label, MemoryKeyStore, RootId, RootKey,
    TenantKeys,
};
use tenancy_core::erasure::Target;

use super::{PRICES, bytes, cache, options, tenant};

pub const LABEL: Label = Label::literal("cache.prices");

/// The keys of tenants under one root.
pub fn keys_of(id: &str) -> TenantKeys {
    use std::sync::OnceLock;
    static KEYS: OnceLock<DerivedKeys> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        DerivedKeys::new_blocking("tests of caches", RootKey::generate().unwrap()).unwrap()
    });
    keys.tenant(&tenant(id)).unwrap()
}

pub async fn values_are_sealed_for_their_tenant<S: CacheStore>(store: S) {
    let cache = SealedTenantCache::new(store, PRICES, options(), LABEL);
    let a = cache.scope(&keys_of("a")).unwrap();
    let b = cache.scope(&keys_of("b")).unwrap();
    assert!(a.set("roof", "of a").await.unwrap());
    assert_eq!(b.get("roof").await.unwrap(), None);
    let load = async || super::loaded("of b");
    assert_eq!(b.get_or_load("roof", load).await.unwrap(), "of b");
    assert_eq!(a.get("roof").await.unwrap(), bytes("of a"));
    a.clear().await.unwrap();
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert_eq!(b.get("roof").await.unwrap(), bytes("of b"));
    assert_eq!(cache.counters().refused, 0);
}

pub async fn what_is_not_sealed_is_refused_by_a_sealed_cache_and_the_reverse<
    S: CacheStore + Clone,
>(
    store: S,
) {
    let plain = cache(store.clone());
    let sealed = SealedTenantCache::new(store, PRICES, options(), LABEL);
    let in_plain = plain.scope(&tenant("a")).unwrap();
    let in_sealed = sealed.scope(&keys_of("a")).unwrap();
    assert!(in_plain.set("roof", "forged").await.unwrap());
    assert_eq!(in_sealed.get("roof").await.unwrap(), None);
    assert_eq!(sealed.counters().refused, 1);

    assert!(in_sealed.set("roof", "s3cret").await.unwrap());
    assert_eq!(in_plain.get("roof").await.unwrap(), None);
    assert_eq!(plain.counters().refused, 1);
}

pub async fn entries_under_another_label_are_refused<S: CacheStore + Clone>(store: S) {
    let sealed = SealedTenantCache::new(store.clone(), PRICES, options(), LABEL);
    let other = Label::literal("cache.other");
    let relabelled = SealedTenantCache::new(store, PRICES, options(), other);
    let keys = keys_of("a");
    assert!(sealed.scope(&keys).unwrap().set("k", "v").await.unwrap());
    let read = relabelled.scope(&keys).unwrap().get("k").await;
    assert_eq!(read.unwrap(), None);
    assert_eq!(relabelled.counters().refused, 1);
}

pub async fn a_tenant_whose_keys_are_destroyed_has_no_cache_and_can_be_erased<S: CacheStore>(
    store: S,
) {
    let root = FixedKey::new(RootId::literal("2026-01"), RootKey::generate().unwrap());
    let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
    let cache = SealedTenantCache::new(store, PRICES, options(), LABEL);
    let id = tenant("a");
    let keys = keyring.create_tenant(&id).await.unwrap();
    let a = cache.scope(&keys).unwrap();
    assert!(a.set("roof", "of a").await.unwrap());
    keyring.shred(&id).await.unwrap();
    let shredded = EncryptionError::TenantShredded;
    assert!(matches!(a.get("roof").await, Err(CacheError::Encryption(e)) if e == shredded));
    let load = async || super::loaded("never");
    let loaded = a.get_or_load("roof", load).await;
    assert!(matches!(loaded, Err(CacheError::Encryption(e)) if e == shredded));
    assert!(matches!(cache.scope(&keys), Err(CacheError::Encryption(_))));
    assert_eq!(cache.erase(&id).await.unwrap().items, 1);
    assert_eq!(cache.count(&id).await.unwrap().items, 0);
}
