use std::time::SystemTime;

use diesel::{ExpressionMethods, QueryResult};
use tenancy_core::jobs::{Envelope, Job, JobId, JobOptions, TenantJob};

use super::fixed::{Bind, fixed};
use super::table::jobs;
use super::{Delivery, EnqueueError};
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::{AsyncScopeConnection, ScopeConnection, Scoped, SqlTenantId};

/// A job that waits in the queue, as soon as the transaction around it is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enqueued {
    /// The identity of the job.
    pub id: JobId,
    /// Whether it is new. It is not when the queue had a job of the same id; then nothing was added.
    pub is_new: bool,
}

/// Enqueues a job for the tenant of the scope.
///
/// In a transaction of the scope it is part of it: a job of a transaction that is rolled back never runs.
///
/// Only a scope can enqueue, for only a scope has a tenant:
///
/// ```compile_fail,E0308
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct SendInvoice;
/// # impl tenancy_diesel::jobs::Job for SendInvoice { const KIND: &'static str = "send-invoice"; }
/// async fn send(conn: &mut diesel_async::AsyncPgConnection) {
///     // expected `&mut Scoped<_, _>`, found `&mut AsyncPgConnection`
///     let _ = tenancy_diesel::jobs::enqueue(conn, &SendInvoice).await;
/// }
/// ```
///
/// # Errors
/// [`EnqueueError::NoKeys`] when the scope has no keys, [`EnqueueError::Job`] when the job cannot be sealed, and
/// [`EnqueueError::Query`] for what the server answers.
pub async fn enqueue<T, C, Id>(scope: &mut Scoped<C, Id>, job: &T) -> Result<Enqueued, EnqueueError>
where
    T: Job,
    C: AsyncScopeConnection,
    Id: SqlTenantId,
{
    enqueue_with(scope, job, &JobOptions::new()).await
}

/// [`enqueue`] for a later time, with an expiry, or under an id of the application's.
///
/// ```no_run
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// use std::time::{Duration, SystemTime};
/// use tenancy_diesel::jobs::{self, JobOptions};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct SendInvoice;
/// # impl jobs::Job for SendInvoice { const KIND: &'static str = "send-invoice"; }
///
/// # type AnyError = Box<dyn std::error::Error>;
/// # async fn run(conn: &mut schema::Scoped<tenancy_diesel::bb8::Lease>) -> Result<(), AnyError> {
/// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
/// let options = JobOptions::new().not_before(tomorrow).expires_at(tomorrow + Duration::from_secs(86_400));
/// jobs::enqueue_with(conn, &SendInvoice, &options).await?;
/// # Ok(())
/// # }
/// # }
/// ```
///
/// # Errors
/// As [`enqueue`].
pub fn enqueue_with<'a, T, C, Id>(
    scope: &'a mut Scoped<C, Id>,
    job: &T,
    options: &JobOptions,
) -> impl Future<Output = Result<Enqueued, EnqueueError>> + Send + use<'a, T, C, Id>
where
    T: Job,
    C: AsyncScopeConnection,
    Id: SqlTenantId,
{
    // Sealed before there is a future, so that the job need not be `Sync`.
    let sealed = seal(scope, job, options);
    let envelope = sealed.map(|job| job.envelope().clone());
    async move {
        let envelope = envelope?;
        let insert = diesel::insert_into(jobs::table)
            .values(jobs::envelope.eq(envelope.as_bytes()))
            .on_conflict_do_nothing();
        let rows = diesel_async::RunQueryDsl::execute(insert, scope).await;
        enqueued(envelope.id(), rows)
    }
}

