use std::sync::Arc;
use std::time::Duration;

use super::change::Changed;
use super::{Keyring, KeyringError};
use crate::TenantId;
use crate::encryption::{CanonicalTenant, Clock, KeyGeneration, Moment};

/// A destruction that has begun: the time from which nobody can seal under the generation.
#[derive(Debug)]
#[must_use]
pub struct Destruction {
    tenant: CanonicalTenant,
    generation: KeyGeneration,
    began: Moment,
    wait: Duration,
    clock: Arc<dyn Clock>,
}

impl Destruction {
    /// The generation.
    pub fn generation(&self) -> KeyGeneration {
        self.generation
    }

    /// How long to wait before the data is scanned.
    pub fn ready_in(&self) -> Duration {
        let now = self.clock.now();
        // The slower of the clocks: here it is the early end that would do harm.
        let passed = now
            .monotonic
            .saturating_sub(self.began.monotonic)
            .min(now.wall.saturating_sub(self.began.wall));
        self.wait.saturating_sub(passed)
    }
}

impl Keyring {
    /// Begins to destroy the key of a generation below the floor. Nothing is destroyed yet: other
    /// processes may have unlocked the tenant before the floor rose, and seal under the generation
    /// until their lease is over.
    ///
    /// Wait for [`Destruction::ready_in`], which is two leases, and for the transactions that are
    /// older; count the values of the generation again; then
    /// [`finish_destruction`](Keyring::finish_destruction). A process that ends in between begins anew.
    ///
    /// # Errors
    /// [`KeyringError::NotBelowFloor`]; as [`unlock`](Keyring::unlock).
    pub async fn begin_destruction(
        &self,
        id: &impl TenantId,
        generation: KeyGeneration,
    ) -> Result<Destruction, KeyringError> {
        let tenant = CanonicalTenant::of(id)?;
        let lease = self
            .change(&tenant, |keys| {
                if generation >= keys.floor {
                    return Err(KeyringError::NotBelowFloor);
                }
                Ok(Changed::No(keys.lease))
            })
            .await?;
        Ok(Destruction {
            tenant,
            generation,
            began: self.0.clock.now(),
            wait: 2 * lease,
            clock: Arc::clone(&self.0.clock),
        })
    }

    /// Destroys the key, if two leases have passed and `remaining`, the number of values of the
    /// generation that were found after that, is 0.
    ///
    /// # Errors
    /// [`KeyringError::TooEarly`], [`KeyringError::StillInUse`]; as [`unlock`](Keyring::unlock);
    /// [`KeyringError::Contended`].
    pub async fn finish_destruction(
        &self,
        destruction: &Destruction,
        remaining: u64,
    ) -> Result<(), KeyringError> {
        if destruction.ready_in() > Duration::ZERO {
            return Err(KeyringError::TooEarly);
        }
        if remaining > 0 {
            return Err(KeyringError::StillInUse);
        }
        self.change(&destruction.tenant, |keys| {
            keys.destroy(destruction.generation).map(Changed::Yes)
        })
        .await
    }
}
