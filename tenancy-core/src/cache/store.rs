use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Address, CacheStoreError, Partition};
use crate::erasure::Amount;

/// How long after a look its [`Ticket`] may be used. A value that took longer to load is not kept.
pub const FILL_WITHIN: Duration = Duration::from_secs(60);

/// How long a store remembers that an entry was removed: longer than any ticket from before lives.
pub const TOMBSTONE_TTL: Duration = Duration::from_secs(120);

/// What a clearing changes: entries of another generation than the partition's are not there.
///
/// A generation never comes back, so a store makes it of random bytes or of a number that it never uses
/// twice.
pub type Generation = [u8; 16];

/// Where entries are kept.
///
/// The caches above check who may see what, seal values and bring callers together. A store keeps bytes,
/// and promises three things, from which it follows that nobody reads what was removed:
///
/// - [`look`](CacheStore::look) finds entries of the partition's present generation only.
/// - [`fill`](CacheStore::fill) keeps an entry in one step with the check that the generation, and what was
///   seen at the address, are as they were when the ticket was issued.
/// - [`remove`](CacheStore::remove) leaves a mark by which older tickets fail, for [`TOMBSTONE_TTL`].
pub trait CacheStore: fmt::Debug + Send + Sync + 'static {
    /// The entry at an address, and the ticket to fill it with if it is of no use.
    fn look(
        &self,
        address: &Address,
    ) -> impl Future<Output = Result<Found, CacheStoreError>> + Send;

    /// The partition's present generation.
    fn generation(
        &self,
        partition: &Partition,
    ) -> impl Future<Output = Result<Generation, CacheStoreError>> + Send;

    /// Keeps an entry until `ttl` has passed, and says whether it did. It does not where the ticket is no
    /// longer good, or where there is no room.
    fn fill(
        &self,
        address: &Address,
        ticket: &Ticket,
        entry: Bytes,
        ttl: Duration,
    ) -> impl Future<Output = Result<bool, CacheStoreError>> + Send;

    /// Removes an entry.
    fn remove(&self, address: &Address)
    -> impl Future<Output = Result<(), CacheStoreError>> + Send;

    /// Gives a partition another generation: from here on none of its entries is there. The work does not
    /// depend on the number of entries in the store.
    fn clear(
        &self,
        partition: &Partition,
    ) -> impl Future<Output = Result<(), CacheStoreError>> + Send;

    /// How many entries of a partition the store holds, whether they can still be read or not.
    fn count(
        &self,
        partition: &Partition,
    ) -> impl Future<Output = Result<Amount, CacheStoreError>> + Send;

    /// [`clear`](CacheStore::clear), and then removes what is held of the partition, however long it takes.
    fn erase(
        &self,
        partition: &Partition,
    ) -> impl Future<Output = Result<Amount, CacheStoreError>> + Send;

    /// Where copies may remain that [`erase`](CacheStore::erase) does not reach.
    fn copies(&self) -> Vec<String>;
}

/// What [`CacheStore::look`] found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The entry, if there is one of the present generation.
    pub entry: Option<Bytes>,
    /// What allows to replace it.
    pub ticket: Ticket,
}

const SEEN_BYTES: usize = 32;

/// The state of an address when it was looked at.
#[derive(Clone, Copy)]
pub struct Ticket {
    generation: Generation,
    seen: Option<Seen>,
    issued: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    bytes: [u8; SEEN_BYTES],
    length: usize,
}

impl Ticket {
    /// A ticket for what was seen, of which the first 32 bytes count: nothing where there was no entry.
    /// `issued` is the time before the store was asked.
    pub fn new(generation: Generation, seen: &[u8], issued: Instant) -> Self {
        let mut bytes = [0; SEEN_BYTES];
        let length = seen.len().min(SEEN_BYTES);
        bytes[..length].copy_from_slice(&seen[..length]);
        Ticket {
            generation,
            seen: Some(Seen { bytes, length }),
            issued,
        }
    }

    /// A ticket that replaces whatever is there, if only the generation stays.
    pub fn unconditional(generation: Generation, issued: Instant) -> Self {
        Ticket {
            generation,
            seen: None,
            issued,
        }
    }

    /// The generation.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// What was seen; `None` of an unconditional ticket.
    pub fn seen(&self) -> Option<&[u8]> {
        self.seen.as_ref().map(|seen| &seen.bytes[..seen.length])
    }

    /// Whether [`FILL_WITHIN`] has not passed yet.
    pub fn is_live(&self) -> bool {
        self.issued.elapsed() < FILL_WITHIN
    }

    /// What flights are told apart by.
    pub(super) fn state(&self) -> (Generation, Option<Seen>) {
        (self.generation, self.seen)
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(..)")
    }
}
