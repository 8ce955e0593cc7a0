use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tenancy_core::encryption::{
    Clock, Destruction, KeyGeneration, Keyring, KeyringError, Moment, SystemClock,
};

use super::fence::Fence;
use super::inventory::count;
#[cfg(feature = "async")]
use super::session::Asynchronous;
#[cfg(feature = "postgres")]
use super::session::Blocking;
use super::session::{Session, check};
use super::{Limits, OperationError, keys};
#[cfg(feature = "async")]
use crate::AsyncScopeConnection;
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::{Registry, Scoped, SqlTenantId, TenantId};

/// Destroys the key of a generation, after it has made sure that no value is left that needs it.
///
/// It goes step by step, and the caller waits between the steps:
///
/// 1. No value of the generation or of an older one may be left: [`Reencrypt`](super::Reencrypt) first.
/// 2. Two leases pass, so that no process still seals under the generation, and the transactions that are
///    open then end. Nothing is left still.
/// 3. The floor rises: values of the generation are refused from now on. It never sinks again, which is why
///    it does not rise before.
/// 4. Two leases pass again, transactions end, and all values are counted once more.
/// 5. The key is destroyed.
///
/// A program that ends in between begins anew, and goes on at step 4 if the floor has risen.
///
/// ```no_run
/// # #[cfg(feature = "async")]
/// # async fn example(
/// #     registry: &tenancy_diesel::Registry,
/// #     mut conn: tenancy_diesel::Scoped<diesel_async::AsyncPgConnection, i32>,
/// #     keyring: &tenancy_diesel::encryption::Keyring,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::encryption::KeyGeneration;
/// use tenancy_diesel::encryption::operations::{DestroyGeneration, DestructionStep};
///
/// let mut destruction = DestroyGeneration::new(registry, KeyGeneration::FIRST);
/// let destroyed = loop {
///     match destruction.advance(&mut conn, keyring).await? {
///         DestructionStep::Wait { time, .. } => tokio::time::sleep(time).await,
///         DestructionStep::Destroyed(destroyed) => break destroyed,
///     }
/// };
/// println!("{destroyed}");
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is advanced"]
pub struct DestroyGeneration<'a> {
    registry: &'a Registry,
    generation: KeyGeneration,
    limits: Limits,
    clock: Arc<dyn Clock>,
    tenant: Option<String>,
    phase: Phase,
    fence: Option<Fence>,
}

enum Phase {
    Start,
    Settling { since: Moment, lease: Duration },
    Draining { destruction: Destruction },
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum DestructionStep {
    /// Wait, and advance again.
    Wait {
        /// How long, at least.
        time: Duration,
        /// The transactions whose end is waited for, when it is they.
        older_transactions: u64,
    },
    /// The key is destroyed.
    Destroyed(GenerationDestroyed),
}

/// The key of a generation was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerationDestroyed {
    /// The generation.
    pub generation: KeyGeneration,
    /// How many values of the tenant the last count found, none of them of the generation or an older one.
    pub values: u64,
}

impl fmt::Display for GenerationDestroyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The key of generation {} was destroyed; none of {} values needed it. Copies of the key record \
             and of older values may remain in backups, in replicas and in the write-ahead log.",
            self.generation, self.values
        )
    }
}

