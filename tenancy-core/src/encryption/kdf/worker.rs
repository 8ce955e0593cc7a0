use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use tokio::sync::{Semaphore, oneshot};

use super::{RootDerivation, derive_root};
use crate::encryption::KeyringError;
use crate::encryption::secret::Key;

/// Runs Argon2id on threads of its own, a few at a time: it takes tens of milliseconds and many
/// megabytes, which an asynchronous thread must not.
pub(in crate::encryption) struct Worker {
    permits: Arc<Semaphore>,
    runs: AtomicU64,
}

/// A run that has been started. It goes on when nobody waits for it.
pub(in crate::encryption) struct Job(oneshot::Receiver<Result<Key, KeyringError>>);

impl Worker {
    pub(in crate::encryption) fn new(at_once: usize) -> Self {
        Worker {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
            runs: AtomicU64::new(0),
        }
    }

    pub(in crate::encryption) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    pub(in crate::encryption) async fn start(
        &self,
        input: RootDerivation,
    ) -> Result<Job, KeyringError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| KeyringError::KdfFailed)?;
        let (result, job) = oneshot::channel();
        thread::Builder::new()
            .name("tenancy-kdf".to_owned())
            .spawn(move || {
                let key = derive_root(&input);
                drop(permit);
                // Nobody may be left to take the key; it is wiped then.
                let _ = result.send(key);
            })
            .map_err(|_| KeyringError::KdfFailed)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        Ok(Job(job))
    }
}

impl Job {
    /// Waits for the key. A wait that is cut off can be taken up again.
    pub(in crate::encryption) async fn wait(&mut self) -> Result<Key, KeyringError> {
        (&mut self.0).await.unwrap_or(Err(KeyringError::KdfFailed))
    }
}
