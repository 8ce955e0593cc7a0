use std::future::ready;

use secrecy::SecretString;
use zeroize::Zeroize;

use super::{KeySource, RootKey, RootKeyError, RootKind};
use crate::BoxFuture;
use crate::encryption::RootId;

/// A root key in an environment variable.
///
/// Child processes inherit it and the user's other processes can read it; a [file](super::FileKey)
/// is better where there is one.
#[derive(Debug, Clone)]
pub struct EnvironmentKey {
    id: RootId,
    variable: String,
    kind: RootKind,
}

impl EnvironmentKey {
    /// A variable with 64 hexadecimal digits of 32 random bytes.
    pub fn random(id: RootId, variable: impl Into<String>) -> Self {
        EnvironmentKey {
            id,
            variable: variable.into(),
            kind: RootKind::Random,
        }
    }

    /// A variable with a passphrase.
    pub fn passphrase(id: RootId, variable: impl Into<String>) -> Self {
        EnvironmentKey {
            id,
            variable: variable.into(),
            kind: RootKind::Passphrase,
        }
    }

    fn read(&self) -> Result<RootKey, RootKeyError> {
        let value = std::env::var_os(&self.variable).ok_or(RootKeyError::NotSet)?;
        let text = value.into_string().map_err(|value| {
            value.into_encoded_bytes().zeroize();
            RootKeyError::Form
        })?;
        RootKey::from_text(self.kind, SecretString::from(text))
    }
}

impl KeySource for EnvironmentKey {
    fn id(&self) -> &RootId {
        &self.id
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        Box::pin(ready(self.read()))
    }
}
