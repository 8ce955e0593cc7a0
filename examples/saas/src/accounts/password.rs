use std::fmt;
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Longer ones are refused before anything is computed.
const MAX_BYTES: usize = 1_024;

/// Hashes and compares passwords with Argon2id, on threads of their own, a few at a time: guessing passwords must
/// not keep everybody else waiting.
#[derive(Clone)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
    /// The hash of a password that nobody has, for addresses that nobody has.
    of_nobody: Arc<str>,
}

/// The password is longer than anybody types.
#[derive(Debug, thiserror::Error)]
#[error("a password has at most {MAX_BYTES} bytes")]
pub struct TooLong;

impl Passwords {
    /// At most `at_once` computations at a time.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn new(at_once: usize) -> Result<Self, argon2::password_hash::Error> {
        let of_nobody = Argon2::default().hash_password(b"")?.to_string();
        Ok(Passwords {
            at_once: Arc::new(Semaphore::new(at_once)),
            of_nobody: of_nobody.into(),
        })
    }

    /// The hash that is stored in the place of a password.
    ///
    /// # Errors
    /// [`TooLong`], and when the operating system has no random numbers.
    pub async fn hash(&self, password: String) -> Result<String, crate::BoxError> {
        if password.len() > MAX_BYTES {
            return Err(TooLong.into());
        }
        let work = move || {
            Ok(Argon2::default()
                .hash_password(password.as_bytes())?
                .to_string())
        };
        self.compute(work).await?
    }

    /// Whether the hash is that of the password. Without a hash the answer is no, and takes the same time.
    pub async fn verify(&self, password: String, hash: Option<String>) -> bool {
        let is_possible = hash.is_some() && password.len() <= MAX_BYTES;
        let hash = hash.map_or_else(|| Arc::clone(&self.of_nobody), Arc::from);
        let work = move || {
            let mut password = password.into_bytes();
            password.truncate(MAX_BYTES);
            Argon2::default().verify_password(&password, &*hash).is_ok()
        };
        self.compute(work).await.unwrap_or(false) && is_possible
    }

    async fn compute<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, crate::BoxError> {
        let permit = Arc::clone(&self.at_once).acquire_owned().await?;
        let result = tokio::task::spawn_blocking(move || {
            // It belongs to the thread: a request that is cut off does not make room for the next one.
            let _permit = permit;
            work()
        });
        Ok(result.await?)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Passwords;

    #[tokio::test]
    async fn a_password_is_verified_by_its_hash_alone() {
        let passwords = Passwords::new(2).unwrap();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let verify = |password: &str, hash: Option<&String>| {
            passwords.verify(password.to_owned(), hash.cloned())
        };
        assert!(verify("correct horse", Some(&hash)).await);
        assert!(!verify("correct hors", Some(&hash)).await);
        assert!(!verify("", Some(&hash)).await);
        assert!(!verify("", None).await, "nobody's password signs nobody in");
        assert!(!verify(&"x".repeat(2_000), Some(&hash)).await);
        assert!(passwords.hash("x".repeat(2_000)).await.is_err());
    }
}
