//! Full-text search in the documents of one tenant, behind the feature `search`.
//!
//! - [`TenantIndex`] is what an index of one tenant does. [`PgIndex`] is one in PostgreSQL, in the scope of the
//!   tenant, and `BlockingPgIndex` the same for synchronous connections.
//! - [`SearchTables`] writes the migration for its tables. They are tables of the application with a tenant column
//!   like others: declared in `tenant_schema!`, under the same policies, erased with the same rows.
//! - [`SearchEngine`] and [`EngineTarget`] are for an engine outside of the database, so that an erasure reaches it.
//!
//! ```no_run
//! # #[cfg(feature = "async")]
//! # async fn example(
//! #     conn: &mut tenancy_diesel::Scoped<diesel_async::AsyncPgConnection, i64>,
//! # ) -> Result<(), tenancy_diesel::search::SearchError> {
//! use tenancy_diesel::search::{Document, Language, PgIndex, Search, TenantIndex};
//!
//! let mut index = PgIndex::new(conn);                            // the tenant is that of the scope
//! index
//!     .put(&Document {
//!         kind: "invoice",
//!         id: "2026-07",
//!         title: "Repair of the roof",
//!         body: "Three men, two days, <b>one</b> ladder.",
//!         language: Language::ENGLISH,
//!     })
//!     .await?;
//!
//! let hits = index.search(&Search::new("ladders -cellar").language(Language::ENGLISH)).await?;
//! assert_eq!(hits[0].id, "2026-07");
//! assert_eq!(
//!     hits[0].excerpt.to_html("<mark>", "</mark>"),
//!     "Three men, two days, &lt;b&gt;one&lt;/b&gt; <mark>ladder</mark>.",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! The guide, `docs/search.md`, says which indexes PostgreSQL uses under row-level security, and which not.

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "postgres")]
mod blocking;
mod document;
mod engine;
mod error;
mod excerpt;
mod index;
mod query;
mod statement;
mod tables;

#[cfg(feature = "async")]
pub use asynchronous::PgIndex;
#[cfg(feature = "postgres")]
pub use blocking::BlockingPgIndex;
pub use document::{Document, Language};
pub use engine::{EngineTarget, SearchEngine};
pub use error::SearchError;
pub use excerpt::Excerpt;
pub use index::{Hit, TenantIndex};
pub use query::Search;
pub use tables::SearchTables;
pub use tenancy_core::{BoxFuture, CanonicalTenant};
