//! Taking a tenant's data out, and bringing it in elsewhere.
//!
//! [`Export`] writes all rows of the scope's tenant to a new directory: a file of JSON Lines for each table, and a
//! manifest with what they are. It reads in one REPEATABLE READ, READ ONLY transaction, so the files are of one
//! moment. [`Import`] reads such a directory into the tenant of its scope, in one transaction: all of it or nothing.
//!
//! Both work in a scope, synchronous (`run_blocking`) or asynchronous (`run`), as a role that row-level security
//! confines to the tenant, and refuse any other. The files say nothing about whose rows they are: the tenant column is
//! in none of them, and an import fills in the tenant of its scope.
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # fn example(
//! #     registry: &tenancy_diesel::Registry,
//! #     mut old: tenancy_diesel::Scoped<diesel::PgConnection, i32>,
//! #     mut new: tenancy_diesel::Scoped<diesel::PgConnection, i32>,
//! #     old_keys: &tenancy_diesel::encryption::TenantKeys,
//! #     new_keys: &tenancy_diesel::encryption::TenantKeys,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::portability::{Export, Import};
//!
//! let manifest = Export::new(registry).keys(old_keys).run_blocking(&mut old, "acme")?;
//! println!("{} rows", manifest.rows());
//!
//! let report = Import::new(registry).keys(new_keys).run_blocking(&mut new, "acme")?;
//! assert_eq!(report.rows(), manifest.rows());
//! # Ok(())
//! # }
//! ```
//!
//! The guide, `docs/portability.md`, has the form of the files and what an import does not trust.

mod catalog;
mod cell;
mod directory;
mod error;
mod export;
mod import;
mod keys;
mod manifest;
mod sealed;
mod transaction;

pub use error::{Mistake, PortabilityError};
pub use export::Export;
pub use import::{BehindSequence, Import, ImportReport, ImportedTable};
pub use manifest::{ExportedColumn, ExportedTable, LeftTable, MANIFEST_FORMAT, Manifest};
