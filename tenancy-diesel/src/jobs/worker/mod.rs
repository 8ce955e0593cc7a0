//! What runs jobs.

mod builder;
mod claim;
mod delivery;
mod run;
mod task;

pub use builder::Builder;
pub use delivery::Delivery;
pub use run::Report;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tenancy_core::BoxFuture;
use tenancy_core::jobs::{JobError, JobId};

use self::delivery::Arrived;
use super::{Failure, Queue};
use crate::Scoped;
use crate::pool::{AsyncScopePool, ScopePool, TenantPool};
use crate::scoped::Awaiting;
use crate::table::Schema;

/// Runs the jobs of all tenants, each in a scope of its own tenant.
///
/// [`run`](Worker::run) takes jobs from the queue as long as it is not told to stop; tenants take turns, so one with
/// many jobs does not keep the others waiting. Several workers, in one program or in many, share a queue.
///
/// A job is opened with the keys of the tenant that it names. Only then is its handler called, with a scope of that
/// tenant from the application's pool and with that tenant as [`CurrentTenant`](crate::CurrentTenant), and with nothing
/// that an earlier job has left. A handler that panics has failed as one that returns an error.
///
/// What became of a job is a `tracing` event of the target `tenancy::jobs`.
///
/// `T` is the application's pool, so a worker is a `Worker<schema::TenantPool>`.
pub struct Worker<T: Tenants>(Arc<Inner<T::Schema, T::Pool>>);

/// The pool of an application, with whose scopes jobs run: a `schema::TenantPool` of asynchronous connections.
#[expect(private_bounds, reason = "the trait is sealed")]
pub trait Tenants: Sealed {
    /// Its schema.
    type Schema: Schema;
    /// The pool inside.
    type Pool: AsyncScopePool;
}

trait Sealed {}
impl<S: Schema, P: AsyncScopePool> Sealed for TenantPool<S, P, Awaiting> {}
impl<S: Schema, P: AsyncScopePool> Tenants for TenantPool<S, P, Awaiting> {
    type Schema = S;
    type Pool = P;
}

struct Inner<S: Schema, P: ScopePool> {
    tenants: TenantPool<S, P, Awaiting>,
    queue: Queue,
    handlers: HashMap<&'static str, Handler<Scoped<<P as ScopePool>::Lease, S::Tenant>>>,
    kinds: Vec<&'static str>,
    settings: Settings,
    /// Marks the rows that this worker has.
    holder: JobId,
}

/// Opens a job and runs it.
type Handler<C> =
    Box<dyn for<'r> Fn(Arrived<'r>, &'r mut C) -> BoxFuture<'r, Result<(), Ending>> + Send + Sync>;

/// How an attempt ended, unless the job is done.
#[derive(Debug)]
enum Ending {
    /// To be tried again.
    Retry(String),
    /// Tried too early: by the clock of the server it is not due. It counts as no attempt.
    NotDue,
    /// A dead letter.
    Dead(String),
    /// The job is somebody else's by now, or was erased.
    Lost,
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        if failure.is_retried() {
            Ending::Retry(text)
        } else {
            Ending::Dead(text)
        }
    }
}

impl From<JobError> for Ending {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NotDue => Ending::NotDue,
            error if error.is_transient() => Ending::Retry(error.to_string()),
            error => Ending::Dead(error.to_string()),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    concurrency: usize,
    per_turn: u32,
    lease: Duration,
    attempts: u32,
    backoff: Duration,
    longest_backoff: Duration,
    poll: Duration,
    grace: Duration,
    remembered: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            concurrency: 8,
            per_turn: 1,
            lease: Duration::from_secs(60),
            attempts: 10,
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(600),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(30),
            remembered: Duration::from_secs(30 * 86_400),
        }
    }
}

impl Settings {
    /// How long a job waits after its attempt of this number, from 1: twice as long each time, and up to a quarter
    /// more, by its id, so that jobs that failed together do not come back together.
    fn wait_after(&self, attempt: u32, id: Option<JobId>) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1).min(31));
        let wait = self
            .backoff
            .saturating_mul(doubled)
            .min(self.longest_backoff);
        let spread = id.map_or(0, |id| id.as_bytes()[0]);
        wait + wait / 4 * u32::from(spread) / 255
    }
}

impl<T: Tenants> Clone for Worker<T> {
    fn clone(&self) -> Self {
        Worker(Arc::clone(&self.0))
    }
}

impl<T: Tenants> fmt::Debug for Worker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("kinds", &self.0.kinds)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_spread_by_a_quarter() {
        let settings = Settings {
            backoff: Duration::from_millis(400),
            longest_backoff: Duration::from_secs(2),
            ..Settings::default()
        };
        let first = JobId::from_bytes([0; 16]);
        let last = JobId::from_bytes([255; 16]);
        let wait = |attempt, id| settings.wait_after(attempt, Some(id)).as_millis();
        assert_eq!(
            [1, 2, 3, 4, 99].map(|n| wait(n, first)),
            [400, 800, 1600, 2000, 2000]
        );
        assert_eq!(
            [1, 2, 4, u32::MAX].map(|n| wait(n, last)),
            [500, 1000, 2500, 2500]
        );
    }
}
