use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::entry::{Form, Opened};
use super::flight::Route;
use super::options::checked_ttl;
use super::shared::Shared;
use super::{Address, CacheError, CacheStore, CacheStoreError, Partition, Ticket, Unavailable};

/// The entries of one tenant: the only thing that reads and writes a cache.
///
/// Keys are any bytes, up to [`MAX_KEY_BYTES`](super::MAX_KEY_BYTES). They are no secret: the store and whoever
/// can list it see them, also where values are sealed. Within the tenant, the application keeps its users
/// apart, by what it puts into the key.
pub struct ScopedCache<S> {
    shared: Arc<Shared<S>>,
    partition: Partition,
    form: Form,
    ttl: Duration,
}

/// What [`ScopedCache::lookup`] found.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would be an allocation for each miss"
)]
pub enum Lookup<S: CacheStore> {
    /// The value.
    Hit(Bytes),
    /// Nothing, and the permission to put something there.
    Miss(Box<Vacancy<S>>),
}

/// An address that was found empty. What is read from here on may be kept there, for
/// [`FILL_WITHIN`](super::FILL_WITHIN).
pub struct Vacancy<S> {
    cache: ScopedCache<S>,
    address: Address,
    ticket: Option<Ticket>,
}

/// What a read of the store gave.
pub(super) struct Read {
    pub(super) value: Option<Bytes>,
    /// `None` while the store fails.
    pub(super) ticket: Option<Ticket>,
}

impl<S: CacheStore> ScopedCache<S> {
    pub(super) fn new(shared: Arc<Shared<S>>, partition: Partition, form: Form) -> Self {
        let ttl = shared.options.ttl;
        ScopedCache {
            shared,
            partition,
            form,
            ttl,
        }
    }

    /// Gives entries that are written from here on another life.
    ///
    /// # Errors
    /// [`CacheError::InvalidTtl`] when it is shorter than a millisecond or longer than a year.
    pub fn with_ttl(self, ttl: Duration) -> Result<Self, CacheError> {
        let ttl = checked_ttl(ttl)?;
        Ok(ScopedCache { ttl, ..self })
    }

    /// The value of a key.
    ///
    /// # Errors
    /// [`CacheError::KeyTooLong`]; [`CacheError::Store`] unless the cache takes failures for
    /// [misses](Unavailable::Miss); [`CacheError::Encryption`] of a sealed cache.
    pub async fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Bytes>, CacheError> {
        Ok(self.read(&self.address(key)?).await?.value)
    }

    /// The value of a key, or the permission to put one there. For loads that are no closure; otherwise
    /// [`get_or_load`](ScopedCache::get_or_load) does more.
    ///
    /// # Errors
    /// As [`get`](ScopedCache::get).
    pub async fn lookup(&self, key: impl AsRef<[u8]>) -> Result<Lookup<S>, CacheError> {
        let address = self.address(key)?;
        let read = self.read(&address).await?;
        Ok(match read.value {
            Some(value) => Lookup::Hit(value),
            None => Lookup::Miss(Box::new(Vacancy {
                cache: self.clone(),
                address,
                ticket: read.ticket,
            })),
        })
    }

    /// The value of a key; if there is none, what `load` gives, which is kept.
    ///
    /// Of all callers in this process that find nothing at the same time, one loads and the others wait for
    /// it, and share its error. Another process may load as well. If the caller that loads is dropped, another
    /// one loads. A loader must not ask for its own key: it would wait for itself.
    ///
    /// What is loaded is given out, but not kept, if the key was removed or the tenant cleared meanwhile, if
    /// it took longer than [`FILL_WITHIN`](super::FILL_WITHIN), if it is too large, or if the store fails.
    ///
    /// # Errors
    /// As [`get`](ScopedCache::get), and [`CacheError::Load`].
    pub async fn get_or_load<V, E, F, L>(
        &self,
        key: impl AsRef<[u8]>,
        load: L,
    ) -> Result<Bytes, CacheError>
    where
        V: Into<Bytes>,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Future<Output = Result<V, E>>,
        L: FnOnce() -> F,
    {
        let address = self.address(key)?;
        let read = self.read(&address).await?;
        match read.value {
            Some(value) => Ok(value),
            None => self.load(&address, read.ticket, load).await,
        }
    }