/// How long to wait before older transactions are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl<'a> DestroyGeneration<'a> {
    /// The generation of the keys of whichever tenant the scope is of.
    pub fn new(registry: &'a Registry, generation: KeyGeneration) -> Self {
        DestroyGeneration {
            registry,
            generation,
            limits: Limits::new(),
            clock: Arc::new(SystemClock::new()),
            tenant: None,
            phase: Phase::Start,
            fence: None,
        }
    }

    /// Timeouts.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Another clock, for tests of leases. It must be that of the keyring.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Goes as far as it can without waiting.
    ///
    /// # Errors
    /// [`OperationError::StillInUse`] when values remain: it may be advanced again later;
    /// [`KeyringError::NotBelowFloor`] for the active generation; [`OperationError::OtherTenant`],
    /// [`OperationError::Standby`], and what counting and the keyring answer.
    #[cfg(feature = "async")]
    pub async fn advance<C: AsyncScopeConnection, Id: SqlTenantId>(
        &mut self,
        conn: &mut Scoped<C, Id>,
        keyring: &Keyring,
    ) -> Result<DestructionStep, OperationError> {
        self.step(&mut Asynchronous(conn), keyring).await
    }

    /// Goes as far as it can without waiting.
    ///
    /// # Errors
    /// [`OperationError::StillInUse`] when values remain: it may be advanced again later;
    /// [`KeyringError::NotBelowFloor`] for the active generation; [`OperationError::OtherTenant`],
    /// [`OperationError::Standby`], and what counting and the keyring answer.
    #[cfg(feature = "postgres")]
    pub fn advance_blocking<C: SyncScopeConnection, Id: SqlTenantId>(
        &mut self,
        conn: &mut Scoped<C, Id>,
        keyring: &Keyring,
    ) -> Result<DestructionStep, OperationError> {
        tenancy_core::encryption::wait(self.step(&mut Blocking(conn), keyring))
    }

    async fn step<S: Session>(
        &mut self,
        session: &mut S,
        keyring: &Keyring,
    ) -> Result<DestructionStep, OperationError> {
        check(session, self.registry)?;
        let tenant = session.tenant().canonical();
        if *self.tenant.get_or_insert_with(|| tenant.clone()) != tenant {
            return Err(OperationError::OtherTenant);
        }
        if let Phase::Start = self.phase {
            self.none_left(session).await?;
            let keys = keys::newest(keyring, session.tenant()).await?;
            if self.generation >= keys.active_generation()? {
                return Err(KeyringError::NotBelowFloor.into());
            }
            if self.generation < keys.floor()? {
                self.phase = self.draining(session, keyring).await?;
            } else {
                self.phase = Phase::Settling {
                    since: self.clock.now(),
                    lease: keys.longest_lease()?.unwrap_or_default(),
                };
            }
        }
        if let Phase::Settling { since, lease } = self.phase {
            let time = self.left_of_two_leases(since, lease);
            if !time.is_zero() {
                return Ok(DestructionStep::Wait {
                    time,
                    older_transactions: 0,
                });
            }
            if let Err(step) = self.drained(session).await? {
                return Ok(step);
            }
            let above = self
                .generation
                .get()
                .checked_add(1)
                .and_then(KeyGeneration::new);
            let above = above.ok_or(KeyringError::FloorOutOfRange)?;
            match keyring.raise_floor(session.tenant(), above).await {
                // Another operator has raised it further.
                Ok(()) | Err(KeyringError::FloorOutOfRange) => {}
                Err(error) => return Err(error.into()),
            }
            self.phase = self.draining(session, keyring).await?;
        }
        let Phase::Draining { destruction } = &self.phase else {
            return Err(OperationError::UnexpectedAnswer);
        };
        let time = destruction.ready_in();
        if !time.is_zero() {
            return Ok(DestructionStep::Wait {
                time,
                older_transactions: 0,
            });
        }
        let values = match self.drained(session).await? {
            Ok(values) => values,
            Err(step) => return Ok(step),
        };
        let Phase::Draining { destruction } = &self.phase else {
            return Err(OperationError::UnexpectedAnswer);
        };
        keyring.finish_destruction(destruction, 0).await?;
        let generation = self.generation;
        Ok(DestructionStep::Destroyed(GenerationDestroyed {
            generation,
            values,
        }))
    }

    async fn draining<S: Session>(
        &self,
        session: &S,
        keyring: &Keyring,
    ) -> Result<Phase, OperationError> {
        let destruction = keyring
            .begin_destruction(session.tenant(), self.generation)
            .await?;
        Ok(Phase::Draining { destruction })
    }

    /// The number of values, none of which is of the generation or an older one.
    async fn none_left<S: Session>(&self, session: &mut S) -> Result<u64, OperationError> {
        let inventory = count(session, self.registry, &self.limits).await?;
        match inventory.up_to(self.generation) {
            0 => Ok(inventory.total()),
            count => Err(OperationError::StillInUse { count }),
        }
    }

    /// Whether the transactions that were open when nothing was left have ended, and nothing is left then
    /// either. Such a transaction may have written a value that the count did not see, or may still see
    /// one that it could copy.
    async fn drained<S: Session>(
        &mut self,
        session: &mut S,
    ) -> Result<Result<u64, DestructionStep>, OperationError> {
        let fence = match self.fence.take() {
            Some(fence) => fence,
            None => {
                self.none_left(session).await?;
                Fence::here(session, &self.limits).await?
            }
        };
        let older_transactions = fence.still_open(session, &self.limits).await?;
        if older_transactions > 0 {
            self.fence = Some(fence);
            let time = LOOK_AGAIN;
            return Ok(Err(DestructionStep::Wait {
                time,
                older_transactions,
            }));
        }
        self.none_left(session).await.map(Ok)
    }

    /// By the slower of the two clocks: here it is the early end that would do harm.
    fn left_of_two_leases(&self, since: Moment, lease: Duration) -> Duration {
        let now = self.clock.now();
        let monotonic = now.monotonic.saturating_sub(since.monotonic);
        let passed = monotonic.min(now.wall.saturating_sub(since.wall));
        (2 * lease).saturating_sub(passed)
    }
}

impl fmt::Debug for DestroyGeneration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DestroyGeneration")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}
