//! Transactions that are run again when the server could not order them.

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "postgres")]
mod blocking;

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error};

#[cfg(any(feature = "async", feature = "postgres"))]
use crate::ScopeError;

/// How often a transaction is run again, and how long it waits before.
///
/// For [`TransactionBuilder::retry`](crate::TransactionBuilder). The wait is chosen at random between
/// nothing and a limit that doubles from one attempt to the next, so that two transactions which have
/// met once do not meet again.
///
/// ```
/// use std::time::Duration;
/// use tenancy_diesel::Retry;
///
/// let patient = Retry::new().attempts(10).delay(Duration::from_millis(5), Duration::from_secs(1));
/// # assert_ne!(patient, Retry::new());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            attempts: 5,
            first: Duration::from_millis(10),
            longest: Duration::from_secs(1),
        }
    }
}

impl Retry {
    /// Five attempts, with waits of up to 10, 20, 40 and 80 milliseconds between them.
    pub fn new() -> Self {
        Retry::default()
    }

    /// How often the transaction is run at most, the first time included. It is run once at least.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The limit of the first wait, and of all of them. Zero is no wait.
    pub fn delay(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// The wait after so many attempts.
    fn wait(&self, made: u32) -> Duration {
        let doubled = 2u32.checked_pow(made.saturating_sub(1)).unwrap_or(u32::MAX);
        let limit = self.first.saturating_mul(doubled).min(self.longest);
        // The seed of a hash map is the randomness that the standard library has.
        let random = RandomState::new().hash_one(made);
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(random % nanos.saturating_add(1))
    }
}

/// An error of a transaction's closure, in which the failure of a statement can be found.
///
/// Implement it for the application's own error:
///
/// ```
/// use diesel::result::Error as QueryError;
/// use tenancy_diesel::StatementError;
///
/// enum AppError {
///     Query(QueryError),
///     OutOfStock,
/// }
///
/// impl StatementError for AppError {
///     fn statement_error(&self) -> Option<&QueryError> {
///         match self {
///             AppError::Query(error) => Some(error),
///             AppError::OutOfStock => None,
///         }
///     }
/// }
/// # let query: AppError = AppError::Query(QueryError::NotFound);
/// # assert!(query.statement_error().is_some() && AppError::OutOfStock.statement_error().is_none());
/// ```
#[diagnostic::on_unimplemented(
    message = "it cannot be told whether `{Self}` is the failure of a statement",
    note = "implement `tenancy_diesel::StatementError` for it, or let the closure return a `QueryResult`"
)]
pub trait StatementError {
    /// The statement's error, if that is what went wrong.
    fn statement_error(&self) -> Option<&Error>;
}

impl StatementError for Error {
    fn statement_error(&self) -> Option<&Error> {
        Some(self)
    }
}

impl StatementError for Box<dyn std::error::Error + Send + Sync> {
    fn statement_error(&self) -> Option<&Error> {
        self.downcast_ref()
    }
}

impl StatementError for Box<dyn std::error::Error> {
    fn statement_error(&self) -> Option<&Error> {
        self.downcast_ref()
    }
}

#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
impl StatementError for crate::pool::Error {
    fn statement_error(&self) -> Option<&Error> {
        match self {
            crate::pool::Error::Query(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether the server gave the transaction up in favour of another one, so that it may succeed when it is
/// run again: a serialization failure (40001) or a deadlock (40P01).
///
/// Diesel has a kind for the first and passes no SQLSTATE on, so a deadlock is told by its text, which is
/// English unless `lc_messages` says otherwise.
fn is_conflict(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            info.message() == "deadlock detected"
        }
        // What is known of the COMMIT counts, not how the ROLLBACK after it went.
        _ => false,
    }
}

/// What a failed COMMIT leaves open.
#[cfg(any(feature = "async", feature = "postgres"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The server answered that the transaction was rolled back.
    RolledBack,
    /// Its session has to be asked: one that ended may have ended before or after it had committed.
    AskSession,
    /// No answer came.
    Unknown,
}

#[cfg(any(feature = "async", feature = "postgres"))]
fn outcome(of_commit: &Error) -> Outcome {
    match of_commit {
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) => Outcome::Unknown,
        // FATAL errors, with which a session ends, are of this kind too.
        Error::DatabaseError(DatabaseErrorKind::Unknown, _) => Outcome::AskSession,
        Error::DatabaseError(..) => Outcome::RolledBack,
        error if ScopeError::of(error) == Some(&ScopeError::RolledBack) => Outcome::RolledBack,
        _ => Outcome::Unknown,
    }
}

/// What follows an attempt.
#[cfg(any(feature = "async", feature = "postgres"))]
enum Next<R, E> {
    Done(Result<R, E>),
    Again(Duration),
}

/// Counts the attempts.
#[cfg(any(feature = "async", feature = "postgres"))]
struct Attempts {
    retry: Retry,
    made: u32,
}

#[cfg(any(feature = "async", feature = "postgres"))]
impl Attempts {
    fn new(retry: Retry) -> Self {
        Attempts { retry, made: 0 }
    }

    /// The transaction was rolled back because of this error.
    fn rolled_back<R, E: StatementError>(&mut self, error: E) -> Next<R, E> {
        self.made += 1;
        let is_conflict = error.statement_error().is_some_and(is_conflict);
        if is_conflict && self.made < self.retry.attempts {
            let wait = self.retry.wait(self.made);
            tracing::debug!(
                target: "tenancy::retry", attempt = self.made, wait = ?wait,
                "a transaction gave way to another one and is run again"
            );
            return Next::Again(wait);
        }
        Next::Done(Err(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_random_below_a_limit_that_doubles() {
        let retry = Retry::new().delay(Duration::from_millis(10), Duration::from_millis(35));
        for (made, limit) in [(1, 10), (2, 20), (3, 35), (40, 35)] {
            let waits: Vec<Duration> = (0..64).map(|_| retry.wait(made)).collect();
            assert!(
                waits
                    .iter()
                    .all(|wait| *wait <= Duration::from_millis(limit))
            );
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
        let none = retry.delay(Duration::ZERO, Duration::from_secs(1));
        assert_eq!(none.wait(9), Duration::ZERO);
        let endless = retry.delay(Duration::MAX, Duration::MAX);
        assert!(endless.wait(32) <= Duration::MAX);
    }
}