    /// Writes a value, whatever is there, and says whether it was kept: it is not where the store has no room,
    /// or where the tenant was cleared at the same moment. What was there is gone then, too.
    ///
    /// The value must be newer than what was there. One that was *read* somewhere else may be older than a
    /// removal that came in between: use [`get_or_load`](ScopedCache::get_or_load) or
    /// [`lookup`](ScopedCache::lookup) for these.
    ///
    /// # Errors
    /// [`CacheError::KeyTooLong`]; [`CacheError::ValueTooLarge`], and what was there is gone;
    /// [`CacheError::Encryption`] of a sealed cache; [`CacheError::Store`], after which the earlier value may
    /// still be there until its time is over.
    pub async fn set(
        &self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<bool, CacheError> {
        let (address, value) = (self.address(key)?, value.as_ref());
        if let Err(error) = self.checked(value) {
            self.remove(&address).await?;
            return Err(error);
        }
        let issued = Instant::now();
        let generation = self.shared.store.generation(&self.partition).await;
        let generation = generation.map_err(|error| self.failed(error))?;
        let ticket = Ticket::unconditional(generation, issued);
        let kept = self.keep(&address, &ticket, value).await?;
        if !kept {
            self.remove(&address).await?;
        }
        Ok(kept)
    }

    /// Removes a value. What was read before this and is still being loaded will not be kept: remove it when
    /// the change that makes it wrong has been committed.
    ///
    /// # Errors
    /// [`CacheError::KeyTooLong`]; [`CacheError::Store`], after which the value may still be there until
    /// its time is over.
    pub async fn delete(&self, key: impl AsRef<[u8]>) -> Result<(), CacheError> {
        self.remove(&self.address(key)?).await
    }

    /// Removes all of the tenant's values in this cache, and nobody else's, at once: by one step of the
    /// store, whatever their number. What is still being loaded will not be kept.
    ///
    /// Values that nobody can read any more may stay in the store until their time is over; an
    /// [erasure](crate::erasure::Target) removes them too.
    ///
    /// # Errors
    /// [`CacheError::Store`], after which the values may still be there until their time is over.
    pub async fn clear(&self) -> Result<(), CacheError> {
        let cleared = self.shared.store.clear(&self.partition).await;
        cleared.map_err(|error| self.failed(error))
    }

    pub(super) fn address(&self, key: impl AsRef<[u8]>) -> Result<Address, CacheError> {
        Address::new(&self.partition, key.as_ref())
    }

    pub(super) async fn read(&self, address: &Address) -> Result<Read, CacheError> {
        let counters = &self.shared.counters;
        let found = match self.shared.store.look(address).await {
            Ok(found) => found,
            Err(error) => {
                let error = self.failed(error);
                if self.shared.options.unavailable == Unavailable::Fail {
                    return Err(error);
                }
                counters.misses.increase();
                return Ok(Read {
                    value: None,
                    ticket: None,
                });
            }
        };
        let ticket = found.ticket;
        let opened = found
            .entry
            .map(|entry| self.form.open(address, ticket.generation(), &entry));
        let value = match opened.transpose()? {
            Some(Opened::Value(value)) => Some(value),
            Some(Opened::Refused(reason)) => {
                self.refuse(reason);
                None
            }
            None => None,
        };
        let counter = match value {
            Some(_) => &counters.hits,
            None => &counters.misses,
        };
        counter.increase();
        Ok(Read {
            value,
            ticket: Some(ticket),
        })
    }

    pub(super) async fn load<V, E, F, L>(
        &self,
        address: &Address,
        ticket: Option<Ticket>,
        load: L,
    ) -> Result<Bytes, CacheError>
    where
        V: Into<Bytes>,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Future<Output = Result<V, E>>,
        L: FnOnce() -> F,
    {
        let route = Route {
            address: address.clone(),
            state: ticket.as_ref().map(Ticket::state),
        };
        let mut loaded = false;
        let flight = self.shared.flights.board(route);
        let outcome = flight
            .outcome(async {
                loaded = true;
                self.shared.counters.loads.increase();
                let value = match load().await {
                    Ok(value) => value.into(),
                    Err(error) => return Err(Arc::from(error.into())),
                };
                self.offer(address, ticket.as_ref(), &value).await;
                Ok(value)
            })
            .await;
        if !loaded {
            self.shared.counters.joined.increase();
        }
        outcome.map_err(CacheError::Load)
    }

    async fn remove(&self, address: &Address) -> Result<(), CacheError> {
        let removed = self.shared.store.remove(address).await;
        removed.map_err(|error| self.failed(error))
    }

    fn checked(&self, value: &[u8]) -> Result<(), CacheError> {
        let (bytes, max) = (value.len(), self.shared.options.max_value_bytes);
        if bytes > max {
            return Err(CacheError::ValueTooLarge { bytes, max });
        }
        Ok(())
    }

    /// Keeps a value that is right in any case, so that nothing is an error.
    async fn offer(&self, address: &Address, ticket: Option<&Ticket>, value: &[u8]) {
        match ticket {
            Some(ticket) if self.checked(value).is_ok() => {
                if let Err(error) = self.keep(address, ticket, value).await {
                    self.shared.counters.not_kept.increase();
                    tracing::debug!(
                        target: "tenancy::cache",
                        cache = self.shared.name.as_str(),
                        "a loaded value is not kept: {error}",
                    );
                }
            }
            _ => self.shared.counters.not_kept.increase(),
        }
    }

    async fn keep(
        &self,
        address: &Address,
        ticket: &Ticket,
        value: &[u8],
    ) -> Result<bool, CacheError> {
        let generation = ticket.generation();
        let entry = self.form.close(address, generation, value, self.ttl)?;
        let kept = ticket.is_live()
            && self
                .shared
                .store
                .fill(address, ticket, entry, self.ttl)
                .await
                .map_err(|error| self.failed(error))?;
        if !kept {
            self.shared.counters.not_kept.increase();
        }
        Ok(kept)
    }

    /// Tells of an entry that is taken for none.
    pub(super) fn refuse(&self, reason: &'static str) {
        self.shared.counters.refused.increase();
        tracing::warn!(
            target: "tenancy::cache",
            cache = self.shared.name.as_str(),
            reason,
            "an entry of the cache is refused, and taken for none",
        );
    }

    fn failed(&self, error: CacheStoreError) -> CacheError {
        self.shared.counters.failures.increase();
        tracing::warn!(
            target: "tenancy::cache",
            cache = self.shared.name.as_str(),
            "the store of the cache failed",
        );
        CacheError::Store(error)
    }
}

impl<S: CacheStore> Vacancy<S> {
    /// Keeps a value that was read after the look, and says whether it was kept: it is not if the key was
    /// written or removed or the tenant cleared meanwhile, if it is too late, or if there is no room.
    ///
    /// # Errors
    /// [`CacheError::ValueTooLarge`], [`CacheError::Store`]; [`CacheError::Encryption`] of a sealed cache.
    pub async fn fill(self, value: impl AsRef<[u8]>) -> Result<bool, CacheError> {
        let value = value.as_ref();
        self.cache.checked(value)?;
        match &self.ticket {
            Some(ticket) => self.cache.keep(&self.address, ticket, value).await,
            None => Ok(false),
        }
    }
}

impl<S> Clone for ScopedCache<S> {
    fn clone(&self) -> Self {
        ScopedCache {
            shared: Arc::clone(&self.shared),
            partition: self.partition.clone(),
            form: self.form.clone(),
            ttl: self.ttl,
        }
    }
}

/// Does not show the tenant.
impl<S> fmt::Debug for ScopedCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedCache")
            .field("name", &self.shared.name)
            .finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Vacancy<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vacancy(..)")
    }
}
