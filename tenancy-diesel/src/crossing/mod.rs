//! Reading the rows of all tenants: separate, read-only and recorded.
//!
//! Support, billing and reports have to look across tenants now and then. [`Scoped`](crate::Scoped) never
//! widens and there is no switch that lifts its filter. What crosses tenants has a role of its own, a pool
//! of its own and a type of its own, [`CrossTenant`]:
//!
//! ```no_run
//! # #[cfg(all(feature = "bb8", feature = "postgres", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! use diesel_async::AsyncPgConnection;
//! use diesel_async::pooled_connection::AsyncDieselConnectionManager;
//! use tenancy_diesel::crossing::CrossTenantPool;
//!
//! # type AnyError = Box<dyn std::error::Error>;
//! # async fn run(tenants: schema::TenantPool, acme: Uuid) -> Result<(), AnyError> {
//! let manager = |role| {
//!     let url = format!("postgres://{role}@localhost/shop");
//!     AsyncDieselConnectionManager::<AsyncPgConnection>::new(url)
//! };
//! let reading = bb8::Pool::builder().max_size(2).build(manager("shop_support")).await?;
//! let recording = bb8::Pool::builder().max_size(2).build(manager("shop_recorder")).await?;
//! let pool = CrossTenantPool::builder(reading, recording)
//!     .app_role("shop_app")
//!     .build()
//!     .await?;
//!
//! let mut cross = pool.open("alice@example.org", "ticket 4711: which projects have no tasks").await?;
//! let open_tasks: Vec<(Uuid, i64)> = cross
//!     .load(
//!         tasks::table
//!             .group_by(tasks::tenant_id)
//!             .select((tasks::tenant_id, diesel::dsl::count_star())),
//!     )
//!     .await?;
//!
//! // A write is one tenant's: it goes through an ordinary scope, which is recorded too.
//! let mut scope = cross.scope(&tenants, acme).await?;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! # What it guarantees
//!
//! - **Separate.** Both pools connect as roles that the application's role cannot become;
//!   [`Builder::build`] looks it up and refuses anything else, superusers and BYPASSRLS too. What the
//!   reading role sees is what its own policies show it, see
//!   [`PolicyOptions::admin_role`](crate::PolicyOptions::admin_role).
//! - **Recorded.** [`open`](CrossTenantPool::open) and each statement write a row of the table
//!   `tenancy.crossings`, on a connection of the recording pool, and that is committed before the
//!   statement is sent. If it cannot be, nothing is read. The row says who, why, when, as which role and,
//!   for a statement, its SQL without bind values. A stream is recorded once, before its first row.
//!   The recording role may add rows and do nothing else with the table.
//! - **Read-only.** [`CrossTenant`] is no Diesel connection: it takes queries on the tables of a
//!   `tenant_schema!`, and neither writes nor raw statements. Each runs in a READ ONLY transaction.
//! - **Without secrets.** The values of encrypted columns belong to one tenant; a query that selects one
//!   does not compile.
//!
//! A query is the same value that a scope takes. It renders without the filter, and with another query id,
//! so that no prepared statement is shared. Shared tables are lifted with [`scoped`](crate::scoped()).

#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod asynchronous;
#[cfg(feature = "r2d2")]
mod blocking;
mod check;
mod error;
mod pool;
mod read;
mod record;

pub use crate::purpose::InvalidPurpose;
pub use error::{BuildError, CrossingError};
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub use pool::AsyncCrossingConnections;
#[cfg(feature = "r2d2")]
pub use pool::SyncCrossingConnections;
pub use pool::{Builder, CrossingConnections};
pub use read::{DebugRead, ReadAcross, ReadableAcross, debug_query};

use std::fmt;
use std::marker::PhantomData;

use crate::ScopeConnection;
use crate::observe::Count;
use crate::purpose::Purpose;

/// A pool from which [`CrossTenant`]s are opened.
///
/// `P` is the pool of the connections, bb8's, deadpool's or r2d2's. `K` says whether its methods are to be awaited; it
/// follows from the pool.
pub struct CrossTenantPool<P: CrossingConnections, K = <P as CrossingConnections>::Kind> {
    reading: P,
    recording: P,
    reader: String,
    kind: PhantomData<fn() -> K>,
}

impl<P: CrossingConnections + Clone, K> Clone for CrossTenantPool<P, K> {
    fn clone(&self) -> Self {
        CrossTenantPool {
            reading: self.reading.clone(),
            recording: self.recording.clone(),
            reader: self.reader.clone(),
            kind: PhantomData,
        }
    }
}

impl<P: CrossingConnections, K> fmt::Debug for CrossTenantPool<P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossTenantPool")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}

/// A connection that reads the rows of all tenants, for a reason that is on record.
///
/// It takes what a [`Scoped`](crate::Scoped) connection takes, as an argument instead of as a receiver:
/// `cross.load(projects::table.filter(..))`. It is no Diesel connection and never becomes a scope.
///
/// A statement that was cut off (a dropped future, a stream that was not read to its end) makes the
/// connection unusable, and the pool discards it.
pub struct CrossTenant<P: CrossingConnections, K = <P as CrossingConnections>::Kind> {
    lease: P::Lease,
    pool: CrossTenantPool<P, K>,
    purpose: Purpose,
    /// A transaction may be open: a statement is on the wire, or was when it was cut off.
    busy: bool,
    /// A fragment of SQL may have changed the session.
    tainted: bool,
}

impl<P: CrossingConnections, K> CrossTenant<P, K> {
    /// The id that all records of this crossing share.
    pub fn id(&self) -> &str {
        &self.purpose.opening
    }
}

impl<P: CrossingConnections, K> Drop for CrossTenant<P, K> {
    fn drop(&mut self) {
        if self.busy || self.lease.depth() != Some(0) {
            Count::Discarded.one();
            self.lease.give_up();
        } else if self.tainted {
            Count::Discarded.one();
            self.lease.discard_if_pooled();
        }
    }
}

impl<P: CrossingConnections, K> fmt::Debug for CrossTenant<P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossTenant")
            .field("id", &self.purpose.opening)
            .finish_non_exhaustive()
    }
}

/// Begins the transaction of a statement.
const BEGIN: &str = "BEGIN TRANSACTION READ ONLY";
