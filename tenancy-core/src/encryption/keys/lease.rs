use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A reading of two clocks, each since a point of its own.
///
/// A lease is over when *either* says so. The monotonic clock may stand still while the machine
/// sleeps, the clock on the wall may be set back; hardly both at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock.
    pub monotonic: Duration,
    /// The clock on the wall.
    pub wall: Duration,
}

/// Tells the time for leases. Tests bring their own.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// The clocks of the operating system.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// The clocks of the operating system.
    pub fn new() -> Self {
        SystemClock {
            start: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment {
            monotonic: self.start.elapsed(),
            wall: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        }
    }
}

/// When the keys were last confirmed by the store, and for how long that counts.
pub(in crate::encryption) struct Lease {
    clock: Arc<dyn Clock>,
    length: AtomicU64,
    monotonic: AtomicU64,
    wall: AtomicU64,
}

impl Lease {
    /// A lease that has not begun.
    pub(in crate::encryption) fn new(clock: Arc<dyn Clock>) -> Self {
        Lease {
            clock,
            length: AtomicU64::new(0),
            monotonic: AtomicU64::new(0),
            wall: AtomicU64::new(0),
        }
    }

    /// Begins anew at the moment when the store was *asked*. Two writers may mix their clocks; both
    /// have asked, so either reading is true.
    pub(in crate::encryption) fn confirm(&self, asked: Moment, length: Duration) {
        self.monotonic
            .store(nanoseconds(asked.monotonic), Ordering::Release);
        self.wall.store(nanoseconds(asked.wall), Ordering::Release);
        self.length.store(nanoseconds(length), Ordering::Release);
    }

    pub(in crate::encryption) fn is_live(&self) -> bool {
        self.elapsed() < self.length.load(Ordering::Acquire)
    }

    /// Whether so little is left that it is time to ask again.
    pub(in crate::encryption) fn is_fresh(&self) -> bool {
        self.elapsed() < self.length.load(Ordering::Acquire) / 2
    }

    fn elapsed(&self) -> u64 {
        let now = self.clock.now();
        let monotonic =
            nanoseconds(now.monotonic).saturating_sub(self.monotonic.load(Ordering::Acquire));
        let wall = nanoseconds(now.wall).saturating_sub(self.wall.load(Ordering::Acquire));
        monotonic.max(wall)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
