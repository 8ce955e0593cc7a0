//! Tenants that SQL cannot forge.
//!
//! Policies read the tenant from a variable of the session, and any SQL in the session can set it: a
//! statement that was injected into a scope of A can name B. With [`PolicyOptions::sealed`] they take only a
//! value that the database has verified: the tenant, an expiry, the name of a key and an HMAC-SHA256 over
//! them. Scopes with a [`Sealer`] set such values; everything else about them stays as it is.
//!
//! ```no_run
//! # #[cfg(all(feature = "bb8", feature = "postgres", feature = "sealed", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! # async fn run(
//! #     bb8_pool: bb8::Pool<tenancy_diesel::bb8::ConnectionManager>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::encryption::{FileKey, RootId};
//! use tenancy_diesel::sealed::Sealer;
//!
//! let source = FileKey::random(RootId::parse("2026-01")?, "/run/secrets/sealing-key");
//! let sealer = Sealer::load(&source).await?;
//! let pool = schema::TenantPool::builder(bb8_pool).sealed(sealer).build().await?;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! What it rests on: the application's role cannot read `tenancy.sealing_keys`, and cannot see the values of
//! other sessions. `check` asks both, and whether the key is the right one; a pool does so when it is built.
//!
//! What it does not do: a value is its scope's own, so injected SQL still reads and writes the rows of the
//! tenant in whose scope it runs. Whoever learns a value of B by other means, such as the server's log, can
//! be B until it expires.
//!
//! [`PolicyOptions::sealed`]: crate::PolicyOptions::sealed

#[cfg(feature = "sealed")]
mod check;
mod error;
mod function;
mod readers;
mod refusal;

#[cfg(all(feature = "sealed", feature = "postgres"))]
pub use check::check;
#[cfg(all(feature = "sealed", feature = "async"))]
pub use check::check_async;
pub use error::SealedError;
pub use function::{FUNCTION, LiveFunction, SealedFunction};
#[cfg(feature = "postgres")]
pub use readers::unsealed;
#[cfg(feature = "async")]
pub use readers::unsealed_async;
pub use refusal::SealRefusal;
#[cfg(feature = "sealed")]
pub use tenancy_core::encryption::ExposeSecret;
#[cfg(feature = "sealed")]
pub use tenancy_core::sealed::{SealedTenant, Sealer, SealerError};
