//! Files on the local disk.

mod store;
mod walk;

use std::fmt;
use std::io;
use std::path::{Component, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path;

use super::FileError;
use crate::erasure::Amount;

/// A folder of the local disk as an object store: `object_store`'s own, without its links.
///
/// `LocalFileSystem` follows symbolic links, so one in A's folder could lead to B's files: to read, list and
/// delete them. Here a path that goes through a link is an error, links are left out of lists, and an erasure
/// removes a link and not what it leads to. The folder itself may be behind links.
///
/// That is a look before each operation. Whoever can change the folder at the same moment, as another process
/// of the machine, is not stopped by it; encrypted contents are.
///
/// Files that are being written are beside their place with a `#` and a number. They are removed when an upload
/// is dropped; those of a process that was killed are not listed, and go with the tenant.
#[derive(Clone)]
pub struct LocalDisk {
    inner: Arc<LocalFileSystem>,
    root: Arc<PathBuf>,
}

impl LocalDisk {
    /// The folder, which must be there.
    ///
    /// # Errors
    /// [`FileError::Store`] when there is no such folder.
    pub fn open(folder: impl AsRef<std::path::Path>) -> Result<Self, FileError> {
        LocalDisk::with(folder, false)
    }

    /// As [`open`](LocalDisk::open). What is written is on the disk, and not in its cache, before it counts as
    /// written.
    ///
    /// # Errors
    /// As [`open`](LocalDisk::open).
    pub fn durable(folder: impl AsRef<std::path::Path>) -> Result<Self, FileError> {
        LocalDisk::with(folder, true)
    }

    fn with(folder: impl AsRef<std::path::Path>, durable: bool) -> Result<Self, FileError> {
        let inner = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(durable);
        let root = std::fs::canonicalize(folder).map_err(failed)?;
        Ok(LocalDisk {
            inner: Arc::new(inner),
            root: Arc::new(root),
        })
    }

    /// How many files, unfinished ones and links there are below a prefix.
    pub(super) async fn count(&self, prefix: &Path) -> object_store::Result<Amount> {
        let (disk, prefix) = (self.clone(), prefix.clone());
        blocking(move || disk.count_now(&prefix)).await
    }

    /// Removes them, with their folders.
    pub(super) async fn erase(&self, prefix: &Path) -> object_store::Result<Amount> {
        let (disk, prefix) = (self.clone(), prefix.clone());
        blocking(move || {
            let amount = disk.count_now(&prefix)?;
            match std::fs::remove_dir_all(disk.folder(&prefix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
                _ => Ok(amount),
            }
        })
        .await
    }

    fn count_now(&self, prefix: &Path) -> object_store::Result<Amount> {
        self.check(prefix)?;
        let (mut items, mut bytes) = (0, 0);
        for entry in walk::entries(self.folder(prefix)) {
            items += 1;
            bytes += entry?.length;
        }
        Ok(Amount::sized(items, bytes))
    }

    /// Refuses a path that goes through a link.
    fn check(&self, location: &Path) -> object_store::Result<()> {
        let mut path = self.root.to_path_buf();
        for part in location.parts() {
            let part = part.as_ref();
            let mut components = std::path::Path::new(part).components();
            if !matches!(
                (components.next(), components.next()),
                (Some(Component::Normal(_)), None)
            ) {
                return Err(failed(io::Error::from(io::ErrorKind::InvalidInput)));
            }
            path.push(part);
            match std::fs::symlink_metadata(&path) {
                Ok(found) if found.is_symlink() => return Err(failed(Linked)),
                Ok(_) => {}
                // Nothing is there, or below it.
                Err(error) if is_absent(&error) => return Ok(()),
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    fn folder(&self, prefix: &Path) -> PathBuf {
        let mut path = self.root.to_path_buf();
        path.extend(prefix.parts().map(|part| part.as_ref().to_owned()));
        path
    }
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

#[derive(Debug, thiserror::Error)]
#[error("a symbolic link is on the way to the file; replace it by what it leads to")]
struct Linked;

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
    object_store::Error::Generic {
        store: "LocalDisk",
        source: Box::new(error),
    }
}

/// Where there is a runtime, work on the disk must not stop its thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> object_store::Result<T> + Send + 'static,
) -> object_store::Result<T> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await?,
        Err(_) => work(),
    }
}

impl fmt::Debug for LocalDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalDisk").field(&self.root).finish()
    }
}

impl fmt::Display for LocalDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalDisk")
    }
}
