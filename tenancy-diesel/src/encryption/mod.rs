//! Encrypted columns.
//!
//! A column that `tenant_schema!` declares as encrypted has the SQL type [`Sealed`] instead of `Bytea`,
//! so nothing but [`Encrypted`] (or [`RowBound`]) of that column binds to it or loads from it. Values are
//! sealed when they are bound and opened when they are loaded, under a key of the scope's tenant and this
//! column. Outside of a scope, or in one without keys, both are errors: nothing is sent, and stored bytes
//! are never handed out as a value.
//!
//! ```
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! mod schema {
//!     tenancy_diesel::tenant_schema! {
//!         include = "../doc/secrets.rs",
//!         tenant = tenant_id: uuid::Uuid,
//!         encrypted = [accounts.api_key as "accounts.api_key"],
//!     }
//! }
//!
//! use schema::accounts;
//! use tenancy_diesel::encryption::Encrypted;
//! use tenancy_diesel::prelude::*;
//!
//! #[derive(Queryable, Selectable, Insertable, TenantScoped)]
//! #[diesel(table_name = accounts, check_for_backend(diesel::pg::Pg))]
//! struct Account {
//!     id: i32,
//!     api_key: Encrypted<String>,
//! }
//!
//! fn run(conn: &mut schema::Scoped<PgConnection>) -> QueryResult<String> {
//!     insert_into(accounts::table)
//!         .values(Account { id: 1, api_key: Encrypted::new("s3cret".to_owned()) })
//!         .execute(conn)?;
//!     let account: Account = Account::query().first(conn)?;
//!     Ok(account.api_key.into_inner())
//! }
//! # }
//! ```
//!
//! The keys come into the scope when it is opened:
//! [`TenantPool`](crate::pool::TenantPool) with [`keys`](crate::pool::Builder::keys), or
//! [`Scoped::with_keys`](crate::Scoped::with_keys).
//!
//! They are kept, wrapped, by a [`KeyStore`]: in two tables of PostgreSQL, `PgKeyStore` (feature `bb8`) and
//! `BlockingPgKeyStore` (feature `r2d2`).
//!
//! Ciphertext is bound to tenant and column. [`RowBound`] binds it to the row as well. Equal values have
//! different ciphertexts, so an encrypted column cannot be searched; [`BlindIndex`] is a column beside it
//! that can.

mod bind;
mod blind_index;
mod encrypted;
mod error;
#[cfg(any(feature = "bb8", feature = "r2d2"))]
mod key_store;
pub mod operations;
mod row_bound;
mod sql_types;

pub use bind::SealedBind;
pub use blind_index::{BlindIndex, BlindIndexExpressionMethods, Matches};
pub use encrypted::Encrypted;
pub use error::encryption_error;
#[cfg(feature = "r2d2")]
pub use key_store::{BlockingPgKeyStore, BlockingPgKeyStoreBuilder};
#[cfg(any(feature = "bb8", feature = "r2d2"))]
pub use key_store::{KeyStoreBuildError, KeyStoreError};
#[cfg(feature = "bb8")]
pub use key_store::{PgKeyStore, PgKeyStoreBuilder};
pub use row_bound::RowBound;
pub use sql_types::{ColumnLabel, IndexLabel, Indexed, Sealed};
#[cfg(feature = "serde_json")]
pub use tenancy_core::encryption::Json;
pub use tenancy_core::encryption::{
    BlindIndexSpec, CanonicalTenant, Clock, Decode, DerivedKeys, Destruction, Encode,
    EncryptionError, EnvelopeInfo, EnvironmentKey, FileKey, FixedKey, KdfCost, KeyGeneration,
    KeyRecord, KeySource, KeyState, KeyStore, Keyring, KeyringBuilder, KeyringError, Label,
    MemoryKeyStore, Moment, Normaliser, RootId, RootKey, RootKeyError, RootKind, RowId, SecretBox,
    SecretString, ShredReceipt, StoreError, StoreFuture, SystemClock, TenantKeys, TenantRecord,
    WrappedKey, Written, wait,
};
