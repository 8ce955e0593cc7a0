use std::time::UNIX_EPOCH;

use apalis_core::backend::{Backend, BackendConfig, TaskSink, TaskSinkError};
use apalis_core::task::builder::TaskBuilder;
use tenancy_core::jobs::{Job, JobId, JobOptions, TenantJob};
use tenancy_diesel::jobs::{self, EnqueueError as SealError};
use tenancy_diesel::{ScopeConnection, Scoped, SqlTenantId};

/// Why a task was not enqueued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError<E> {
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The queue did not take it.
    #[error("the queue did not take the task")]
    Push(#[source] TaskSinkError<E>),
}

/// Enqueues a task for the tenant of the scope.
///
/// Its idempotency key is the id of the job, so with [`JobId::keyed`] the queue takes it once. The time at which it may
/// run is apalis's too.
///
/// # Errors
/// [`EnqueueError::Seal`] when the scope has no keys or the job cannot be sealed, and [`EnqueueError::Push`] for
/// what apalis answers.
pub fn enqueue<'a, T, B, C, Id>(
    storage: &'a mut B,
    scope: &Scoped<C, Id>,
    job: &T,
    options: &JobOptions,
) -> impl Future<Output = Result<JobId, EnqueueError<<B as Backend>::Error>>> + Send + use<'a, T, B, C, Id>
where
    T: Job,
    B: BackendConfig<Args = TenantJob<T>>
        + TaskSink<TenantJob<T>, <B as BackendConfig>::Kind>
        + Send,
    <B as Backend>::Error: Send,
    C: ScopeConnection,
    Id: SqlTenantId,
{
    // Sealed before there is a future, which then holds nothing of the scope.
    let sealed = jobs::seal(scope, job, options);
    async move {
        let sealed = sealed?;
        let envelope = sealed.envelope();
        let (id, not_before) = (envelope.id(), envelope.not_before());
        let mut task = TaskBuilder::new(sealed).idempotency_key(id.to_string());
        if not_before > UNIX_EPOCH {
            task = task.run_at_time(not_before);
        }
        let pushed = storage.push_task(task.build()).await;
        pushed.map_err(EnqueueError::Push)?;
        Ok(id)
    }
}
