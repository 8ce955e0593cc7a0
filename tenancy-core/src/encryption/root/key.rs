use std::error::Error;
use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretBox, SecretString};
use zeroize::Zeroizing;

use crate::encryption::EncryptionError;
use crate::encryption::secret::fill_random;

/// What a root key is made of, which decides how costly Argon2id must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RootKind {
    /// 32 random bytes.
    Random,
    /// Words that somebody chose.
    Passphrase,
}

/// The key above all others.
///
/// ```
/// use tenancy_core::encryption::{RootKey, RootKind};
///
/// let root = RootKey::generate()?;
/// assert_eq!(root.kind(), RootKind::Random);
/// assert_eq!(format!("{root:?}"), "RootKey(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RootKey(Material);

#[derive(Clone)]
enum Material {
    Random(Arc<SecretBox<[u8; 32]>>),
    Passphrase(Arc<SecretString>),
}

/// The least length of a passphrase, in characters.
const MIN_PASSPHRASE_CHARACTERS: usize = 16;

impl RootKey {
    /// 32 random bytes from elsewhere.
    ///
    /// # Errors
    /// [`RootKeyError::Form`] for bytes that are all the same, such as zeros.
    pub fn random(bytes: SecretBox<[u8; 32]>) -> Result<Self, RootKeyError> {
        let [first, rest @ ..] = bytes.expose_secret();
        if rest.iter().all(|byte| byte == first) {
            return Err(RootKeyError::Form);
        }
        Ok(RootKey(Material::Random(Arc::new(bytes))))
    }

    /// 32 new random bytes.
    ///
    /// # Errors
    /// [`EncryptionError::Rng`].
    pub fn generate() -> Result<Self, EncryptionError> {
        let mut bytes = SecretBox::new(Box::new([0; 32]));
        fill_random(secrecy::ExposeSecretMut::expose_secret_mut(&mut bytes))?;
        Ok(RootKey(Material::Random(Arc::new(bytes))))
    }

    /// 32 random bytes as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`RootKeyError::Form`] for anything else.
    pub fn from_hex(text: &SecretString) -> Result<Self, RootKeyError> {
        let digits = text.expose_secret().as_bytes();
        if digits.len() != 64 {
            return Err(RootKeyError::Form);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        RootKey::random(SecretBox::new(Box::new(*bytes)))
    }

    /// A passphrase of at least 16 characters. It is taken as it is: no trimming, no normal form.
    ///
    /// # Errors
    /// [`RootKeyError::ShortPassphrase`].
    pub fn passphrase(text: SecretString) -> Result<Self, RootKeyError> {
        if text.expose_secret().chars().count() < MIN_PASSPHRASE_CHARACTERS {
            return Err(RootKeyError::ShortPassphrase);
        }
        Ok(RootKey(Material::Passphrase(Arc::new(text))))
    }

    /// What the key is made of.
    pub fn kind(&self) -> RootKind {
        match self.0 {
            Material::Random(_) => RootKind::Random,
            Material::Passphrase(_) => RootKind::Passphrase,
        }
    }

    /// Reads a text that holds a key of this kind.
    pub(super) fn from_text(kind: RootKind, text: SecretString) -> Result<Self, RootKeyError> {
        match kind {
            RootKind::Random => RootKey::from_hex(&text),
            RootKind::Passphrase => RootKey::passphrase(text),
        }
    }

    pub(crate) fn expose<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        match &self.0 {
            Material::Random(bytes) => read(bytes.expose_secret()),
            Material::Passphrase(text) => read(text.expose_secret().as_bytes()),
        }
    }
}

fn digit(byte: u8) -> Result<u8, RootKeyError> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(RootKeyError::Form),
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(..)")
    }
}

/// Why a root key was not read. No text holds any of it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RootKeyError {
    /// The environment variable is not set.
    #[error("the environment variable of the root key is not set")]
    NotSet,
    /// The text is no key.
    #[error("a root key is 64 hexadecimal digits of 32 random bytes")]
    Form,
    /// The passphrase is too short.
    #[error("a passphrase has at least {MIN_PASSPHRASE_CHARACTERS} characters")]
    ShortPassphrase,
    /// Others than the user of this process may read or write the file.
    #[error("the file of the root key must be readable by its owner alone (chmod 400)")]
    Permissions,
    /// The file belongs to another user.
    #[error("the file of the root key must belong to root or to the user of this process")]
    Owner,
    /// The path is not that of a file, or the file is too large to be one of a key.
    #[error("the root key must be in a regular file of at most 4 KiB")]
    NotAFile,
    /// The file could not be read.
    #[error("the file of the root key could not be read")]
    Io(#[source] Arc<std::io::Error>),
    /// Another source failed.
    #[error("the source of the root key failed")]
    Source(#[source] Arc<dyn Error + Send + Sync>),
}
