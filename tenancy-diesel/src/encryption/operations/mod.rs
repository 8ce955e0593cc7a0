//! Operations on the encrypted values of a tenant, for the operator.
//!
//! | operation | what it does |
//! |---|---|
//! | [`Reencrypt`] | seals the values of older generations anew |
//! | [`remaining`] | counts the values by generation, without a key |
//! | [`DestroyGeneration`] | destroys the key of a generation that no value is left of |
//! | [`EncryptPlaintext`] | fills an encrypted column from a plaintext column |
//! | [`shred`] | destroys all keys of a tenant, and says what is left |
//!
//! Each works in a scope of the tenant, synchronous (`run_blocking`) or asynchronous (`run`), as the
//! application role, under row-level security and with the tenant's filter in each statement. It needs
//! SELECT and UPDATE on the tables. Transactions are short, rows are never waited for, and nothing is kept about
//! how far an operation has come: what is left to do stands in the values themselves. So it can be killed
//! anywhere and run again. What they write is an UPDATE of the application's tables, so triggers fire.
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # fn example(
//! #     registry: &tenancy_diesel::Registry,
//! #     mut conn: tenancy_diesel::Scoped<diesel::PgConnection, i32>,
//! #     keyring: &tenancy_diesel::encryption::Keyring,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::encryption::operations::Reencrypt;
//! use tenancy_diesel::encryption::wait;
//!
//! wait(keyring.new_generation(conn.tenant()))?;
//! let report = Reencrypt::new(registry)
//!     .on_progress(|progress| println!("{progress}"))
//!     .run_blocking(&mut conn, keyring)?;
//! println!("{report}");
//! assert!(report.is_complete());
//! # Ok(())
//! # }
//! ```
//!
//! The session of the connection is changed for the length of a transaction only, but a scope cannot know
//! that of raw SQL, so a pool discards the connection afterwards.

mod destroy;
mod error;
mod fence;
mod inventory;
mod keys;
mod ledger;
mod limits;
mod plaintext;
mod progress;
mod reencrypt;
pub(crate) mod session;
mod shape;
mod shred;
pub(crate) mod statement;

pub use destroy::{DestroyGeneration, DestructionStep, GenerationDestroyed};
pub use error::OperationError;
#[cfg(feature = "async")]
pub use inventory::remaining;
#[cfg(feature = "postgres")]
pub use inventory::remaining_blocking;
pub use inventory::{ColumnInventory, Inventory};
pub use keys::KeysFrom;
pub use ledger::{Ledger, LedgerEntry, Problem, RowKey};
pub use limits::Limits;
pub use plaintext::{EncryptPlaintext, Plain, PlaintextReport};
pub use progress::{ColumnTally, Progress, Tally};
pub use reencrypt::{Reencrypt, ReencryptReport};
pub use shred::ShredReport;
#[cfg(feature = "async")]
pub use shred::shred;
#[cfg(feature = "postgres")]
pub use shred::shred_blocking;
