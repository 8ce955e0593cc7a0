//! Files of tenants in an object store: on the local disk, in memory, in S3, GCS or Azure.
//!
//! - [`TenantFiles`] is the whole system: one [`Bucket`] for all tenants, or one for each. It reads and
//!   writes nothing; it counts and erases tenants, as a [`Target`](crate::erasure::Target).
//! - [`TenantStore`] is one tenant's part of it. Each operation stays in the tenant's prefix.
//! - [`FileName`] is a name that has been looked at: it leads nowhere else.
//!
//! ```
//! use std::sync::Arc;
//!
//! use tenancy_core::files::{FileError, FileName, TenantFiles, object_store::memory::InMemory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), FileError> {
//! let files = TenantFiles::new(Arc::new(InMemory::new()));
//! let (a, b) = (files.scope(&1)?, files.scope(&2)?);
//!
//! let name = FileName::parse("invoices/2026-07.pdf")?;
//! a.put(&name, "the invoice of A").await?;
//! assert_eq!(a.get(&name).await?.bytes(1024).await?, "the invoice of A");
//!
//! // What B has not is answered as what nobody has.
//! assert!(matches!(b.get(&name).await, Err(FileError::NotFound)));
//! assert!(FileName::parse("../1/invoices/2026-07.pdf").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! The guide, `docs/files.md`, has the form of keys in the bucket, what is protected against whom, and the
//! form of encrypted files.

mod bucket;
mod contents;
#[cfg(feature = "local-files")]
mod disk;
#[cfg(feature = "encrypted-files")]
mod encrypted;
mod erase;
mod error;
mod layout;
mod list;
mod name;
#[cfg(feature = "portable-files")]
mod portable;
mod read;
#[cfg(feature = "signed-files")]
mod sign;
mod store;
mod system;
mod write;

/// The crate of the object stores, of which the cloud ones are features.
pub use object_store;

pub use bucket::{Bucket, BucketError};
pub use contents::FileContents;
#[cfg(feature = "local-files")]
pub use disk::LocalDisk;
pub use error::FileError;
pub use list::FileInfo;
pub use name::{FileName, InvalidFileName, MAX_NAME_BYTES};
#[cfg(feature = "portable-files")]
pub use portable::{PortError, PortedFile};
#[cfg(feature = "signed-files")]
pub use sign::{SignedFor, SignedUrl};
pub use store::TenantStore;
pub use system::TenantFiles;
pub use write::Upload;
