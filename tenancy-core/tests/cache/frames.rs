//! The names of entries, as a store is given them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tenancy_core::CanonicalTenant;
use tenancy_core::cache::{
    Address, Bytes, CacheName, CacheStore, CacheStoreError, Found, Generation, Partition,
    TenantCache, Ticket,
};
use tenancy_core::erasure::Amount;

use crate::suite::{PRICES, options, tenant};

/// Writes down where it is asked to look.
#[derive(Debug, Clone, Default)]
struct Asked(Arc<Mutex<Vec<Address>>>);

impl CacheStore for Asked {
    async fn look(&self, address: &Address) -> Result<Found, CacheStoreError> {
        self.0.lock().unwrap().push(address.clone());
        Ok(Found {
            entry: None,
            ticket: Ticket::new([0; 16], &[], Instant::now()),
        })
    }

    async fn generation(&self, _: &Partition) -> Result<Generation, CacheStoreError> {
        Ok([0; 16])
    }

    async fn fill(
        &self,
        _: &Address,
        _: &Ticket,
        _: Bytes,
        _: Duration,
    ) -> Result<bool, CacheStoreError> {
        Ok(false)
    }

    async fn remove(&self, _: &Address) -> Result<(), CacheStoreError> {
        Ok(())
    }

    async fn clear(&self, _: &Partition) -> Result<(), CacheStoreError> {
        Ok(())
    }

    async fn count(&self, _: &Partition) -> Result<Amount, CacheStoreError> {
        Ok(Amount::items(0))
    }

    async fn erase(&self, _: &Partition) -> Result<Amount, CacheStoreError> {
        Ok(Amount::items(0))
    }

    fn copies(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The address of a key, which only a scope makes.
pub async fn asked(tenant: &CanonicalTenant, key: &[u8]) -> Address {
    asked_of(PRICES, tenant, key).await
}

async fn asked_of(name: CacheName, tenant: &CanonicalTenant, key: &[u8]) -> Address {
    let asked = Asked::default();
    let cache = TenantCache::new(asked.clone(), name, options());
    cache.scope(tenant).unwrap().get(key).await.unwrap();
    let asked = asked.0.lock().unwrap().pop();
    asked.unwrap()
}

fn address(name: &str, id: &str, key: &[u8]) -> Address {
    let name = CacheName::parse(name).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(asked_of(name, &tenant(id), key))
}

#[test]
fn the_form_of_a_name_is_frozen() {
    let framed = |id, key| address("shop.prices", id, key).framed();
    assert_eq!(framed("acme", b"roof"), b"shop.prices:{acme}:d:roof");
    assert_eq!(framed("a b*", b"\0*"), b"shop.prices:{a%20b%2A}:d:\0*");
    assert_eq!(framed("\u{e4}}", b""), b"shop.prices:{%C3%A4%7D}:d:");
    let partition = address("shop.prices", "acme", b"").partition().prefix();
    assert_eq!(partition, "shop.prices:{acme}:");
}

#[test]
fn nothing_shows_a_tenant_or_a_key() {
    let address = address("shop.prices", "acme", b"s3cret");
    let shown = format!("{address:?} {:?}", address.partition());
    assert!(!shown.contains("acme") && !shown.contains("s3cret"));
}

/// Names that are hard to keep apart.
fn awkward(
    characters: &'static str,
    length: std::ops::Range<usize>,
) -> impl Strategy<Value = String> {
    let characters: Vec<char> = characters.chars().collect();
    let one = prop::sample::select(characters);
    prop::collection::vec(one, length).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn different_addresses_have_different_names(
        names in [awkward("a.-", 1..4), awkward("a.-", 1..4)],
        ids in [awkward("a{}:d%3*", 1..6), awkward("a{}:d%3*", 1..6)],
        keys in [awkward("a{}:d\0", 0..5), awkward("a{}:d\0", 0..5)],
    ) {
        let of = |i: usize| address(&names[i], &ids[i], keys[i].as_bytes());
        let (first, second) = (of(0), of(1));
        let same = names[0] == names[1] && ids[0] == ids[1] && keys[0] == keys[1];
        prop_assert_eq!(first == second, same);
        prop_assert_eq!(first.framed() == second.framed(), same);

        // No prefix begins a name of another partition.
        let partition = names[0] == names[1] && ids[0] == ids[1];
        let prefix = first.partition().prefix();
        prop_assert_eq!(second.framed().starts_with(prefix.as_bytes()), partition);
        prop_assert!(!prefix.contains(['*', '?', '[', ']', '\\']));
    }

    #[test]
    fn the_tenant_alone_is_a_clusters_hash_tag(
        name in awkward("a.-", 1..4),
        id in awkward("a{}:*", 1..6),
        key in awkward("a{}:\0", 0..5),
    ) {
        let framed = address(&name, &id, key.as_bytes()).framed();
        // What stands between the first `{` and the next `}`, as Redis Cluster has it.
        let open = framed.iter().position(|&b| b == b'{').unwrap();
        let close = open + framed[open..].iter().position(|&b| b == b'}').unwrap();
        let other = address(&name, &id, b"other").framed();
        prop_assert!(close > open + 1);
        prop_assert_eq!(&framed[..close], &other[..close]);
    }
}
