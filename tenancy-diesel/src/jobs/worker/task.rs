//! One attempt at a job, from its claim to its end.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use tenancy_core::TenantId;
use tenancy_core::encryption::{EncryptionError, KeyringError};
use tenancy_core::jobs::{Envelope, JobError};

use super::claim::Claimed;
use super::delivery::Arrived;
use super::{Ending, Inner};
use crate::CurrentTenant;
use crate::jobs::QueueError;
use crate::pool::{AsyncScopePool, Error};
use crate::table::Schema;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Became {
    Done,
    /// It had been done before.
    Repeated,
    Retried,
    Dead,
    Lost,
}

/// For a job that is not due by the clock of this program.
const A_LITTLE: Duration = Duration::from_secs(1);

impl<S: Schema, P: AsyncScopePool> Inner<S, P> {
    /// Runs a job, and tells the queue what became of it.
    pub(super) async fn attend(&self, claimed: Claimed) -> Result<Became, QueueError> {
        let (became, failure) = self.settled(&claimed).await?;
        let (id, attempt) = (claimed.id(), claimed.attempt);
        let kind = claimed.envelope.as_ref().map(Envelope::kind);
        match became {
            Became::Done | Became::Repeated => {
                tracing::debug!(target: "tenancy::jobs", id, kind, attempt, ?became, "a job is done");
            }
            Became::Retried | Became::Lost => {
                tracing::info!(target: "tenancy::jobs", id, kind, attempt, ?became, failure, "a job was not done");
            }
            Became::Dead => {
                tracing::warn!(target: "tenancy::jobs", id, kind, attempt, failure, "a job is a dead letter");
            }
        }
        Ok(became)
    }

    async fn settled(&self, claimed: &Claimed) -> Result<(Became, String), QueueError> {
        if claimed.done {
            self.complete(claimed).await?;
            return Ok((Became::Repeated, String::new()));
        }
        let (became, failure) = match self.within_lease(claimed).await {
            Ok(()) => {
                self.complete(claimed).await?;
                (Became::Done, String::new())
            }
            Err(Ending::NotDue) => {
                self.take_back(claimed, A_LITTLE).await?;
                (Became::Retried, "it is not due".to_owned())
            }
            Err(Ending::Retry(failure)) if claimed.attempt < self.settings.attempts => {
                let id = claimed.envelope.as_ref().map(Envelope::id);
                let wait = self.settings.wait_after(claimed.attempt, id);
                self.put_back(claimed, wait, &failure).await?;
                (Became::Retried, failure)
            }
            Err(Ending::Retry(failure) | Ending::Dead(failure)) => {
                self.bury(claimed, &failure).await?;
                (Became::Dead, failure)
            }
            Err(Ending::Lost) => (
                Became::Lost,
                "it is held by another worker, or erased".to_owned(),
            ),
        };
        Ok((became, failure))
    }

    /// Runs a job and prolongs its lease meanwhile. It is cut off when the lease is lost.
    async fn within_lease(&self, claimed: &Claimed) -> Result<(), Ending> {
        let mut work = pin!(AssertUnwindSafe(self.in_scope(claimed)).catch_unwind());
        loop {
            match tokio::time::timeout(self.settings.lease / 3, &mut work).await {
                Ok(Ok(result)) => return result,
                Ok(Err(_)) => return Err(Ending::Retry("the handler panicked".to_owned())),
                Err(_) => {
                    // An error is no answer: the lease lasts for a while.
                    if let Ok(0) = self.prolong(claimed).await {
                        return Err(Ending::Lost);
                    }
                }
            }
        }
    }

    /// Opens the scope of the job's tenant, and runs the job in it.
    async fn in_scope(&self, claimed: &Claimed) -> Result<(), Ending> {
        let envelope = claimed.envelope.as_ref().ok_or(JobError::Malformed)?;
        let Some(handler) = self.handlers.get(envelope.kind()) else {
            return Err(Ending::NotDue);
        };
        let named = envelope.tenant();
        let tenant = S::Tenant::parse(named.as_str()).ok();
        // An id in another spelling than its canonical one is none that a scope has sealed.
        let tenant = tenant.filter(|tenant| tenant.canonical() == named.as_str());
        let tenant = tenant
            .ok_or_else(|| Ending::Dead("no tenant can have the id of the job".to_owned()))?;
        let mut scope = self.tenants.scope(tenant.clone()).await.map_err(no_scope)?;
        let arrived = Arrived {
            envelope,
            attempt: claimed.attempt,
            now: claimed.now,
        };
        let run = CurrentTenant::enter(tenant, handler(arrived, &mut scope)).await;
        run.map_err(|error| Ending::Dead(error.to_string()))?
    }
}

/// What the errors of a pool mean to a job. Their texts hold no values.
fn no_scope(error: Error) -> Ending {
    let text = error.to_string();
    match error {
        Error::Keys(error @ (KeyringError::NoKeys | KeyringError::Tenant(_)))
        | Error::Keys(error @ KeyringError::Encryption(EncryptionError::TenantShredded)) => {
            Ending::Dead(error.to_string())
        }
        Error::Scope(_) => Ending::Dead(text),
        _ => Ending::Retry(text),
    }
}
