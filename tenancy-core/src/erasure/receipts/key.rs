use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use ed25519_dalek::Signer;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::hex;
use crate::secret_file::{self, Refusal};

/// The operator's key, which signs receipts. It is for nothing else.
///
/// ```
/// use tenancy_core::erasure::receipts::SigningKey;
///
/// let key = SigningKey::generate()?;
/// assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public().id()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// A new key from the operating system's random numbers.
    ///
    /// # Errors
    /// [`SigningKeyError::Rng`].
    pub fn generate() -> Result<Self, SigningKeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|_| SigningKeyError::Rng)?;
        Ok(SigningKey::of(&seed))
    }

    /// A key as [`to_text`](Self::to_text) writes it: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`SigningKeyError::Form`] for anything else, and for bytes that are all the same.
    pub fn from_text(text: &SecretString) -> Result<Self, SigningKeyError> {
        let seed = hex::decode(text.expose_secret()).ok_or(SigningKeyError::Form)?;
        let seed = Zeroizing::new(seed);
        if seed.iter().all(|byte| *byte == seed[0]) {
            return Err(SigningKeyError::Form);
        }
        Ok(SigningKey::of(&seed))
    }

    /// A key in a file, with the same care as for a root key: on Unix it must belong to root or to the user of
    /// this process, and nobody else may read or write it.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SigningKeyError> {
        SigningKey::read(path.as_ref(), false)
    }

    /// The same, and the group of the file may read it, as Kubernetes mounts secrets.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub fn from_group_file(path: impl AsRef<Path>) -> Result<Self, SigningKeyError> {
        SigningKey::read(path.as_ref(), true)
    }

    /// A key in an environment variable, which child processes inherit.
    ///
    /// # Errors
    /// [`SigningKeyError::NotSet`] and [`SigningKeyError::Form`].
    pub fn from_environment(variable: &str) -> Result<Self, SigningKeyError> {
        let value = std::env::var_os(variable).ok_or(SigningKeyError::NotSet)?;
        match value.into_string() {
            Ok(text) => SigningKey::from_text(&SecretString::from(text)),
            Err(value) => {
                value.into_encoded_bytes().zeroize();
                Err(SigningKeyError::Form)
            }
        }
    }

    fn read(path: &Path, group: bool) -> Result<Self, SigningKeyError> {
        let text = secret_file::read(path, group).map_err(|refusal| match refusal {
            Refusal::Permissions => SigningKeyError::Permissions,
            Refusal::Owner => SigningKeyError::Owner,
            Refusal::NotAFile => SigningKeyError::NotAFile,
            Refusal::NotText => SigningKeyError::Form,
            Refusal::Io(error) => SigningKeyError::Io(Arc::new(error)),
        })?;
        SigningKey::from_text(&text)
    }

    fn of(seed: &[u8; 32]) -> Self {
        SigningKey(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// What verifies the signatures of this key. It is no secret.
    pub fn public(&self) -> PublicKey {
        PublicKey::of(self.0.verifying_key())
    }

    /// The key itself, to be kept where nobody else reads it.
    pub fn to_text(&self) -> SecretString {
        let seed = Zeroizing::new(self.0.to_bytes());
        SecretString::from(hex::encode(&*seed))
    }

    /// Writes the key to a new file that its owner alone may read, durably.
    ///
    /// # Errors
    /// [`SigningKeyError::Io`], also when there is such a file: a key is never written over.
    pub fn write_new(&self, path: impl AsRef<Path>) -> Result<(), SigningKeyError> {
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o400);
            let mut file = options.open(path)?;
            file.write_all(self.to_text().expose_secret().as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        };
        write().map_err(|error| SigningKeyError::Io(Arc::new(error)))
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.0.sign(text).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

/// What verifies signatures of one [`SigningKey`].
///
/// Its text is 64 hexadecimal digits, as `Display` writes and `FromStr` reads them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    key: ed25519_dalek::VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    fn of(key: ed25519_dalek::VerifyingKey) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tenancy erasure receipt key 1\n");
        hash.update(key.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        PublicKey { key, id: KeyId(id) }
    }

    /// The name under which receipts refer to the key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Ed25519 with the strict rules: one signature has one form, and weak keys verify nothing.
    pub(super) fn verifies(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(text, &signature).is_ok()
    }
}

impl std::str::FromStr for PublicKey {
    type Err = SigningKeyError;

    fn from_str(text: &str) -> Result<Self, SigningKeyError> {
        let bytes = hex::decode(text.trim_ascii()).ok_or(SigningKeyError::PublicForm)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes)
            .map_err(|_| SigningKeyError::PublicForm)?;
        // Anybody can make signatures that such a key accepts.
        if key.is_weak() {
            return Err(SigningKeyError::PublicForm);
        }
        Ok(PublicKey::of(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.key.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// The name of a key: a hash of its public half.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 16]);

impl KeyId {
    pub(super) fn parse(text: &str) -> Option<Self> {
        hex::decode(text).map(KeyId)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The public keys whose receipts are believed: the present one, and those before it.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys(Vec<PublicKey>);

impl TrustedKeys {
    /// Believes nobody yet.
    pub fn new() -> Self {
        TrustedKeys::default()
    }

    /// Believes this key as well.
    #[must_use]
    pub fn with(mut self, key: PublicKey) -> Self {
        self.0.push(key);
        self
    }

    pub(super) fn get(&self, id: KeyId) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

impl From<PublicKey> for TrustedKeys {
    fn from(key: PublicKey) -> Self {
        TrustedKeys(vec![key])
    }
}

impl FromIterator<PublicKey> for TrustedKeys {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        TrustedKeys(keys.into_iter().collect())
    }
}

/// Why a key of receipts was not read or written. No text holds any of it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The environment variable is not set.
    #[error("the environment variable of the signing key is not set")]
    NotSet,
    /// The text is no key.
    #[error(
        "a signing key is 64 hexadecimal digits in lower case, as `tenancy receipt keygen` writes them"
    )]
    Form,
    /// The text is no public key, or of a key that everybody can sign for.
    #[error(
        "a public key is 64 hexadecimal digits in lower case, as `tenancy receipt keygen` writes them"
    )]
    PublicForm,
    /// Others than the user of this process may read or write the file.
    #[error("the file of the signing key must be readable by its owner alone (chmod 400)")]
    Permissions,
    /// The file belongs to another user.
    #[error("the file of the signing key must belong to root or to the user of this process")]
    Owner,
    /// The path is not that of a file, or the file is too large to be one of a key.
    #[error("the signing key must be in a regular file of at most 4 KiB")]
    NotAFile,
    /// The file could not be read or written.
    #[error("the file of the signing key could not be read or written")]
    Io(#[source] Arc<io::Error>),
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers for a signing key")]
    Rng,
}
