//! The key store in PostgreSQL.
//!
//! Two tables, `tenancy.tenancy_kek` and `tenancy.tenancy_keys`, which `tenancy_migrations::run` creates:
//! in the application's database or, better, in one of another server, so that no backup has the data
//! and the keys. A role of its own reads and writes them, through a pool of its own;
//! `tenancy_migrations::grant_keys` gives it the privileges.

#[cfg(feature = "bb8")]
mod asynchronous;
#[cfg(feature = "r2d2")]
mod blocking;
mod check;
mod error;
mod rows;
mod settings;
mod statements;

#[cfg(feature = "bb8")]
pub use asynchronous::{PgKeyStore, PgKeyStoreBuilder};
#[cfg(feature = "r2d2")]
pub use blocking::{BlockingPgKeyStore, BlockingPgKeyStoreBuilder};
pub use error::{KeyStoreBuildError, KeyStoreError};
