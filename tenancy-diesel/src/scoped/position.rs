use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::QueryResult;
use diesel::result::Error;

/// Where a statement of a scope finds the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Outside of any transaction: the statement needs one of its own.
    Free,
    /// In a transaction that was open before the scope: the variable is set around the statement.
    Borrowed,
    /// In a transaction that the scope began: the variable is set.
    Inside,
}

/// What a scope remembers about its connection.
#[derive(Debug)]
pub(super) struct State {
    /// The depth at which the scope was opened; `None` when the connection was broken then.
    outer: Option<u32>,
    /// A statement is on the wire, or was when its future was dropped or its step panicked.
    in_flight: Arc<AtomicBool>,
    /// A transaction was cut off: its future was dropped, or its closure panicked.
    lost: Arc<AtomicBool>,
    /// A statement of the scope's transaction has failed.
    failed: Arc<AtomicBool>,
    /// SQL ran that may have changed the session.
    tainted: bool,
}

impl State {
    pub(super) fn at(depth: Option<u32>) -> Self {
        State {
            outer: depth,
            in_flight: Arc::default(),
            lost: Arc::default(),
            failed: Arc::default(),
            tainted: false,
        }
    }

    /// # Errors
    /// [`Error::BrokenTransactionManager`] when an earlier statement was cut off.
    pub(super) fn position(&self, depth: Option<u32>) -> QueryResult<Position> {
        let (Some(outer), Some(depth)) = (self.outer, depth) else {
            return Err(Error::BrokenTransactionManager);
        };
        if self.is_cut_off() || depth < outer {
            return Err(Error::BrokenTransactionManager);
        }
        Ok(match (depth > outer, outer) {
            (true, _) => Position::Inside,
            (false, 0) => Position::Free,
            (false, _) => Position::Borrowed,
        })
    }

    /// Whether `depth` is that of the outermost transaction the scope began.
    pub(super) fn is_outermost(&self, depth: Option<u32>) -> bool {
        matches!((self.outer, depth), (Some(outer), Some(depth)) if depth == outer + 1)
    }

    pub(super) fn is_borrowed(&self) -> bool {
        self.outer.is_some_and(|outer| outer > 0)
    }

    /// Whether the connection must not be used after the scope.
    pub(super) fn must_give_up(&self, depth: Option<u32>) -> bool {
        self.is_cut_off() || depth != self.outer
    }

    /// Whether nothing may be sent any more.
    pub(super) fn is_cut_off(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) || self.lost.load(Ordering::Relaxed)
    }

    /// Marks the beginning of a transaction's closure. Unless [`Closure::end`] is reached, the
    /// connection counts as cut off: the depth that Diesel counts no longer says what is open.
    pub(super) fn enter_closure(&self) -> Closure {
        Closure(Some(Arc::clone(&self.lost)))
    }

    pub(super) fn taint(&mut self) {
        self.tainted = true;
    }

    pub(super) fn is_tainted(&self) -> bool {
        self.tainted
    }

    pub(super) fn failure(&self) -> Failure {
        Failure(Arc::clone(&self.failed))
    }

    /// Marks the beginning of a statement. Until [`Flight::land`] the connection counts as cut off.
    pub(super) fn take_off(&self) -> Flight {
        self.in_flight.store(true, Ordering::Relaxed);
        Flight(Arc::clone(&self.in_flight))
    }

    /// For futures, which take off when they are first polled.
    #[cfg(feature = "async")]
    pub(super) fn runway(&self) -> Runway {
        Runway(Arc::clone(&self.in_flight))
    }
}

/// The closure of a transaction.
#[derive(Debug)]
pub(crate) struct Closure(Option<Arc<AtomicBool>>);

impl Closure {
    /// The closure has returned, and its transaction ends in an orderly way.
    pub(crate) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Closure {
    fn drop(&mut self) {
        if let Some(lost) = &self.0 {
            lost.store(true, Ordering::Relaxed);
        }
    }
}

/// The record of failed statements of a transaction.
#[derive(Debug, Clone)]
pub(super) struct Failure(Arc<AtomicBool>);

impl Failure {
    /// Counts a statement as failed until it is known to have succeeded: its future or its rows may
    /// be dropped before the server's error is seen.
    pub(super) fn suspect(&self) -> Suspicion {
        Suspicion {
            before: self.0.swap(true, Ordering::Relaxed),
            failed: Arc::clone(&self.0),
        }
    }

    pub(super) fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn forget(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A statement of a transaction that may fail.
#[derive(Debug)]
pub(super) struct Suspicion {
    before: bool,
    failed: Arc<AtomicBool>,
}

impl Suspicion {
    /// The statement has succeeded.
    pub(super) fn clear(self) {
        self.failed.store(self.before, Ordering::Relaxed);
    }

    /// Clears the suspicion if the result is `Ok`.
    pub(super) fn judge<T>(self, result: QueryResult<T>) -> QueryResult<T> {
        if result.is_ok() {
            self.clear();
        }
        result
    }
}

/// A statement on the wire. Dropped without [`land`](Flight::land), it leaves the connection marked
/// as cut off.
#[derive(Debug)]
pub(super) struct Flight(Arc<AtomicBool>);

impl Flight {
    /// The connection is at rest again.
    pub(super) fn land(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// The connection must not be used again.
    #[cfg(feature = "async")]
    pub(super) fn lose(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(feature = "async")]
#[derive(Debug)]
pub(super) struct Runway(Arc<AtomicBool>);

#[cfg(feature = "async")]
impl Runway {
    pub(super) fn take_off(self) -> Flight {
        self.0.store(true, Ordering::Relaxed);
        Flight(self.0)
    }
}
