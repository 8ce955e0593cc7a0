//! Tenant identifiers, the description of a multi-tenant schema and, behind features, what an application
//! keeps around its database for each tenant. Without a database.
//!
//! Applications normally depend on `tenancy-diesel`, which re-exports this crate.

#[cfg(feature = "cache")]
pub mod cache;
mod canonical;
#[cfg(feature = "encryption")]
pub mod encryption;
pub mod erasure;
mod error;
#[cfg(feature = "files")]
pub mod files;
mod future;
#[cfg(any(feature = "erasure", feature = "portable-files"))]
mod hex;
mod id;
#[cfg(feature = "jobs")]
pub mod jobs;
mod literal;
mod registry;
#[cfg(feature = "sealed")]
pub mod sealed;
#[cfg(any(feature = "encryption", feature = "erasure"))]
mod secret_file;
mod wait;

pub use canonical::CanonicalTenant;
pub use error::InvalidTenantId;
pub use future::BoxFuture;
pub use id::{MAX_TEXT_ID_BYTES, TenantId, validate_text, validate_wide_text};
pub use literal::{is_valid_variable, quote_identifier, quote_literal};
pub use registry::{Class, Column, EncryptedColumn, Registry, Table};
pub use wait::wait;
