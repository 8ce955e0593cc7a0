use std::error::Error as StdError;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use tenancy_core::encryption::{CanonicalTenant, StoreError};

/// Why the key store in PostgreSQL failed.
///
/// It comes as the source of [`KeyringError::Store`](super::super::KeyringError::Store). No text of it
/// holds a wrapped key, a salt or the id of a tenant: what the server reports about a row is left out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// No connection could be had from the key store's pool.
    #[error("no connection to the key store could be had")]
    NoConnection(#[source] Box<dyn StdError + Send + Sync>),
    /// The server refused.
    #[error("the key store's server refused: {message}")]
    Refused {
        /// Its message, without the details.
        message: String,
    },
    /// The connection failed in the middle. A write may have happened or not; the keyring reads again.
    #[error("the connection to the key store failed")]
    Connection,
    /// What is stored does not have the form that this release writes.
    #[error("a stored key record does not have the form that this release writes")]
    Malformed,
}

impl KeyStoreError {
    pub(super) fn no_connection(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        KeyStoreError::NoConnection(error.into())
    }

    /// Keeps the message of the server and drops the rest, which may quote the row. The message itself
    /// names relations and constraints; should it name the tenant, it is dropped too.
    pub(super) fn of(error: &QueryError, tenant: Option<&CanonicalTenant>) -> Self {
        match error {
            QueryError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
                KeyStoreError::Connection
            }
            QueryError::DatabaseError(_, info) => {
                let message = info.message();
                let tells = tenant.is_some_and(|tenant| message.contains(tenant.as_str()));
                KeyStoreError::Refused {
                    message: if tells { "(left out)" } else { message }.to_owned(),
                }
            }
            QueryError::DeserializationError(_) => KeyStoreError::Malformed,
            _ => KeyStoreError::Connection,
        }
    }
}

impl From<KeyStoreError> for StoreError {
    fn from(error: KeyStoreError) -> Self {
        std::sync::Arc::new(error)
    }
}

/// Why a key store in PostgreSQL could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreBuildError {
    /// No connection could be had.
    #[error("no connection to the key store could be had")]
    NoConnection(#[source] Box<dyn StdError + Send + Sync>),
    /// The roles and the tables could not be looked up.
    #[error("the roles and the tables of the key store could not be checked")]
    Query(#[source] QueryError),
    /// The server is a standby, which shows old records and takes no new ones.
    #[error("the key store's server is a standby; connect to the primary")]
    Standby,
    /// The tables are missing.
    #[error("the key tables do not exist in this database; run `tenancy_migrations::run`")]
    NotMigrated,
    /// The key store connects as the application's role.
    #[error("the key store connects as the application's role `{role}`; give it a role of its own")]
    ApplicationRole {
        /// The role of the application.
        role: String,
    },
    /// The application's role could read or change the keys.
    #[error(
        "the application's role `{role}` has, or can take, privileges on the key tables; revoke them"
    )]
    ApplicationReachesKeys {
        /// The role of the application.
        role: String,
    },
    /// The role of the key store may do more than it needs.
    #[error(
        "the role `{role}` of the key store {why}; connect as a role that only has its privileges"
    )]
    UnsafeRole {
        /// The role of the key store.
        role: String,
        /// What it may do.
        why: &'static str,
    },
    /// The role of the key store lacks privileges.
    #[error(
        "the role `{role}` of the key store lacks privileges on the key tables; run \
         `tenancy_migrations::grant_keys`"
    )]
    MissingPrivileges {
        /// The role of the key store.
        role: String,
    },
}

impl KeyStoreBuildError {
    pub(super) fn no_connection(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        KeyStoreBuildError::NoConnection(error.into())
    }
}
