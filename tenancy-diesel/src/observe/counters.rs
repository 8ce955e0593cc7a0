use std::sync::atomic::{AtomicU64, Ordering};

/// What all scopes of the process have done, to be read and exported.
///
/// The numbers only grow. They are read one after the other, so that a snapshot taken while scopes are
/// busy may be off by what happened meanwhile.
///
/// ```
/// use tenancy_diesel::observe::Counters;
///
/// let before = Counters::now();
/// // .. a while later
/// let since = Counters::now().since(&before);
/// assert_eq!(since.rollbacks, 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Scopes that were opened.
    pub scopes: u64,
    /// Statements that were given to a scope or a crossing, raw ones included.
    pub statements: u64,
    /// Exchanges with the server that scopes waited for: what is sent together is one. What Diesel does to
    /// prepare a statement is not counted.
    pub round_trips: u64,
    /// Statements that were refused before anything was sent, such as one on a table of another schema.
    pub refused: u64,
    /// Transactions that a scope rolled back, because a statement or a closure had failed.
    pub rollbacks: u64,
    /// Connections that were given up: cut off, broken, or changed by raw SQL.
    pub discarded: u64,
}

impl Counters {
    /// The numbers as they are now.
    #[must_use]
    pub fn now() -> Self {
        let read = |count: Count| ALL[count as usize].load(Ordering::Relaxed);
        Counters {
            scopes: read(Count::Scope),
            statements: read(Count::Statement),
            round_trips: read(Count::RoundTrip),
            refused: read(Count::Refused),
            rollbacks: read(Count::Rollback),
            discarded: read(Count::Discarded),
        }
    }

    /// What was added since an earlier snapshot.
    #[must_use]
    pub fn since(&self, earlier: &Counters) -> Self {
        Counters {
            scopes: self.scopes.wrapping_sub(earlier.scopes),
            statements: self.statements.wrapping_sub(earlier.statements),
            round_trips: self.round_trips.wrapping_sub(earlier.round_trips),
            refused: self.refused.wrapping_sub(earlier.refused),
            rollbacks: self.rollbacks.wrapping_sub(earlier.rollbacks),
            discarded: self.discarded.wrapping_sub(earlier.discarded),
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Count {
    Scope,
    Statement,
    RoundTrip,
    Refused,
    Rollback,
    Discarded,
}

static ALL: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

impl Count {
    pub(crate) fn one(self) {
        self.add(1);
    }

    pub(crate) fn add(self, n: u64) {
        ALL[self as usize].fetch_add(n, Ordering::Relaxed);
    }
}
