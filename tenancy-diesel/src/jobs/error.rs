use std::error::Error as StdError;

use diesel::result::Error as QueryError;
use tenancy_core::jobs::JobError;

/// Where a connection comes from has its own errors.
pub(super) type Source = Box<dyn StdError + Send + Sync>;

/// Why a job was not enqueued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// The scope has no keys to seal a job with.
    #[error(
        "the scope has no keys to seal a job with; give the pool a keyring with `keys`, or the scope its keys \
         with `with_keys`"
    )]
    NoKeys,
    /// The job could not be sealed, or not opened.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The server did not take it.
    #[error(transparent)]
    Query(QueryError),
}

impl EnqueueError {
    /// The `EnqueueError` inside of an error of Diesel, as the closure of a transaction returns it.
    ///
    /// ```
    /// use tenancy_diesel::jobs::EnqueueError;
    ///
    /// let error = diesel::result::Error::from(EnqueueError::NoKeys);
    /// assert!(matches!(EnqueueError::of(&error), Some(EnqueueError::NoKeys)));
    /// ```
    pub fn of(error: &QueryError) -> Option<&EnqueueError> {
        match error {
            QueryError::QueryBuilderError(inner) => {
                (&**inner as &(dyn StdError + 'static)).downcast_ref()
            }
            _ => None,
        }
    }
}

/// So that the closure of a transaction may return a `QueryResult`.
impl From<EnqueueError> for QueryError {
    fn from(error: EnqueueError) -> Self {
        match error {
            EnqueueError::Query(error) => error,
            other => QueryError::QueryBuilderError(Box::new(other)),
        }
    }
}

/// Why the queue could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// No connection could be had.
    #[error("no connection to the queue could be had from the pool")]
    Checkout(#[source] Source),
    /// A statement failed.
    #[error("the queue could not be asked")]
    Query(#[source] QueryError),
    /// A row is none that this version could have written.
    #[error("a row of the queue is not of the form that this version knows")]
    Malformed,
}

/// Why a queue or a worker could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobsBuildError {
    /// The roles could not be looked up.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The tables are missing.
    #[error("the table `tenancy.jobs` is missing; run the migrations of tenancy-migrations")]
    NotMigrated,
    /// The role of the application does not exist, so nothing could be checked against it.
    #[error("there is no role `{role}`; name the role that the application's pool connects as")]
    UnknownApplicationRole {
        /// The name that was looked for.
        role: String,
    },
    /// The role of the worker may do what it must not, or cannot do its work.
    #[error("the worker's role `{role}` {why}")]
    UnsafeRole {
        /// Its name.
        role: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The application's role may do more with the queue than add to it.
    #[error(
        "the application's role `{role}` may read or change the queue; it may insert into it and no more, see \
         `tenancy_migrations::grant_jobs`"
    )]
    ApplicationReachesQueue {
        /// Its name.
        role: String,
    },
    /// The worker's role reaches a table of the tenants.
    #[error(
        "the worker's role `{role}` has privileges on `{table}`, a table of the tenants; handlers work through the \
         application's pool, so revoke them"
    )]
    ReachesTenants {
        /// Its name.
        role: String,
        /// The table.
        table: String,
    },
    /// The application's pool has no keys.
    #[error(
        "jobs are sealed under the keys of their tenants; give the pool of the tenants a keyring with `keys`"
    )]
    NoKeys,
    /// Two handlers are for the same kind of job.
    #[error("there are two handlers for jobs of the kind `{kind}`")]
    SameKind {
        /// The kind.
        kind: &'static str,
    },
}
