//! Tasks of [apalis](https://docs.rs/apalis) that carry their tenant.
//!
//! The arguments of a task are a [`TenantJob`]: sealed under the keys of its tenant, so that whoever reads the queue
//! cannot read them and whoever writes to it cannot forge them. [`enqueue`] makes one from a scope, and from nothing
//! else. On a worker, [`TenantLayer`] opens it and gives its handler a scope of that tenant, as [`InScope`].
//!
//! ```no_run
//! # mod schema {
//! #     tenancy_diesel::tenant_schema! {
//! #         include = "../tests/postgres/generated.rs",
//! #         tenant = tenant_id: i32,
//! #     }
//! # }
//! use apalis_core::error::BoxDynError;
//! use apalis_core::worker::builder::WorkerBuilder;
//! use apalis_postgres::PostgresStorage;
//! use diesel::prelude::*;
//! use diesel_async::RunQueryDsl;
//! use schema::notes;
//! use tenancy_apalis::{InScope, Job, JobOptions, TenantJob, TenantLayer};
//! use tenancy_diesel::bb8::Lease;
//! use tenancy_diesel::update;
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Sign {
//!     note: i32,
//! }
//!
//! impl Job for Sign {
//!     const KIND: &'static str = "sign";
//! }
//!
//! type Storage = PostgresStorage<TenantJob<Sign>>;
//!
//! /// In the application.
//! async fn order(tenants: &schema::TenantPool, mut storage: Storage) -> Result<(), BoxDynError> {
//!     let conn = tenants.scope(7).await?;
//!     tenancy_apalis::enqueue(&mut storage, &conn, &Sign { note: 1 }, &JobOptions::new()).await?;
//!     Ok(())
//! }
//!
//! /// The handler.
//! async fn sign(
//!     _: TenantJob<Sign>,
//!     InScope { job, mut scope }: InScope<Sign, schema::Scoped<Lease>>,
//! ) -> Result<(), BoxDynError> {
//!     update(notes::table.find(job.note))
//!         .set(notes::body.eq("signed"))
//!         .execute(&mut scope)
//!         .await?;
//!     Ok(())
//! }
//!
//! /// In the program that works for all tenants.
//! async fn work(tenants: schema::TenantPool, storage: Storage) -> Result<(), BoxDynError> {
//!     let worker = WorkerBuilder::new("signatures")
//!         .backend(storage)
//!         .layer(TenantLayer::new(tenants))
//!         .build(sign);
//!     Ok(worker.run().await?)
//! }
//! ```
//!
//! # What it guarantees
//!
//! - A handler with [`InScope`] runs for the tenant that has enqueued its task, or not at all. That tenant is
//!   [`CurrentTenant`](tenancy_diesel::CurrentTenant) meanwhile.
//! - A task that was forged, changed, or has expired is aborted. One whose tenant's keys cannot be reached for the
//!   moment is tried again.
//! - apalis keeps what a handler returns, and its errors, in the queue. So the layer returns nothing, and in the
//!   place of an error a text without values; [`Reason`] is one of your own.
//!
//! # What is apalis's to answer
//!
//! - A task is pushed on a connection of apalis, so it is not part of the application's transaction. Where that matters,
//!   use the queue of `tenancy_diesel::jobs`.
//! - A queue that knows a task's idempotency key refuses a copy. Somebody who may write to the tables of apalis can
//!   copy a task under another key; [`Delivery::once`] keeps the work from being done again, and so does an expiry.
//! - Which role may read and write the tables of apalis. It needs no privilege on the tables of tenants: handlers
//!   work through the application's pool.

mod enqueue;
#[cfg(feature = "postgres")]
mod erasure;
mod error;
mod extract;
mod layer;

pub use enqueue::{EnqueueError, enqueue};
#[cfg(feature = "postgres")]
pub use erasure::ApalisJobs;
pub use error::{NotInScope, Reason};
pub use extract::InScope;
pub use layer::{TenantLayer, TenantService};
pub use tenancy_core::jobs::{Envelope, Job, JobError, JobId, JobOptions, TenantJob};
pub use tenancy_diesel::jobs::Delivery;
