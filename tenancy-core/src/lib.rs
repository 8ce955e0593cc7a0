//! Tenant identifiers, the description of a multi-tenant schema and, with the feature `encryption`,
//! encryption per tenant; with `sealed`, tenants that the database verifies. Without a database.
//!
//! Applications normally depend on `tenancy-diesel`, which re-exports this crate.

mod canonical;
#[cfg(feature = "encryption")]
pub mod encryption;
pub mod erasure;
mod error;
mod future;
mod id;
mod literal;
mod registry;
#[cfg(feature = "sealed")]
pub mod sealed;
mod wait;

pub use canonical::CanonicalTenant;
pub use error::InvalidTenantId;
pub use future::BoxFuture;
pub use id::{MAX_TEXT_ID_BYTES, TenantId, validate_text, validate_wide_text};
pub use literal::{is_valid_variable, quote_identifier, quote_literal};
pub use registry::{Class, Column, EncryptedColumn, Registry, Table};
pub use wait::wait;
