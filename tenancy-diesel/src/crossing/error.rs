use std::error::Error as StdError;

use diesel::result::Error as QueryError;

use super::InvalidPurpose;
use crate::ScopeError;

/// Where a connection comes from has its own errors.
pub(super) type Source = Box<dyn StdError + Send + Sync>;

/// Why tenants were not crossed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrossingError {
    /// Somebody's name or reason is not accepted.
    #[error(transparent)]
    Purpose(#[from] InvalidPurpose),
    /// The record could not be committed: nothing was read.
    #[error("the crossing could not be recorded, so nothing was read")]
    NotRecorded(#[source] Source),
    /// No connection could be had.
    #[error("no connection could be had from the pool")]
    Checkout(#[source] Source),
    /// The id cannot be a tenant's.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// A scope for a write could not be had.
    #[error("no scope could be had for the tenant")]
    NoScope(#[source] Source),
}

impl CrossingError {
    /// The `CrossingError` inside of an error that a [`CrossTenant`](super::CrossTenant) returned, if that
    /// is what went wrong.
    pub fn of(error: &QueryError) -> Option<&CrossingError> {
        match error {
            QueryError::QueryBuilderError(inner) => {
                (&**inner as &(dyn StdError + 'static)).downcast_ref()
            }
            _ => None,
        }
    }
}

impl From<CrossingError> for QueryError {
    fn from(error: CrossingError) -> Self {
        QueryError::QueryBuilderError(Box::new(error))
    }
}

/// Why a pool could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No connection could be had.
    #[error("no connection could be had to check the database roles")]
    Checkout(#[source] Source),
    /// The roles could not be looked up.
    #[error("the database roles could not be checked")]
    Query(#[source] QueryError),
    /// The role of the application does not exist, so nothing could be checked against it.
    #[error("there is no role `{role}`; name the application's role with `app_role`")]
    UnknownApplicationRole {
        /// The name that was looked for.
        role: String,
    },
    /// The table of records is missing: run `tenancy_migrations::run`.
    #[error("the table `tenancy.crossings` is missing; run the migrations of tenancy-migrations")]
    NotMigrated,
    /// A role may do what it must not.
    #[error("the {which} role `{role}` {why}")]
    UnsafeRole {
        /// `reading` or `recording`.
        which: &'static str,
        /// Its name.
        role: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The application's role may read or write the records.
    #[error("the application's role `{role}` reaches the records of crossings")]
    ApplicationReachesRecords {
        /// Its name.
        role: String,
    },
}
