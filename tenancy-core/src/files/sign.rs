use std::fmt;
use std::time::Duration;

use object_store::signer::{Method, Url};

use super::{FileError, FileName, TenantStore, layout};

/// What the bearer of a signed URL may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignedFor {
    /// Read the file.
    Download,
    /// Write or replace the file, of any length. An erasure of the tenant does not take the URL back: the
    /// file can be written again until it expires.
    Upload,
}

/// A URL that is good for one file and a while. Whoever has it needs nothing else, so `Debug` does not
/// show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl SignedUrl {
    /// The text, for whoever is to have it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(..)")
    }
}

impl TenantStore {
    /// A URL by which somebody without an account at the store reads or writes one file.
    ///
    /// It is made without asking the store, so a URL of a file that is not there looks the same. It shows the
    /// tenant's id and the name, in the form of the key.
    ///
    /// # Errors
    /// [`FileError::NotSigning`] where the bucket has no signer, [`FileError::SignedCiphertext`] where
    /// contents are encrypted, [`FileError::Expiry`] for less than a second or more than
    /// [`TenantFiles::max_expiry`](super::TenantFiles::max_expiry) allows, [`FileError::Store`].
    pub async fn signed_url(
        &self,
        name: &FileName,
        purpose: SignedFor,
        expires_in: Duration,
    ) -> Result<SignedUrl, FileError> {
        if self.is_encrypted() {
            return Err(FileError::SignedCiphertext);
        }
        let signer = self.bucket().signer.as_ref();
        let signer = signer.ok_or(FileError::NotSigning)?;
        let max = self.files().longest_expiry();
        if expires_in < Duration::from_secs(1) || expires_in > max {
            return Err(FileError::Expiry { max });
        }
        let method = match purpose {
            SignedFor::Download => Method::GET,
            SignedFor::Upload => Method::PUT,
        };
        let location = layout::location(self.prefix(), name);
        let url = signer.signed_url(method, &location, expires_in).await;
        url.map(SignedUrl).map_err(FileError::from)
    }
}
