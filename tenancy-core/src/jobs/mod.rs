//! Background jobs that carry their tenant.
//!
//! A job waits in a queue that people and programs can read and write, so what waits there is an
//! [`Envelope`]: the tenant, the kind of the job and its times in clear, for a worker has to know whose
//! keys to unlock and what to run when, and the payload sealed under the tenant's keys. Everything that is
//! in clear is authenticated with the payload. Whoever reads the queue learns nothing of the payload but its
//! length, in steps of 64 bytes; whoever writes to it can make no job that opens.
//!
//! ```
//! # use tenancy_core::encryption::*;
//! use std::time::SystemTime;
//! use tenancy_core::jobs::{Envelope, Job, JobError, JobOptions, TenantJob};
//!
//! #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
//! struct SendInvoice {
//!     number: u32,
//! }
//!
//! impl Job for SendInvoice {
//!     const KIND: &'static str = "send-invoice";
//! }
//!
//! # let derived = DerivedKeys::new_blocking("example", RootKey::generate()?)?;
//! # let (keys_of_a, keys_of_b) = (derived.tenant(&1)?, derived.tenant(&2)?);
//! let job = TenantJob::seal(&keys_of_a, &SendInvoice { number: 12 }, &JobOptions::new())?;
//! let in_the_queue: Vec<u8> = job.envelope().as_bytes().to_vec();
//!
//! let found = Envelope::parse(in_the_queue)?;
//! assert_eq!(found.tenant().as_str(), "1");
//! assert_eq!(found.kind(), "send-invoice");
//! let job = TenantJob::<SendInvoice>::of(found)?;
//! assert_eq!(job.open(&keys_of_a, SystemTime::now())?, SendInvoice { number: 12 });
//! assert_eq!(job.open(&keys_of_b, SystemTime::now()), Err(JobError::OtherTenant));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod envelope;
mod error;
mod id;
mod job;
mod options;
mod payload;
mod sealed_job;

pub use envelope::{Envelope, FORMAT, MAX_ENVELOPE_BYTES};
pub use error::JobError;
pub use id::JobId;
pub use job::{Job, MAX_KIND_BYTES, is_valid_kind};
pub use options::JobOptions;
pub use sealed_job::{MAX_PAYLOAD_BYTES, TenantJob};
