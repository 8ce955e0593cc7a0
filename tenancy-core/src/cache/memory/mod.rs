mod room;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use self::room::{Admission, Room};
use super::{Address, CacheStore, CacheStoreError, Found, Generation, Partition, Ticket};
use crate::erasure::Amount;

/// What an entry takes beside its key and its value, in bytes: a guess.
const OVERHEAD_BYTES: usize = 128;

/// From this number of rooms on, empty ones are looked for.
const ROOMS_BEFORE_TIDYING: usize = 1024;

/// Entries in the memory of this process, by the crate moka: those that are used often stay.
///
/// A tenant holds at most its share. When that is full, its further values are not kept until others of its
/// entries are gone, and nobody else's entries give way. An entry whose time is over is not found any more; it
/// counts for a second or two after that. Clones are one store, for several
/// caches of different names.
///
/// Another process has another store: what is removed here stays there until its time is over. Memory is given
/// back soon after a removal, and is not overwritten.
#[derive(Clone)]
pub struct MemoryStore(Arc<Inner>);

struct Inner {
    entries: Cache<EntryKey, Entry>,
    rooms: Mutex<Rooms>,
    share: u64,
    /// Numbers that are used once, for rooms and versions of entries.
    next: AtomicU64,
}

struct Rooms {
    by_partition: HashMap<Partition, Arc<Room>>,
    tidy_at: usize,
}

/// The number of a room is used once, so the key says which tenant, cache and generation an entry is of.
#[derive(Clone, PartialEq, Eq, Hash)]
struct EntryKey {
    room: u64,
    key: Bytes,
}

#[derive(Clone)]
struct Entry {
    room: Arc<Room>,
    version: u64,
    weight: u32,
    ttl: Duration,
    bytes: Bytes,
}

/// How a [`MemoryStore`] is built.
#[derive(Debug, Clone)]
#[must_use]
pub struct MemoryStoreBuilder {
    capacity: u64,
    share: u64,
}

impl MemoryStoreBuilder {
    /// What one tenant may hold of each cache, in bytes. An eighth of the capacity unless it is said.
    pub fn tenant_share(self, bytes: u64) -> Self {
        MemoryStoreBuilder {
            share: bytes,
            ..self
        }
    }

    /// Builds it.
    pub fn build(self) -> MemoryStore {
        let entries = Cache::builder()
            .max_capacity(self.capacity)
            .weigher(|_: &EntryKey, entry: &Entry| entry.weight)
            .expire_after(TimeToLive)
            .eviction_policy(EvictionPolicy::tiny_lfu())
            .eviction_listener(|key: Arc<EntryKey>, entry: Entry, _| {
                entry.room.forget(&key.key, entry.version, entry.weight);
            })
            .build();
        MemoryStore(Arc::new(Inner {
            entries,
            rooms: Mutex::new(Rooms {
                by_partition: HashMap::new(),
                tidy_at: ROOMS_BEFORE_TIDYING,
            }),
            share: self.share,
            next: AtomicU64::new(1),
        }))
    }
}

impl MemoryStore {
    /// A store of at most this many bytes, for keys and values together with a guess of what holds them.
    pub fn new(capacity: u64) -> Self {
        MemoryStore::builder(capacity).build()
    }

    /// Begins with the capacity in bytes.
    pub fn builder(capacity: u64) -> MemoryStoreBuilder {
        MemoryStoreBuilder {
            capacity,
            share: capacity / 8,
        }
    }

    /// Does what is otherwise done along with reads and writes: drops entries whose time is over and those
    /// for which there is no room. A store that nobody uses keeps them until then.
    pub fn run_pending_tasks(&self) {
        self.0.entries.run_pending_tasks();
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, partition: &Partition) -> Option<Arc<Room>> {
        self.rooms().by_partition.get(partition).map(Arc::clone)
    }

    fn room_or_new(&self, partition: &Partition) -> Arc<Room> {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.by_partition.get(partition) {
            return Arc::clone(room);
        }
        if rooms.by_partition.len() >= rooms.tidy_at {
            // A ticket of such a room fails: the next room has another number.
            rooms.by_partition.retain(|_, room| !room.retire_if_empty());
            rooms.tidy_at = ROOMS_BEFORE_TIDYING.max(2 * rooms.by_partition.len());
        }
        let room = Arc::new(Room::new(self.number()));
        rooms
            .by_partition
            .insert(partition.clone(), Arc::clone(&room));
        room
    }

