use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use apalis_core::task::Task;
use apalis_core::task::from_request::FromRequest;
use tenancy_core::jobs::{Job, TenantJob};
use tenancy_diesel::jobs::Delivery;

use crate::NotInScope;

/// What a handler takes beside the sealed job: the job, opened, and a scope of its tenant.
///
/// `C` is the scope: `schema::Scoped<Lease>`, with the lease of the pool that [`TenantLayer`](crate::TenantLayer) has.
pub struct InScope<T, C> {
    /// The job: authentic, due and of the scope's tenant.
    pub job: Delivery<T>,
    /// The scope. It returns to the pool when it is dropped.
    pub scope: C,
}

impl<T, C> fmt::Debug for InScope<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InScope").finish_non_exhaustive()
    }
}

/// Carries a scope from the layer to the handler. A task's extensions have to be cloned; the scope is not.
pub(crate) struct Handover<T, C>(Arc<Mutex<Option<Opened<T, C>>>>);

type Opened<T, C> = Result<InScope<T, C>, NotInScope>;

impl<T, C> Handover<T, C> {
    pub(crate) fn new(opened: Opened<T, C>) -> Self {
        Handover(Arc::new(Mutex::new(Some(opened))))
    }

    /// What nobody has taken.
    pub(crate) fn take(&self) -> Option<Opened<T, C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T, C> Clone for Handover<T, C> {
    fn clone(&self) -> Self {
        Handover(Arc::clone(&self.0))
    }
}

impl<T, C> FromRequest<Task<TenantJob<T>>> for InScope<T, C>
where
    T: Job + Send + 'static,
    C: Send + 'static,
{
    type Error = NotInScope;

    async fn from_request(task: &Task<TenantJob<T>>) -> Result<Self, NotInScope> {
        let handover = task.data().get::<Handover<T, C>>();
        handover
            .ok_or(NotInScope::NoLayer)?
            .take()
            .unwrap_or(Err(NotInScope::Taken))
    }
}
