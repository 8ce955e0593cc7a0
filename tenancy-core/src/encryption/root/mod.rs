//! Where the root key comes from.

mod environment;
mod file;
mod key;

pub use environment::EnvironmentKey;
pub use file::FileKey;
pub use key::{RootKey, RootKeyError, RootKind};

use super::RootId;
use crate::BoxFuture;

/// A source of a root key: the environment, a file, or whatever holds it, such as a KMS.
///
/// The keyring asks once, when it first needs the key, and keeps it. An implementation for a KMS
/// decrypts the root key there, and answers with [`RootKey::random`].
///
/// Command lines are no source: other users of the machine can read them.
pub trait KeySource: Send + Sync + 'static {
    /// The name under which key records refer to this root.
    fn id(&self) -> &RootId;

    /// Reads the key.
    ///
    /// # Errors
    /// [`RootKeyError`].
    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>>;
}

/// A root key at hand, with its name.
#[derive(Debug)]
pub struct FixedKey {
    id: RootId,
    key: RootKey,
}

impl FixedKey {
    /// Names a root key.
    pub fn new(id: RootId, key: RootKey) -> Self {
        FixedKey { id, key }
    }
}

impl KeySource for FixedKey {
    fn id(&self) -> &RootId {
        &self.id
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        Box::pin(std::future::ready(Ok(self.key.clone())))
    }
}

/// A source that is chosen when the program runs.
impl<S: KeySource + ?Sized> KeySource for Box<S> {
    fn id(&self) -> &RootId {
        (**self).id()
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        (**self).load()
    }
}