/// [`enqueue`] for many jobs of one type, in one statement. Returns how many were new.
///
/// # Errors
/// As [`enqueue`]. Then none was enqueued.
pub fn enqueue_all<'a, T, C, Id>(
    scope: &'a mut Scoped<C, Id>,
    jobs: &[T],
    options: &JobOptions,
) -> impl Future<Output = Result<usize, EnqueueError>> + Send + use<'a, T, C, Id>
where
    T: Job,
    C: AsyncScopeConnection,
    Id: SqlTenantId,
{
    let sealed = jobs.iter().map(|job| seal(scope, job, options));
    let sealed = sealed.map(|job| Ok(job?.envelope().clone()));
    let sealed = sealed.collect::<Result<Vec<Envelope>, EnqueueError>>();
    async move {
        let sealed = sealed?;
        let envelopes: Vec<&[u8]> = sealed.iter().map(Envelope::as_bytes).collect();
        let insert = fixed::<()>(
            "INSERT INTO tenancy.jobs (envelope)
             SELECT e FROM pg_catalog.unnest(?) AS e ON CONFLICT DO NOTHING",
        );
        let insert = insert.binds([Bind::ManyBytes(&envelopes)]);
        let rows = diesel_async::RunQueryDsl::execute(insert, scope).await;
        rows.map_err(EnqueueError::Query)
    }
}

/// [`enqueue`] on a synchronous connection.
///
/// # Errors
/// As [`enqueue`].
#[cfg(feature = "postgres")]
pub fn enqueue_blocking<T, C, Id>(
    scope: &mut Scoped<C, Id>,
    job: &T,
) -> Result<Enqueued, EnqueueError>
where
    T: Job,
    C: SyncScopeConnection,
    Id: SqlTenantId,
{
    enqueue_blocking_with(scope, job, &JobOptions::new())
}

/// [`enqueue_with`] on a synchronous connection.
///
/// # Errors
/// As [`enqueue`].
#[cfg(feature = "postgres")]
pub fn enqueue_blocking_with<T, C, Id>(
    scope: &mut Scoped<C, Id>,
    job: &T,
    options: &JobOptions,
) -> Result<Enqueued, EnqueueError>
where
    T: Job,
    C: SyncScopeConnection,
    Id: SqlTenantId,
{
    let job = seal(scope, job, options)?;
    let insert = diesel::insert_into(jobs::table)
        .values(jobs::envelope.eq(job.envelope().as_bytes()))
        .on_conflict_do_nothing();
    let rows = diesel::RunQueryDsl::execute(insert, scope);
    enqueued(job.envelope().id(), rows)
}

fn enqueued(id: JobId, rows: QueryResult<usize>) -> Result<Enqueued, EnqueueError> {
    let is_new = rows.map_err(EnqueueError::Query)? > 0;
    Ok(Enqueued { id, is_new })
}

/// Seals a job for the tenant of a scope, for another queue than this one. Nothing is sent.
///
/// # Errors
/// [`EnqueueError::NoKeys`] and [`EnqueueError::Job`].
pub fn seal<T, C, Id>(
    scope: &Scoped<C, Id>,
    job: &T,
    options: &JobOptions,
) -> Result<TenantJob<T>, EnqueueError>
where
    T: Job,
    C: ScopeConnection,
    Id: SqlTenantId,
{
    let keys = scope.keys().ok_or(EnqueueError::NoKeys)?;
    Ok(TenantJob::seal(keys, job, options)?)
}

/// Opens a job from another queue with the keys of a scope of its tenant. `attempt` is what the queue counts, from 1.
///
/// # Errors
/// [`EnqueueError::NoKeys`] and [`EnqueueError::Job`]: see [`TenantJob::open`].
pub fn open<T, C, Id>(
    scope: &Scoped<C, Id>,
    job: &TenantJob<T>,
    attempt: u32,
    now: SystemTime,
) -> Result<Delivery<T>, EnqueueError>
where
    T: Job,
    C: ScopeConnection,
    Id: SqlTenantId,
{
    let keys = scope.keys().ok_or(EnqueueError::NoKeys)?;
    Ok(Delivery::open(job, keys, attempt, now)?)
}
