mod sweep;

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, Cmd, FromRedisValue, RedisError, cmd, pipe};

use super::{
    Address, CacheStore, CacheStoreError, FILL_WITHIN, Found, Generation, Partition, TOMBSTONE_TTL,
    Ticket,
};
use crate::erasure::Amount;

/// An entry begins with the generation and a number of its own, 16 bytes each.
const HEADER_BYTES: usize = 32;

/// How long a generation is kept at least: longer than the tickets that are issued with it.
const GENERATION_TTL: Duration = TOMBSTONE_TTL;

/// Keeps an entry if the generation, and the header of what was there, are as they were seen, and makes the
/// generation outlive the entry. Both keys are of one slot of a cluster.
const FILL: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '1' and redis.call('GETRANGE', KEYS[2], 0, 31) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
return 1";

/// Entries in Redis, or in a server that speaks its language. Clones are one store, for several caches of
/// different names.
///
/// A tenant has one key for its generation, and one for each entry. Both are read by one command, so a cleared
/// tenant has nothing from the moment when the generation is gone, whatever the number of its entries. A read
/// is one round trip, a write one or two.
///
/// The store belongs to the primary server: replicas answer with what was, so do not connect to one.
#[derive(Clone)]
pub struct RedisStore {
    connection: ConnectionManager,
}

impl RedisStore {
    /// Connects to `redis://user:password@host:port/database`, `rediss://` with a feature for TLS of the crate
    /// `redis`, or `unix:/path/of/a/socket`. A lost connection is opened again; a command waits for half a second.
    ///
    /// # Errors
    /// The driver's, when the URL is wrong or nobody answers.
    pub async fn connect(url: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new().set_number_of_retries(1);
        let manager = ConnectionManager::new_with_config(Client::open(url)?, config).await?;
        Ok(RedisStore::new(manager))
    }

    /// A store over a connection with settings of its own.
    pub fn new(connection: ConnectionManager) -> Self {
        RedisStore { connection }
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        command.query_async(&mut self.connection.clone()).await
    }

    /// Makes a generation where there is none, or where something else is. Of several who find none at once,
    /// the first one makes it.
    async fn new_generation(
        &self,
        key: &[u8],
        present: Option<Vec<u8>>,
    ) -> Result<Generation, CacheStoreError> {
        let condition: &[&str] = if present.is_none() { &["NX"] } else { &[] };
        let new: Generation = random()?;
        let (present,): (Option<Vec<u8>>,) = pipe()
            .cmd("SET")
            .arg(key)
            .arg(&new)
            .arg("PX")
            .arg(milliseconds(GENERATION_TTL))
            .arg(condition)
            .ignore()
            .cmd("GET")
            .arg(key)
            .query_async(&mut self.connection.clone())
            .await?;
        let present = present.and_then(|present| Generation::try_from(present).ok());
        // A server that drops it at once has a cache that keeps nothing.
        Ok(present.unwrap_or(new))
    }
}

fn generation_key(partition: &Partition) -> Vec<u8> {
    let mut key = partition.prefix().into_bytes();
    key.push(b'g');
    key
}

fn random<const N: usize>() -> Result<[u8; N], CacheStoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| "the operating system gave no random bytes")?;
    Ok(bytes)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl CacheStore for RedisStore {
    async fn look(&self, address: &Address) -> Result<Found, CacheStoreError> {
        let issued = Instant::now();
        let key = generation_key(address.partition());
        let (generation, raw): (Option<Vec<u8>>, Option<Vec<u8>>) = self
            .run(cmd("MGET").arg(&key).arg(address.framed()))
            .await?;
        let raw = Bytes::from(raw.unwrap_or_default());
        let seen = raw.slice(..raw.len().min(HEADER_BYTES));
        let (entry, generation) = match generation.as_deref().map(Generation::try_from) {
            Some(Ok(generation)) => {
                let present = seen.len() == HEADER_BYTES && seen.starts_with(&generation);
                (present.then(|| raw.slice(HEADER_BYTES..)), generation)
            }
            _ => (None, self.new_generation(&key, generation).await?),
        };
        Ok(Found {
            entry,
            ticket: Ticket::new(generation, &seen, issued),
        })
    }

    async fn generation(&self, partition: &Partition) -> Result<Generation, CacheStoreError> {
        let key = generation_key(partition);
        let present: Option<Vec<u8>> = self.run(cmd("GET").arg(&key)).await?;
        match present.as_deref().map(Generation::try_from) {
            Some(Ok(generation)) => Ok(generation),
            _ => self.new_generation(&key, present).await,
        }
    }

    async fn fill(
        &self,
        address: &Address,
        ticket: &Ticket,
        entry: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheStoreError> {
        let mut value = Vec::with_capacity(HEADER_BYTES + entry.len());
        value.extend_from_slice(ticket.generation());
        value.extend_from_slice(&random::<16>()?);
        value.extend_from_slice(&entry);
        let mut fill = cmd("EVAL");
        fill.arg(FILL)
            .arg(2)
            .arg(generation_key(address.partition()))
            .arg(address.framed())
            .arg(ticket.generation())
            .arg(u8::from(ticket.seen().is_some()))
            .arg(ticket.seen().unwrap_or_default())
            .arg(value)
            .arg(milliseconds(ttl))
            .arg(milliseconds(ttl + FILL_WITHIN));
        Ok(self.run(&fill).await?)
    }

    /// Leaves a mark of 32 bytes of which no ticket knows, and which no generation begins.
    async fn remove(&self, address: &Address) -> Result<(), CacheStoreError> {
        let mut mark = [0; HEADER_BYTES];
        mark[16..].copy_from_slice(&random::<16>()?);
        let mut set = cmd("SET");
        set.arg(address.framed())
            .arg(&mark)
            .arg("PX")
            .arg(milliseconds(TOMBSTONE_TTL));
        Ok(self.run(&set).await?)
    }

    /// Without the generation no entry is of the present one, and no ticket is good.
    async fn clear(&self, partition: &Partition) -> Result<(), CacheStoreError> {
        let del = self.run(cmd("DEL").arg(generation_key(partition))).await;
        Ok(del.map(|_: u64| ())?)
    }

    async fn count(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        sweep::count(self, partition).await
    }

    async fn erase(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        self.clear(partition).await?;
        sweep::erase(self, partition).await
    }

    fn copies(&self) -> Vec<String> {
        vec![
            "the files that the Redis server writes (RDB, AOF), and their backups".into(),
            "replicas of the Redis server, until they have caught up".into(),
        ]
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisStore(..)")
    }
}
