use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(feature = "async")]
use std::sync::{Mutex, PoisonError};

use diesel::QueryResult;
use diesel::result::Error;

/// Where a statement of a scope finds the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Outside of any transaction: the statement needs one of its own.
    Free,
    /// Outside of any transaction, and the variable is set for the session.
    Session,
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
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// A statement is on the wire, or was when its future was dropped or its step panicked.
    in_flight: AtomicBool,
    /// A transaction was cut off: its future was dropped, or its closure panicked.
    lost: AtomicBool,
    /// How many statements of the scope's transaction have failed, or may have.
    failed: AtomicUsize,
    /// SQL ran that may have changed the session.
    tainted: AtomicBool,
    /// What begins the transaction, until its first statement is sent.
    #[cfg(feature = "async")]
    opening: Mutex<Option<Arc<str>>>,
}

impl State {
    pub(super) fn at(depth: Option<u32>) -> Self {
        State {
            outer: depth,
            shared: Arc::default(),
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
        self.shared.in_flight.load(Ordering::Relaxed) || self.shared.lost.load(Ordering::Relaxed)
    }

    /// Marks the beginning of a transaction's closure. Unless [`Closure::end`] is reached, the
    /// connection counts as cut off: the depth that Diesel counts no longer says what is open.
    pub(super) fn enter_closure(&self) -> Closure {
        Closure(Some(Arc::clone(&self.shared)))
    }

    pub(super) fn taint(&self) {
        self.shared.tainted.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_tainted(&self) -> bool {
        self.shared.tainted.load(Ordering::Relaxed)
    }

    /// Counts a statement of a transaction as failed until it is known to have succeeded: its future or
    /// its rows may be dropped before the server's error is seen.
    pub(super) fn suspect(&self) -> Suspicion {
        self.shared.failed.fetch_add(1, Ordering::Relaxed);
        Suspicion(Arc::clone(&self.shared))
    }

    /// Whether a statement of the transaction has failed, or may have.
    pub(super) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Relaxed) > 0
    }

    /// A transaction begins, in which nothing has failed.
    pub(super) fn forget_failures(&self) {
        self.shared.failed.store(0, Ordering::Relaxed);
    }

    /// Marks the beginning of a statement. Until [`Flight::land`] the connection counts as cut off.
    pub(super) fn take_off(&self) -> Flight {
        self.shared.in_flight.store(true, Ordering::Relaxed);
        Flight(Arc::clone(&self.shared))
    }

    /// The transaction begins with its first statement, which sends `begin`.
    #[cfg(feature = "async")]
    pub(super) fn begin_with_next(&self, begin: Arc<str>) {
        *self.opening() = Some(begin);
    }

    /// What is to be sent before the next statement. Whoever takes it has to send it.
    #[cfg(feature = "async")]
    pub(super) fn take_opening(&self) -> Option<Arc<str>> {
        self.opening().take()
    }

    /// Puts a new setting of the variable for the old one in what is yet to be sent.
    #[cfg(all(feature = "async", feature = "sealed"))]
    pub(super) fn amend_opening(&self, old: &str, new: &str) {
        if let Some(begin) = &mut *self.opening() {
            *begin = begin.replace(old, new).into();
        }
    }

    #[cfg(feature = "async")]
    fn opening(&self) -> std::sync::MutexGuard<'_, Option<Arc<str>>> {
        self.shared
            .opening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The closure of a transaction.
#[derive(Debug)]
pub(crate) struct Closure(Option<Arc<Shared>>);

impl Closure {
    /// The closure has returned, and its transaction ends in an orderly way.
    pub(crate) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Closure {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.lost.store(true, Ordering::Relaxed);
        }
    }
}

/// A statement of a transaction that may fail. Several can be on their way.
#[derive(Debug)]
pub(super) struct Suspicion(Arc<Shared>);

impl Suspicion {
    /// The statement has succeeded.
    pub(super) fn clear(self) {
        self.0.failed.fetch_sub(1, Ordering::Relaxed);
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
pub(super) struct Flight(Arc<Shared>);

impl Flight {
    /// The connection is at rest again.
    pub(super) fn land(&self) {
        self.0.in_flight.store(false, Ordering::Relaxed);
    }

    /// The connection must not be used again.
    #[cfg(feature = "async")]
    pub(super) fn lose(&self) {
        self.0.lost.store(true, Ordering::Relaxed);
    }
}
