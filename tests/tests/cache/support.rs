use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{Client, Cmd, FromRedisValue};
use tenancy_core::cache::{
    Address, Bytes, CacheStore, CacheStoreError, Found, Generation, Partition, RedisStore, Ticket,
};
use tenancy_core::erasure::Amount;
use tenancy_tests::redis::Redis;

/// A store that is patient: the machine may be busy with other tests.
pub async fn store(server: &Redis) -> RedisStore {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_response_timeout(Some(Duration::from_secs(60)));
    let client = Client::open(server.url()).unwrap();
    let manager = ConnectionManager::new_with_config(client, config).await;
    RedisStore::new(manager.unwrap())
}

/// Somebody with access to the server, who speaks to it past the cache.
pub struct Raw(MultiplexedConnection);

impl Raw {
    pub async fn new(url: &str) -> Self {
        let client = Client::open(url).unwrap();
        Raw(client.get_multiplexed_async_connection().await.unwrap())
    }

    pub async fn try_run<T: FromRedisValue>(&mut self, command: &mut Cmd) -> redis::RedisResult<T> {
        command.query_async(&mut self.0).await
    }

    pub async fn run<T: FromRedisValue>(&mut self, command: &mut Cmd) -> T {
        self.try_run(command).await.unwrap()
    }

    pub async fn pipe(&mut self, batch: &redis::Pipeline) {
        batch.query_async::<()>(&mut self.0).await.unwrap();
    }

    pub async fn get(&mut self, key: &str) -> Vec<u8> {
        self.run(redis::cmd("GET").arg(key)).await
    }

    pub async fn set(&mut self, key: &str, value: &[u8]) {
        self.run::<()>(redis::cmd("SET").arg(key).arg(value)).await;
    }

    /// How often the server was given each command since the last reset.
    pub async fn calls(&mut self) -> Vec<(String, u64)> {
        let info: String = self.run(redis::cmd("INFO").arg("commandstats")).await;
        let calls = info.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let calls = rest.split(',').next()?.parse().ok()?;
            (!matches!(name, "info" | "config|resetstat")).then(|| (name.to_owned(), calls))
        });
        let mut calls: Vec<_> = calls.collect();
        calls.sort();
        calls
    }

    pub async fn reset_calls(&mut self) {
        self.run::<()>(redis::cmd("CONFIG").arg("RESETSTAT")).await;
    }
}

/// A store that keeps its server, which nobody else uses.
#[derive(Debug, Clone)]
pub struct FreshStore {
    store: RedisStore,
    _server: Arc<Redis>,
}

impl FreshStore {
    pub async fn new() -> Self {
        let server = Arc::new(Redis::start(&[]));
        FreshStore {
            store: store(&server).await,
            _server: server,
        }
    }
}

impl CacheStore for FreshStore {
    async fn look(&self, address: &Address) -> Result<Found, CacheStoreError> {
        self.store.look(address).await
    }

    async fn generation(&self, partition: &Partition) -> Result<Generation, CacheStoreError> {
        self.store.generation(partition).await
    }

    async fn fill(
        &self,
        address: &Address,
        ticket: &Ticket,
        entry: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheStoreError> {
        self.store.fill(address, ticket, entry, ttl).await
    }

    async fn remove(&self, address: &Address) -> Result<(), CacheStoreError> {
        self.store.remove(address).await
    }

    async fn clear(&self, partition: &Partition) -> Result<(), CacheStoreError> {
        self.store.clear(partition).await
    }

    async fn count(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        self.store.count(partition).await
    }

    async fn erase(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        self.store.erase(partition).await
    }

    fn copies(&self) -> Vec<String> {
        self.store.copies()
    }
}
