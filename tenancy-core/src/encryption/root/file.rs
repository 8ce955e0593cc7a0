use std::fs::{File, Metadata};
use std::future::ready;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

use super::{KeySource, RootKey, RootKeyError, RootKind};
use crate::BoxFuture;
use crate::encryption::RootId;

const MAX_BYTES: usize = 4096;

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
        let io = |error| RootKeyError::Io(Arc::new(error));
        // Before it is opened: to open a pipe would wait for its other end.
        if !std::fs::metadata(&self.path).map_err(io)?.is_file() {
            return Err(RootKeyError::NotAFile);
        }
        let file = File::open(&self.path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(RootKeyError::NotAFile);
        }
        check_access(&metadata, self.group)?;
        // All of the capacity from the start: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
        file.take(MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        if bytes.len() > MAX_BYTES {
            return Err(RootKeyError::NotAFile);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| RootKeyError::Form)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        let key = RootKey::from_text(self.kind, SecretString::from(text.as_str()));
        text.zeroize();
        key
    }
}

#[cfg(unix)]
fn check_access(metadata: &Metadata, group: bool) -> Result<(), RootKeyError> {
    use std::os::unix::fs::MetadataExt;

    let user = rustix::process::geteuid().as_raw();
    check_mode(metadata.mode(), metadata.uid(), user, group)
}

#[cfg(unix)]
fn check_mode(mode: u32, owner: u32, user: u32, group: bool) -> Result<(), RootKeyError> {
    let others = if group { 0o037 } else { 0o077 };
    if mode & others != 0 {
        return Err(RootKeyError::Permissions);
    }
    if owner != 0 && owner != user {
        return Err(RootKeyError::Owner);
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_access(_: &Metadata, _: bool) -> Result<(), RootKeyError> {
    Ok(())
}

impl KeySource for FileKey {
    fn id(&self) -> &RootId {
        &self.id
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        Box::pin(ready(self.read()))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_user_or_open_to_others_is_refused() {
        for owner in [0, 1000] {
            assert!(check_mode(0o100_400, owner, 1000, false).is_ok());
            assert!(check_mode(0o100_600, owner, 1000, false).is_ok());
            assert!(check_mode(0o100_440, owner, 1000, true).is_ok());
        }
        let refused = |mode, owner, group| check_mode(mode, owner, 1000, group).unwrap_err();
        assert!(matches!(
            refused(0o100_400, 1001, false),
            RootKeyError::Owner
        ));
        for (mode, group) in [
            (0o440, false),
            (0o404, false),
            (0o620, false),
            (0o401, false),
            (0o444, true),
            (0o460, true),
            (0o450, true),
        ] {
            assert!(
                matches!(refused(mode, 0, group), RootKeyError::Permissions),
                "{mode:o}"
            );
        }
    }
}
