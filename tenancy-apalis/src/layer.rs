use std::task::{Context, Poll};
use std::time::SystemTime;

use apalis_core::error::{AbortError, BoxDynError};
use apalis_core::task::Task;
use apalis_core::task::status::Status;
use futures_util::future::BoxFuture;
use tenancy_core::TenantId;
use tenancy_core::jobs::{Job, TenantJob};
use tenancy_diesel::encryption::{EncryptionError, KeyringError};
use tenancy_diesel::jobs::{self, EnqueueError};
use tenancy_diesel::pool::{AsyncScopePool, Error as PoolError, TenantPool};
use tenancy_diesel::{CurrentTenant, Schema, Scoped};
use tower_layer::Layer;
use tower_service::Service;

use crate::error::without_values;
use crate::extract::Handover;
use crate::{InScope, NotInScope, Reason};

/// Opens the tasks of a worker and runs each in a scope of its tenant.
///
/// `P` is the application's pool, with [`keys`](tenancy_diesel::pool::Builder::keys): a `schema::TenantPool`. Add it
/// to the worker last, so that nothing of it is between this layer and the handler.
#[derive(Debug, Clone)]
pub struct TenantLayer<P>(P);

impl<P> TenantLayer<P> {
    /// A layer over this pool.
    pub fn new(tenants: P) -> Self {
        TenantLayer(tenants)
    }
}

impl<S, P: Clone> Layer<S> for TenantLayer<P> {
    type Service = TenantService<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        TenantService {
            inner,
            tenants: self.0.clone(),
        }
    }
}

/// What a [`TenantLayer`] makes of a service.
#[derive(Debug, Clone)]
pub struct TenantService<S, P> {
    inner: S,
    tenants: P,
}

impl<T, S, Sch, P> Service<Task<TenantJob<T>>> for TenantService<S, TenantPool<Sch, P>>
where
    T: Job + Send + 'static,
    S: Service<Task<TenantJob<T>>, Error: Into<BoxDynError>, Future: Send> + Clone + Send + 'static,
    Sch: Schema,
    P: AsyncScopePool,
{
    /// What a handler returns is not kept: it could be the tenant's.
    type Response = ();
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<(), BoxDynError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut task: Task<TenantJob<T>>) -> Self::Future {
        // The clone takes the place of the one that is ready.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let tenants = self.tenants.clone();
        Box::pin(async move {
            let (tenant, opened) = match open(&tenants, &task).await {
                Ok((tenant, in_scope)) => (Some(tenant), Ok(in_scope)),
                Err(Refusal::Never(error)) => {
                    // apalis asks the tasks that are run only.
                    task.raw_status().store(Status::Killed);
                    return Err(AbortError::new(error).into());
                }
                // The handler finds no scope, so apalis counts the attempt.
                Err(Refusal::NotNow(reason)) => (None, Err(NotInScope::NotNow(reason))),
            };
            let handover: Handover<T, ScopeOf<Sch, P>> = Handover::new(opened);
            task.inject_data(handover.clone());
            let run = async {
                let run = inner.call(task).await;
                run.map(|_| ()).map_err(Into::into)
            };
            let run = match tenant {
                Some(tenant) => CurrentTenant::enter(tenant, run).await,
                None => Ok(run.await),
            };
            // A scope that nobody took returns to the pool before the queue hears of the end.
            drop(handover.take());
            match run {
                Ok(run) => run.map_err(without_values),
                Err(entered) => Err(AbortError::new(entered).into()),
            }
        })
    }
}

/// Why a task is not run.
enum Refusal {
    Never(BoxDynError),
    NotNow(Reason),
}

fn never(error: impl Into<BoxDynError>) -> Refusal {
    Refusal::Never(error.into())
}

type ScopeOf<S, P> = Scoped<<P as tenancy_diesel::pool::ScopePool>::Lease, <S as Schema>::Tenant>;

/// Opens a scope of the tenant that the task names, and the task with its keys.
async fn open<T, S, P>(
    tenants: &TenantPool<S, P>,
    task: &Task<TenantJob<T>>,
) -> Result<(S::Tenant, InScope<T, ScopeOf<S, P>>), Refusal>
where
    T: Job,
    S: Schema,
    P: AsyncScopePool,
{
    let named = task.args.envelope().tenant();
    let tenant = S::Tenant::parse(named.as_str()).ok();
    // An id in another spelling than its canonical one is none that a scope has sealed.
    let tenant = tenant.filter(|tenant| tenant.canonical() == named.as_str());
    let tenant = tenant.ok_or_else(|| never(Reason("no tenant can have the id of the task")))?;
    let scope = tenants.scope(tenant.clone()).await.map_err(no_scope)?;
    // apalis counts an attempt when the handler begins.
    let attempt = u32::try_from(task.attempt().saturating_add(1)).unwrap_or(u32::MAX);
    let job = jobs::open(&scope, &task.args, attempt, SystemTime::now());
    let job = job.map_err(|error| match error {
        EnqueueError::Job(error) if !error.is_transient() => never(error),
        _ => Refusal::NotNow(Reason(
            "the task cannot be opened for now; its tenant's keys are not at hand",
        )),
    })?;
    Ok((tenant, InScope { job, scope }))
}

/// The texts of these errors hold no values.
fn no_scope(error: PoolError) -> Refusal {
    match error {
        PoolError::Scope(error) => never(error),
        PoolError::Keys(
            error @ (KeyringError::NoKeys
            | KeyringError::Tenant(_)
            | KeyringError::Encryption(EncryptionError::TenantShredded)),
        ) => never(error),
        PoolError::Keys(_) => {
            Refusal::NotNow(Reason("the keys of the tenant could not be unlocked"))
        }
        _ => Refusal::NotNow(Reason("there was no connection for the scope of the task")),
    }
}
