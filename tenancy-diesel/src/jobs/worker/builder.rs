use std::fmt;
use std::time::Duration;

use scoped_futures::ScopedBoxFuture;
use tenancy_core::jobs::{Job, JobId};

use super::{Delivery, Ending, Handler, Inner, Settings, Tenants, Worker};
use crate::Scoped;
use crate::jobs::{Failure, JobsBuildError, Queue, QueueError, check};
use crate::pool::{AsyncScopePool, ScopePool, TenantPool};
use crate::scoped::Awaiting;
use crate::table::Schema;

/// Builds a [`Worker`].
#[must_use = "a builder does nothing unless `build` is called on it"]
pub struct Builder<T: Tenants> {
    tenants: TenantPool<T::Schema, T::Pool, Awaiting>,
    queue: Queue,
    handlers: Handlers<T::Schema, T::Pool>,
    settings: Settings,
}

type Handlers<S, P> = Vec<(
    &'static str,
    Handler<Scoped<<P as ScopePool>::Lease, <S as Schema>::Tenant>>,
)>;

impl<S: Schema, P: AsyncScopePool> Worker<TenantPool<S, P, Awaiting>> {
    /// Begins with the application's pool, whose scopes handlers are given, and the queue.
    ///
    /// The application's pool needs as many connections as jobs run at once, and more if handlers take some
    /// themselves.
    pub fn builder(
        tenants: TenantPool<S, P, Awaiting>,
        queue: Queue,
    ) -> Builder<TenantPool<S, P, Awaiting>> {
        Builder {
            tenants,
            queue,
            handlers: Vec::new(),
            settings: Settings::default(),
        }
    }
}

impl<S: Schema, P: AsyncScopePool> Builder<TenantPool<S, P, Awaiting>> {
    /// Runs the jobs of a type. Jobs of types without a handler stay in the queue, for workers that have one.
    ///
    /// The handler is a closure whose `async` block borrows the scope: end it with `.scope_boxed()` of
    /// [scoped-futures](https://docs.rs/scoped-futures).
    pub fn handle<T, F>(mut self, handler: F) -> Self
    where
        T: Job + Send + 'static,
        F: for<'r> Fn(
                Delivery<T>,
                &'r mut Scoped<P::Lease, S::Tenant>,
            ) -> ScopedBoxFuture<'static, 'r, Result<(), Failure>>
            + Send
            + Sync
            + 'static,
    {
        let run: Handler<Scoped<P::Lease, S::Tenant>> =
            Box::new(move |arrived, scope| match arrived.open::<T, _, _>(scope) {
                Ok(delivery) => {
                    let run = handler(delivery, scope);
                    Box::pin(async move { run.await.map_err(Ending::from) })
                }
                Err(ending) => Box::pin(async move { Err(ending) }),
            });
        self.handlers.push((T::KIND, run));
        self
    }

    /// How many jobs run at once. 8 unless it is set, and at least 1.
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.settings.concurrency = jobs.max(1);
        self
    }

    /// How many jobs of one tenant are taken before the next tenant's turn. 1 unless it is set, and at least 1.
    pub fn jobs_per_turn(mut self, jobs: u32) -> Self {
        self.settings.per_turn = jobs.max(1);
        self
    }

    /// After how long a job of a worker that was killed is taken by another. A minute unless it is set, and at least a
    /// second. A job that takes longer is no trouble: its worker prolongs the lease.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// How often a job is tried before it is a dead letter. 10 unless it is set, and at least 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.attempts = attempts.max(1);
        self
    }

    /// How long a job waits after its first failure, and at most. It waits twice as long after each. A second and ten
    /// minutes unless they are set.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.backoff = first;
        self.settings.longest_backoff = longest;
        self
    }

    /// How often an idle worker looks for jobs. Each second unless it is set.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.settings.poll = interval;
        self
    }

    /// How long running jobs have to end when the worker is told to stop. Then they are cut off and go back into the
    /// queue. 30 seconds unless it is set.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// For how long the queue knows that a job without an expiry was done, so that a copy of it is not run again. 30
    /// days unless it is set. A job with an expiry is known until then.
    pub fn remember_done_for(mut self, time: Duration) -> Self {
        self.settings.remembered = time;
        self
    }

    /// Checks the roles and builds the worker.
    ///
    /// # Errors
    /// [`JobsBuildError::NoKeys`] when the application's pool has no keyring, [`JobsBuildError::SameKind`],
    /// [`JobsBuildError::ReachesTenants`] when the worker's role has privileges on tables of the tenants, and
    /// [`JobsBuildError::Queue`] when nobody answers.
    pub async fn build(self) -> Result<Worker<TenantPool<S, P, Awaiting>>, JobsBuildError> {
        if !self.tenants.has_keys() {
            return Err(JobsBuildError::NoKeys);
        }
        let mut kinds: Vec<&'static str> = self.handlers.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        if let Some(same) = kinds.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(JobsBuildError::SameKind { kind: same[0] });
        }
        let mut conn = self.queue.connection().await?;
        check::tenants(&mut conn, &self.queue.role, S::REGISTRY).await?;
        drop(conn);
        let holder = JobId::random().map_err(|_| QueueError::Malformed)?;
        Ok(Worker(std::sync::Arc::new(Inner {
            tenants: self.tenants,
            queue: self.queue,
            handlers: self.handlers.into_iter().collect(),
            kinds,
            settings: self.settings,
            holder,
        })))
    }
}

impl<T: Tenants> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
