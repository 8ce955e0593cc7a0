//! Signed receipts of erasures, kept outside of the database.
//!
//! A [`Receipt`] is a text: some lines that say what it is, the report of an erasure as JSON, and a line with
//! an Ed25519 signature of everything before it. What is signed is what stands in the file, byte by byte, so
//! nothing is ever put into another form to be verified.
//!
//! ```text
//! tenancy erasure receipt 1
//! key 5b0c62d6a3b1b8a0c7a2d4b5a0c1f2e3
//! number 2
//! previous 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bd822cd15d6c15b0f00a0
//! erasure 7f1c5a52-2f0e-4a37-8a43-6ab3f7f0c001
//!
//! {"format":1,"erasure":"7f1c5a52-2f0e-4a37-8a43-6ab3f7f0c001","tenant":"42",..}
//! signature 7c2f..
//! ```
//!
//! Receipts are numbered, and each names the SHA-256 of the one before, so one that is removed or exchanged is
//! noticed by [`Chain::load`]. A [`ReceiptSink`] keeps them; an [`Issuer`] signs and appends.
//!
//! ```
//! use std::sync::Arc;
//! use tenancy_core::CanonicalTenant;
//! use tenancy_core::erasure::Report;
//! use tenancy_core::erasure::receipts::{Chain, Directory, Issuer, SigningKey, TrustedKeys};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path();
//! let key = SigningKey::generate()?;
//! let trusted = TrustedKeys::from(key.public());
//! let sink = Arc::new(Directory::open(path)?);
//!
//! let issuer = Issuer::new(key, sink.clone());
//! # let mut report = Report::new("erasure-1", CanonicalTenant::from_text("42")?, "2026-11-25T22:40:12.123456Z");
//! # report.finished = "2026-11-25T22:40:13.123456Z".to_owned();
//! // `report` is what an erasure ends with.
//! let receipt = issuer.issue(&report).await?;
//! assert_eq!(receipt.number(), 1);
//!
//! let chain = Chain::load(&*sink, &trusted).await?;
//! assert_eq!(chain.receipts(), [receipt]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
mod directory;
mod issuer;
mod key;
#[cfg(feature = "files")]
mod objects;
mod receipt;
mod sink;

pub use chain::{Chain, ChainError, Digest};
pub use directory::Directory;
pub use issuer::{IssueError, Issuer};
pub use key::{KeyId, PublicKey, SigningKey, SigningKeyError, TrustedKeys};
#[cfg(feature = "files")]
pub use objects::Objects;
pub use receipt::{MAX_RECEIPT_BYTES, Receipt, ReceiptError};
/// The types of secrets in this interface, of the crate `secrecy`.
pub use secrecy::{ExposeSecret, SecretString};
pub use sink::{ReceiptSink, SinkError};
