//! Background jobs that carry their tenant.
//!
//! A job is enqueued from a scope, in the application's own transaction, and runs in a scope of the same tenant, and
//! in nothing else. In between it waits in a table, sealed under the tenant's keys: see
//! [`tenancy_core::jobs`] for what is in clear there and what is not.
//!
//! ```no_run
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! # use diesel_async::pooled_connection::AsyncDieselConnectionManager;
//! # use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
//! use scoped_futures::ScopedFutureExt;
//! use tenancy_diesel::jobs::{self, Job, Queue, Worker};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct RenameProject {
//!     from: String,
//!     to: String,
//! }
//!
//! impl Job for RenameProject {
//!     const KIND: &'static str = "rename-project";
//! }
//!
//! # type AnyError = Box<dyn std::error::Error>;
//! /// In the application: with the rest of a transaction, or not at all.
//! async fn order(tenants: &schema::TenantPool, org: Uuid) -> Result<(), AnyError> {
//!     let mut conn = tenants.scope(org).await?;
//!     conn.transaction(async |conn| {
//!         let job = RenameProject { from: "house".to_owned(), to: "roof".to_owned() };
//!         jobs::enqueue(conn, &job).await?;
//!         QueryResult::Ok(())
//!     })
//!     .await?;
//!     Ok(())
//! }
//!
//! /// In the program that works for all tenants, one after the other. Its pool for the queue has a role of its own.
//! async fn work(tenants: schema::TenantPool) -> Result<(), AnyError> {
//!     let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new("postgres://shop_worker@localhost/shop");
//!     let queue = Queue::build(bb8::Pool::builder().max_size(2).build(manager).await?, "shop_app").await?;
//!     let worker = Worker::builder(tenants, queue)
//!         .handle(|job: jobs::Delivery<RenameProject>, conn| {
//!             async move {
//!                 update(projects::table.filter(projects::name.eq(&job.from)))
//!                     .set(projects::name.eq(&job.to))
//!                     .execute(conn)
//!                     .await?;
//!                 Ok(())
//!             }
//!             .scope_boxed()
//!         })
//!         .build()
//!         .await?;
//!     let shutdown = async { /* tokio::signal::ctrl_c() */ };
//!     worker.run(shutdown).await;
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # What it guarantees
//!
//! - **No job without a tenant.** [`enqueue`] takes a [`Scoped`](crate::Scoped) connection and nothing else; the job
//!   is sealed for that scope's tenant. A handler is given a scope of the tenant that the sealed job names, and
//!   enqueues for the same tenant.
//! - **Nobody forges one.** What was changed, moved to another tenant, made up, or has expired does not run. It
//!   becomes a dead letter.
//! - **With the transaction.** A job that was enqueued in a transaction that is rolled back was never there.
//! - **At least once.** A job whose worker is killed comes back when its lease is over. Work that must be done once
//!   asks [`Delivery::once`] in its transaction.
//! - **Three roles.** The application adds rows to the queue and cannot read them. The worker's role reads the queue
//!   and none of the tenants' tables; [`Worker`] refuses roles for which that does not hold. Handlers work through the
//!   application's pool. `tenancy_migrations::grant_jobs` gives the privileges.
//!
//! # What it does not
//!
//! A job that has no expiry can be run again by somebody who kept its envelope and may insert into the queue, once
//! the queue has forgotten that it was done ([`Builder::remember_done_for`]). The tenant, the kind, the times and the
//! rough size of a job are in clear for whoever reads the queue.

mod check;
mod dead;
mod enqueue;
mod erasure;
mod error;
mod failure;
mod fixed;
mod queue;
mod table;
mod worker;

pub use dead::DeadLetter;
pub use enqueue::{Enqueued, enqueue, enqueue_all, enqueue_with, open, seal};
#[cfg(feature = "postgres")]
pub use enqueue::{enqueue_blocking, enqueue_blocking_with};
pub use error::{EnqueueError, JobsBuildError, QueueError};
pub use failure::Failure;
pub use queue::Queue;
pub use tenancy_core::jobs::{
    Envelope, Job, JobError, JobId, JobOptions, MAX_PAYLOAD_BYTES, TenantJob,
};
pub use worker::{Builder, Delivery, Report, Tenants, Worker};