    fn number(&self) -> u64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    fn look_now(&self, address: &Address) -> Found {
        let issued = Instant::now();
        let room = self.room_or_new(address.partition());
        let (seen, version) = room.state_of(address.key());
        let entry = version.and_then(|version| {
            let entry = self.0.entries.get(&EntryKey {
                room: room.number(),
                key: address.key().clone(),
            })?;
            // Of two writers at the same time, the one that the room knows has the last word.
            (entry.version == version).then_some(entry.bytes)
        });
        Found {
            entry,
            ticket: Ticket::new(generation(&room), &seen, issued),
        }
    }

    fn fill_now(&self, address: &Address, ticket: &Ticket, bytes: Bytes, ttl: Duration) -> bool {
        let Some(room) = self.room(address.partition()) else {
            return false;
        };
        let weight = OVERHEAD_BYTES + address.key().len() + bytes.len();
        let (Ok(weight), true) = (
            u32::try_from(weight),
            generation(&room) == *ticket.generation(),
        ) else {
            return false;
        };
        let version = self.number();
        let admit = || room.admit(address.key(), ticket.seen(), version, weight, self.0.share);
        let mut admission = admit();
        if admission == Admission::ShareIsFull {
            // Perhaps with entries whose time is over.
            self.run_pending_tasks();
            admission = admit();
        }
        if admission != Admission::Granted {
            return false;
        }
        let key = EntryKey {
            room: room.number(),
            key: address.key().clone(),
        };
        let entry = Entry {
            room: Arc::clone(&room),
            version,
            weight,
            ttl,
            bytes: Bytes::copy_from_slice(&bytes),
        };
        self.0.entries.insert(key.clone(), entry);
        // Removed or cleared between the two steps: the entry came too late to be found by that.
        let kept = room.holds(address.key(), version);
        if !kept {
            self.0.entries.invalidate(&key);
        }
        kept
    }

    fn remove_now(&self, address: &Address) {
        if let Some(room) = self.room(address.partition()) {
            room.remove(address.key());
            self.0.entries.invalidate(&EntryKey {
                room: room.number(),
                key: address.key().clone(),
            });
        }
    }

    fn clear_now(&self, partition: &Partition) -> Amount {
        let Some(room) = self.rooms().by_partition.remove(partition) else {
            return Amount::sized(0, 0);
        };
        let (keys, bytes) = room.retire();
        let items = keys.len() as u64;
        for key in keys {
            self.0.entries.invalidate(&EntryKey {
                room: room.number(),
                key,
            });
        }
        Amount::sized(items, bytes)
    }
}

fn generation(room: &Room) -> Generation {
    u128::from(room.number()).to_be_bytes()
}

impl CacheStore for MemoryStore {
    async fn look(&self, address: &Address) -> Result<Found, CacheStoreError> {
        Ok(self.look_now(address))
    }

    async fn generation(&self, partition: &Partition) -> Result<Generation, CacheStoreError> {
        Ok(generation(&self.room_or_new(partition)))
    }

    async fn fill(
        &self,
        address: &Address,
        ticket: &Ticket,
        entry: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheStoreError> {
        Ok(self.fill_now(address, ticket, entry, ttl))
    }

    async fn remove(&self, address: &Address) -> Result<(), CacheStoreError> {
        self.remove_now(address);
        Ok(())
    }

    async fn clear(&self, partition: &Partition) -> Result<(), CacheStoreError> {
        self.clear_now(partition);
        Ok(())
    }

    async fn count(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        let room = self.room(partition);
        Ok(room.map_or(Amount::sized(0, 0), |room| room.amount()))
    }

    async fn erase(&self, partition: &Partition) -> Result<Amount, CacheStoreError> {
        let erased = self.clear_now(partition);
        self.run_pending_tasks();
        Ok(erased)
    }

    fn copies(&self) -> Vec<String> {
        vec!["the caches in the memory of other processes, until their entries end".into()]
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(..)")
    }
}

struct TimeToLive;

impl Expiry<EntryKey, Entry> for TimeToLive {
    fn expire_after_create(&self, _: &EntryKey, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &EntryKey,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}
