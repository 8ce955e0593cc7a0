use std::fmt;

use crate::encryption::{Keyring, TenantKeys};
use crate::files::FileError;

/// The keys of a scope, and what prolongs their lease while a long file is read or written.
#[derive(Clone)]
pub(in crate::files) struct Keys {
    held: TenantKeys,
    keyring: Option<Keyring>,
}

impl Keys {
    pub(super) fn held(keys: TenantKeys) -> Self {
        Keys {
            held: keys,
            keyring: None,
        }
    }

    pub(super) fn of_keyring(keys: TenantKeys, keyring: Keyring) -> Self {
        Keys {
            held: keys,
            keyring: Some(keyring),
        }
    }

    /// The keys, fresh if there is a keyring to ask.
    pub(super) async fn ready(&self) -> Result<TenantKeys, FileError> {
        match &self.keyring {
            None => Ok(self.held.clone()),
            Some(keyring) => Ok(keyring.unlock(self.held.tenant()).await?),
        }
    }

    /// As [`ready`](Keys::ready), for a cipher that has the keys already.
    pub(super) async fn prolong(&self) -> Result<(), FileError> {
        self.ready().await.map(|_| ())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}
