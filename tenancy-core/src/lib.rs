//! Tenant identifiers and the description of a multi-tenant schema, without a database.
//!
//! Applications normally depend on `tenancy-diesel`, which re-exports this crate.

mod error;
mod id;
mod literal;
mod registry;

pub use error::InvalidTenantId;
pub use id::{MAX_TEXT_ID_BYTES, TenantId, validate_text, validate_wide_text};
pub use literal::{is_valid_variable, quote_identifier, quote_literal};
pub use registry::{Class, Column, EncryptedColumn, Registry, Table};
