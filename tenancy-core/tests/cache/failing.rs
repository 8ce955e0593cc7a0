//! Stores that fail, and stores that answer another question than they were asked.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tenancy_core::cache::{
    Address, Bytes, CacheError, CacheStore, CacheStoreError, FILL_WITHIN, Found, Generation,
    MemoryStore, Partition, TenantCache, Ticket, Unavailable,
};
use tenancy_core::erasure::{Amount, Target};

use crate::suite::{PRICES, bytes, cache, loaded, options, tenant};

/// A store whose server can be switched off, whose answers can be exchanged, and whose clock can be slow.
#[derive(Debug, Clone)]
struct Odd {
    inner: MemoryStore,
    down: Arc<AtomicBool>,
    /// Answers each question about an entry with the entry of tenant B.
    crossed: Option<Address>,
    slow: bool,
}

impl Odd {
    fn new() -> Self {
        Odd {
            inner: crate::store(),
            down: Arc::default(),
            crossed: None,
            slow: false,
        }
    }

    fn up(&self) -> Result<(), CacheStoreError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(io::Error::other("connection refused").into());
        }
        Ok(())
    }
}

impl CacheStore for Odd {
    async fn look(&self, address: &Address) -> Result<Found, CacheStoreError> {
        self.up()?;
        let mut found = self.inner.look(address).await?;
        if let Some(other) = &self.crossed {
            found.entry = self.inner.look(other).await?.entry;
        }
        if self.slow {
            let issued = Instant::now().checked_sub(FILL_WITHIN).unwrap();
            let ticket = &found.ticket;
            found.ticket = Ticket::new(*ticket.generation(), ticket.seen().unwrap(), issued);
        }
        Ok(found)
    }

    async fn generation(&self, partition: &Partition) -> Result<Generation, CacheStoreError> {
        self.up()?;
        self.inner.generation(partition).await
    }

    async fn fill(
        &self,
        address: &Address,
        ticket: &Ticket,
        entry: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheStoreError> {
        self.up()?;
        self.inner.fill(address, ticket, entry, ttl).await
    }

    async fn remove(&self, address: &Address) -> Result<(), CacheStoreError> {
        self.up()?;
        self.inner.remove(address).await
    }

    async fn clear(&self, partition: &Partition) -> Result<(), CacheStoreError> {
        self.up()?;
        self.inner.clear(partition).await
    }

    async fn count(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        self.up()?;
        self.inner.count(partition).await
    }

    async fn erase(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        self.up()?;
        self.inner.erase(partition).await
    }

    fn copies(&self) -> Vec<String> {
        self.inner.copies()
    }
}

#[tokio::test]
async fn a_store_that_fails_is_an_error() {
    let store = Odd::new();
    let cache = cache(store.clone());
    let a = cache.scope(&tenant("a")).unwrap();
    store.down.store(true, Ordering::Relaxed);
    let load = async || loaded("tiles");
    assert!(matches!(a.get("roof").await, Err(CacheError::Store(_))));
    assert!(matches!(
        a.get_or_load("roof", load).await,
        Err(CacheError::Store(_))
    ));
    assert_eq!(cache.counters().loads, 0);
}

#[tokio::test]
async fn a_store_that_fails_is_a_miss_for_reads_alone_where_that_was_chosen() {
    let store = Odd::new();
    let options = options().when_unavailable(Unavailable::Miss);
    let cache = TenantCache::new(store.clone(), PRICES, options);
    let id = tenant("a");
    let a = cache.scope(&id).unwrap();
    a.set("roof", "old").await.unwrap();
    store.down.store(true, Ordering::Relaxed);
    assert_eq!(a.get("roof").await.unwrap(), None);
    let load = async || loaded("tiles");
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "tiles");

    for removal in [
        a.delete("roof").await,
        a.clear().await,
        a.set("roof", "new").await.map(|_| ()),
    ] {
        assert!(matches!(removal, Err(CacheError::Store(_))));
    }
    // "Cannot be reached" is no count of zero.
    assert!(cache.count(&id).await.is_err());
    assert!(cache.erase(&id).await.is_err());

    store.down.store(false, Ordering::Relaxed);
    assert_eq!(
        a.get("roof").await.unwrap(),
        bytes("old"),
        "nothing was kept"
    );
}

#[tokio::test]
async fn a_store_that_fails_behind_a_load_does_not_spoil_it() {
    let store = Odd::new();
    let cache = cache(store.clone());
    let a = cache.scope(&tenant("a")).unwrap();
    let load = async || {
        store.down.store(true, Ordering::Relaxed);
        loaded("tiles")
    };
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "tiles");
    assert_eq!(cache.counters().failures, 1);
}

#[tokio::test]
async fn a_load_that_took_too_long_is_not_kept() {
    let mut store = Odd::new();
    store.slow = true;
    let cache = cache(store);
    let a = cache.scope(&tenant("a")).unwrap();
    let load = async || loaded("tiles");
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "tiles");
    assert_eq!(a.get("roof").await.unwrap(), None);
    assert_eq!(cache.counters().not_kept, 1);
}

#[tokio::test]
async fn an_answer_that_belongs_to_another_tenants_question_is_refused() {
    let honest = Odd::new();
    let of_b = cache(honest.clone()).scope(&tenant("b")).unwrap();
    of_b.set("roof", "of b").await.unwrap();

    // B's address, as a store is given it.
    let asked = crate::frames::asked(&tenant("b"), b"roof").await;
    let mut store = honest;
    store.crossed = Some(asked.clone());
    let cache = cache(store.clone());
    let of_a = cache.scope(&tenant("a")).unwrap();
    assert_eq!(of_a.get("roof").await.unwrap(), None);
    assert_eq!(cache.counters().refused, 1);
    let load = async || loaded("of a");
    assert_eq!(of_a.get_or_load("roof", load).await.unwrap(), "of a");

    // The control: the store did answer with B's value.
    let asked = crate::frames::asked(&tenant("a"), b"roof").await;
    let answer = store.look(&asked).await.unwrap().entry.unwrap();
    assert!(answer.ends_with(b"of b"));
}
