use std::fmt;
use std::num::{NonZeroU16, NonZeroUsize};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

use super::{Inner, Keyring, Root};
use crate::encryption::kdf::Worker;
use crate::encryption::{Clock, KdfCost, KeySource, KeyStore, SystemClock};

const LEASE_SECONDS: u16 = 60;
const KDF_THREADS: usize = 4;

/// Settings of a [`Keyring`].
#[must_use]
pub struct KeyringBuilder {
    store: Box<dyn KeyStore>,
    roots: Vec<Root>,
    cost: Option<KdfCost>,
    lease: Duration,
    clock: Arc<dyn Clock>,
    threads: usize,
}

impl KeyringBuilder {
    pub(super) fn new(store: impl KeyStore, root: impl KeySource) -> Self {
        KeyringBuilder {
            store: Box::new(store),
            roots: vec![Root::new(root)],
            cost: None,
            lease: Duration::from_secs(LEASE_SECONDS.into()),
            clock: Arc::new(SystemClock::new()),
            threads: thread::available_parallelism()
                .map_or(1, NonZeroUsize::get)
                .min(KDF_THREADS),
        }
    }

    /// A root key under which records may still be wrapped. A record names its root; roots are never
    /// tried in turn.
    pub fn previous_root(mut self, root: impl KeySource) -> Self {
        self.roots.push(Root::new(root));
        self
    }

    /// The cost of Argon2id for new and rewrapped records, instead of the one recommended for the
    /// kind of root.
    pub fn cost(mut self, cost: KdfCost) -> Self {
        self.cost = Some(cost);
        self
    }

    /// The lease of tenants that are created from here on, 60 seconds unless set, and the longest
    /// that this process takes. It is part of a tenant's record, so that all processes agree.
    pub fn lease_seconds(mut self, seconds: NonZeroU16) -> Self {
        self.lease = Duration::from_secs(seconds.get().into());
        self
    }

    /// How many runs of Argon2id may go on at once. Each takes 19 or 64 MiB.
    pub fn kdf_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads.get();
        self
    }

    /// Another clock, for tests of leases.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The keyring. Nothing is read yet.
    pub fn build(self) -> Keyring {
        Keyring(Arc::new(Inner {
            store: self.store,
            roots: self.roots,
            cost: self.cost,
            lease: self.lease,
            clock: self.clock,
            worker: Worker::new(self.threads),
            slots: RwLock::default(),
        }))
    }
}

impl fmt::Debug for KeyringBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyringBuilder(..)")
    }
}
