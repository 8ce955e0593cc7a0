//! How many requests of one tenant are under way.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::Rejection;

/// How many requests of one tenant are under way at a time, so that one tenant cannot take the whole pool.
///
/// A request counts from when its tenant is known until its transaction has ended: also when the client has gone away,
/// or the handler has given up a statement that still runs. The body of a response does not count, and holds no
/// connection.
///
/// ```
/// use std::time::Duration;
/// use tenancy_axum::Limit;
///
/// // A browser asks for several things at once; the ninth waits for up to two seconds.
/// let limit = Limit::of(8).patience(Duration::from_secs(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    requests: usize,
    patience: Duration,
}

impl Limit {
    /// This many requests, and at least one. One more is refused with [`Rejection::Busy`].
    pub fn of(requests: usize) -> Self {
        Limit {
            requests: requests.clamp(1, Semaphore::MAX_PERMITS),
            patience: Duration::ZERO,
        }
    }

    /// Lets a request wait this long for its turn, first come first served.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// The tenants that have requests, and no others: a name that somebody guesses leaves nothing behind.
pub(crate) struct Limiter<Id> {
    limit: Limit,
    gates: Mutex<HashMap<Id, Gate>>,
}

struct Gate {
    semaphore: Arc<Semaphore>,
    /// Requests that are in or wait.
    visitors: usize,
}

/// A request that is in, or waits.
pub(crate) struct Visit<Id: Eq + Hash> {
    limiter: Arc<Limiter<Id>>,
    tenant: Id,
    permit: Option<OwnedSemaphorePermit>,
}

impl<Id: Eq + Hash + Clone> Limiter<Id> {
    pub(crate) fn new(limit: Limit) -> Self {
        Limiter {
            limit,
            gates: Mutex::default(),
        }
    }

    /// Waits for the tenant's turn.
    pub(crate) async fn enter(self: &Arc<Self>, tenant: &Id) -> Result<Visit<Id>, Rejection> {
        let (mut visit, semaphore) = self.arrive(tenant);
        let permit = if self.limit.patience.is_zero() {
            semaphore.try_acquire_owned().ok()
        } else {
            match timeout(self.limit.patience, semaphore.acquire_owned()).await {
                Ok(permit) => permit.ok(),
                Err(_) => None,
            }
        };
        visit.permit = Some(permit.ok_or(Rejection::Busy)?);
        Ok(visit)
    }

    fn arrive(self: &Arc<Self>, tenant: &Id) -> (Visit<Id>, Arc<Semaphore>) {
        let mut gates = self.gates();
        let gate = gates.entry(tenant.clone()).or_insert_with(|| Gate {
            semaphore: Arc::new(Semaphore::new(self.limit.requests)),
            visitors: 0,
        });
        gate.visitors += 1;
        let visit = Visit {
            limiter: Arc::clone(self),
            tenant: tenant.clone(),
            permit: None,
        };
        (visit, Arc::clone(&gate.semaphore))
    }
}

impl<Id> Limiter<Id> {
    fn gates(&self) -> MutexGuard<'_, HashMap<Id, Gate>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Id: Eq + Hash> Drop for Visit<Id> {
    fn drop(&mut self) {
        // While the gate is still known: one that is opened anew would let too many in.
        let mut gates = self.limiter.gates();
        self.permit = None;
        if let Some(gate) = gates.get_mut(&self.tenant) {
            gate.visitors -= 1;
            if gate.visitors == 0 {
                gates.remove(&self.tenant);
            }
        }
    }
}

impl<Id> fmt::Debug for Limiter<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_at_its_limit_is_refused_and_others_are_not() {
        let limiter = Arc::new(Limiter::new(Limit::of(2)));
        let first = limiter.enter(&"a").await.unwrap();
        let _second = limiter.enter(&"a").await.unwrap();
        assert!(matches!(limiter.enter(&"a").await, Err(Rejection::Busy)));
        let _other = limiter.enter(&"b").await.unwrap();
        drop(first);
        let _third = limiter.enter(&"a").await.unwrap();
        assert!(matches!(limiter.enter(&"a").await, Err(Rejection::Busy)));
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_tenant_without_requests() {
        let limiter = Arc::new(Limiter::new(Limit::of(1)));
        let visit = limiter.enter(&1).await.unwrap();
        assert!(limiter.enter(&1).await.is_err());
        let other = limiter.enter(&2).await.unwrap();
        assert_eq!(limiter.gates().len(), 2);
        drop((visit, other));
        assert_eq!(limiter.gates().len(), 0);
    }

    #[tokio::test]
    async fn one_that_waits_keeps_the_gate_that_it_waits_at() {
        let patience = Duration::from_secs(3600);
        let limiter = Arc::new(Limiter::new(Limit::of(1).patience(patience)));
        let first = limiter.enter(&1).await.unwrap();
        let mut waiting = Box::pin(limiter.enter(&1));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        let mut gives_up = Box::pin(limiter.enter(&1));
        assert!(futures_util::poll!(gives_up.as_mut()).is_pending());
        drop(gives_up);
        drop(first);
        let second = waiting.await.unwrap();
        let mut third = Box::pin(limiter.enter(&1));
        assert!(futures_util::poll!(third.as_mut()).is_pending());
        drop((second, third));
        assert_eq!(limiter.gates().len(), 0);
    }
}
