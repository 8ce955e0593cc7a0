use std::future::ready;
use std::path::PathBuf;
use std::sync::Arc;

use super::{KeySource, RootKey, RootKeyError, RootKind};
use crate::BoxFuture;
use crate::encryption::RootId;
use crate::secret_file::{self, Refusal};

/// A root key in a file.
///
/// On Unix the file must belong to root or to the user of this process, and nobody else may read or
/// write it. The permissions are those of the file that was opened, so nobody can exchange it in
/// between. Elsewhere they are not checked. One line break at the end is not part of the key.
#[derive(Debug, Clone)]
pub struct FileKey {
    id: RootId,
    path: PathBuf,
    kind: RootKind,
    group: bool,
}

impl FileKey {
    /// A file with 64 hexadecimal digits of 32 random bytes.
    pub fn random(id: RootId, path: impl Into<PathBuf>) -> Self {
        FileKey {
            id,
            path: path.into(),
            kind: RootKind::Random,
            group: false,
        }
    }

    /// A file with a passphrase.
    pub fn passphrase(id: RootId, path: impl Into<PathBuf>) -> Self {
        FileKey {
            kind: RootKind::Passphrase,
            ..FileKey::random(id, path)
        }
    }

    /// Also accepts a file that its group may read, as Kubernetes mounts secrets for a user that is
    /// not root.
    pub fn readable_by_its_group(self) -> Self {
        FileKey {
            group: true,
            ..self
        }
    }

    fn read(&self) -> Result<RootKey, RootKeyError> {
        let text = secret_file::read(&self.path, self.group).map_err(|refusal| match refusal {
            Refusal::Permissions => RootKeyError::Permissions,
            Refusal::Owner => RootKeyError::Owner,
            Refusal::NotAFile => RootKeyError::NotAFile,
            Refusal::NotText => RootKeyError::Form,
            Refusal::Io(error) => RootKeyError::Io(Arc::new(error)),
        })?;
        RootKey::from_text(self.kind, text)
    }
}

impl KeySource for FileKey {
    fn id(&self) -> &RootId {
        &self.id
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        Box::pin(ready(self.read()))
    }
}
