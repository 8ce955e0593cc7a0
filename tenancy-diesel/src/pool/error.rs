use diesel::result::Error as QueryError;
#[cfg(feature = "encryption")]
use tenancy_core::encryption::KeyringError;

#[cfg(feature = "async")]
use crate::CurrentTenantError;
use crate::ScopeError;
use crate::audit::Finding;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a pool had no connection. The source is the pool's own error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckoutError {
    /// No connection became free, or none could be opened, in the time that the pool allows.
    #[error("no connection could be had from the pool in time")]
    TimedOut(#[source] Source),
    /// The pool has been closed, or a connection could not be opened.
    #[error("no connection could be had from the pool")]
    Failed(#[source] Source),
}

/// Why a scope could not be had, or what went wrong in `with_scope`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The id cannot be a tenant's.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// There was no connection.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// The task has no tenant, see [`CurrentTenant`](crate::CurrentTenant).
    #[cfg(feature = "async")]
    #[error(transparent)]
    CurrentTenant(#[from] CurrentTenantError),
    /// The keys of the tenant could not be unlocked.
    #[cfg(feature = "encryption")]
    #[error("the keys of the tenant could not be unlocked")]
    Keys(#[from] KeyringError),
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// So that a closure of `with_scope` may return a `QueryResult`.
impl From<Error> for QueryError {
    fn from(error: Error) -> Self {
        match error {
            Error::Query(error) => error,
            Error::Scope(error) => error.into(),
            other => QueryError::QueryBuilderError(Box::new(other)),
        }
    }
}

/// Why a pool could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There was no connection to look at the database with.
    #[error("no connection could be had to check the database")]
    Checkout(#[source] CheckoutError),
    /// The database could not be looked at.
    #[error("the database could not be checked")]
    Query(#[source] QueryError),
    /// Row-level security does not keep the tenants apart. The text has every finding, with its mend.
    #[error("the database does not keep tenants apart:{}", list(findings))]
    UnsafeDatabase {
        /// Everything that was found of [`Severity::Error`](crate::audit::Severity::Error).
        findings: Vec<Finding>,
    },
    /// Sealed tenants, or such as are not sealed, do not go with this database.
    #[error(transparent)]
    SealedTenants(#[from] crate::sealed::SealedError),
    /// The boot check was to be skipped for no reason.
    #[error("`dangerously_skip_boot_check` needs a reason")]
    NoReason,
}

/// One after the other, each with its evidence and its mend.
pub(super) fn list(findings: &[Finding]) -> String {
    let texts = findings.iter().map(|finding| format!("\n{finding}"));
    texts.collect::<String>().trim_end().to_owned()
}
