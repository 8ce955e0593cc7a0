//! A tenant's files taken out, and brought in elsewhere.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{FileError, FileName, TenantStore};
use crate::hex;

const LIST: &str = "files.json";
const PARTIAL_LIST: &str = "files.json.partial";
const FILES: &str = "files";
const FORMAT: u32 = 1;
/// The longest list that is read, in bytes.
const MAX_LIST: u64 = 256 << 20;
/// How much of a file is read at a time.
const PIECE: usize = 1 << 20;

/// The file `files.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    format: u32,
    files: Vec<PortedFile>,
}

/// A file of an export. The first one is `files/00000001` there: no name in the bucket becomes one on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PortedFile {
    /// Its name in the tenant's store.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its contents.
    pub sha256: String,
}

/// Why files were not exported or imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] FileError),
    /// The disk failed, or the export is there already.
    #[error("{} could not be read or written", .path.display())]
    Disk {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// There is no list of files, so the export did not end, or it is none.
    #[error(
        "files.json is missing, or is no list of files of this release; an export writes it last"
    )]
    List,
    /// A name in the list is none that a file can have, or occurs twice.
    #[error("file {number} of the list has a name that no file can have, or one that occurs twice")]
    Name {
        /// Its place in the list.
        number: usize,
    },
    /// A file is missing, is no regular file, or is not the one that was exported.
    #[error("file {number} of the list is missing, or is not the one that was exported")]
    Differs {
        /// Its place in the list.
        number: usize,
    },
    /// The tenant has a file of this name with other contents. Nothing is written over.
    #[error("the tenant has a file of the name of file {number} already, with other contents")]
    Taken {
        /// Its place in the list.
        number: usize,
    },
}

impl TenantStore {
    /// Copies all files of the tenant into a directory: beside an export of its rows, or alone. The directory has
    /// neither `files` nor `files.json` yet. On Unix its owner alone may read what is written.
    ///
    /// Contents that are encrypted in the store are in the clear there. Files that change meanwhile are taken as they are
    /// met: a store has no moment for all of them. Writing blocks the thread.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::files::{FileName, TenantFiles, object_store::memory::InMemory};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let files = TenantFiles::new(Arc::new(InMemory::new()));
    /// let (old, new) = (files.scope(&1)?, files.scope(&2)?);
    /// let name = FileName::parse("invoices/7.pdf")?;
    /// old.put(&name, "an invoice").await?;
    ///
    /// assert_eq!(old.export_to(folder.path()).await?.len(), 1);
    /// assert_eq!(new.import_from(folder.path()).await?.len(), 1);
    /// assert_eq!(new.get(&name).await?.bytes(1024).await?, "an invoice");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`PortError::Store`] and [`PortError::Disk`]. There is no `files.json` then.
    pub async fn export_to(
        &self,
        directory: impl AsRef<Path>,
    ) -> Result<Vec<PortedFile>, PortError> {
        let directory = directory.as_ref();
        let folder = directory.join(FILES);
        let list = directory.join(LIST);
        if list.exists() {
            return Err(at(&list)(io::ErrorKind::AlreadyExists.into()));
        }
        private_directory(&folder).map_err(at(&folder))?;
        let mut names: Vec<FileName> = self
            .list(None)
            .map_ok(|info| info.name)
            .try_collect()
            .await?;
        names.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        let mut files = Vec::new();
        for name in names {
            let mut contents = match self.get(&name).await {
                Ok(contents) => contents.into_stream(),
                // It was deleted since it was listed.
                Err(FileError::NotFound) => continue,
                Err(error) => return Err(error.into()),
            };
            let path = folder.join(file_name(files.len() + 1));
            let mut file = private_file(&path).map_err(at(&path))?;
            let mut hash = Sha256::new();
            let mut bytes = 0;
            while let Some(piece) = contents.try_next().await? {
                hash.update(&piece);
                bytes += piece.len() as u64;
                file.write_all(&piece).map_err(at(&path))?;
            }
            file.sync_all().map_err(at(&path))?;
            files.push(PortedFile {
                name: name.as_str().to_owned(),
                bytes,
                sha256: hex::encode(&hash.finalize()),
            });
        }
        let partial = directory.join(PARTIAL_LIST);
        let whole = List {
            format: FORMAT,
            files,
        };
        let write = || -> io::Result<()> {
            let mut file = private_file(&partial)?;
            serde_json::to_writer_pretty(&mut file, &whole)?;
            file.sync_all()?;
            fs::rename(&partial, &list)
        };
        write().map_err(at(&partial))?;
        Ok(whole.files)
    }

    /// Writes the files of an export into this tenant's store. A file that is there with the same contents stays, so that
    /// an import that was cut off is run again; one with other contents is an error.
    ///
    /// Nothing in the directory is believed. Names are parsed as those of any caller are, and lead nowhere else than
    /// below this tenant's prefix; links on the disk are not followed; a file whose contents are not those of the list does
    /// not appear. Nobody else may write to the directory meanwhile. Reading blocks the thread.
    ///
    /// # Errors
    /// [`PortError`]. The files before the one that is named are there.
    pub async fn import_from(
        &self,
        directory: impl AsRef<Path>,
    ) -> Result<Vec<PortedFile>, PortError> {
        let directory = directory.as_ref();
        let List { files, .. } = read_list(&directory.join(LIST))?;
        let folder = directory.join(FILES);
        if !fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
            return Err(PortError::List);
        }
        // Before anything is written.
        let mut names = Vec::with_capacity(files.len());
        let mut seen = HashSet::new();
        for (number, file) in (1..).zip(&files) {
            let name = FileName::parse(&file.name).map_err(|_| PortError::Name { number })?;
            if !seen.insert(file.name.as_str()) {
                return Err(PortError::Name { number });
            }
            names.push(name);
        }
        for ((number, file), name) in (1..).zip(&files).zip(&names) {
            if self.has(name, file, number).await? {
                continue;
            }
            let path = folder.join(file_name(number));
            let found = regular(&path).map_err(at(&path))?;
            let found = found.ok_or(PortError::Differs { number })?;
            self.bring_in(name, file, found, &path, number).await?;
        }
        Ok(files)
    }

    /// Whether the file is there, with these contents.
    async fn has(
        &self,
        name: &FileName,
        file: &PortedFile,
        number: usize,
    ) -> Result<bool, PortError> {
        let contents = match self.get(name).await {
            Ok(contents) => contents,
            Err(FileError::NotFound) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let mut hash = Sha256::new();
        let mut pieces = contents.into_stream();
        while let Some(piece) = pieces.try_next().await? {
            hash.update(&piece);
        }
        if hex::encode(&hash.finalize()) == file.sha256 {
            Ok(true)
        } else {
            Err(PortError::Taken { number })
        }
    }

    async fn bring_in(
        &self,
        name: &FileName,
        file: &PortedFile,
        found: File,
        path: &Path,
        number: usize,
    ) -> Result<(), PortError> {
        let mut upload = self.upload(name).await?;
        let mut reader = BufReader::new(found);
        let mut hash = Sha256::new();
        let mut bytes = 0;
        loop {
            let mut piece = Vec::new();
            let read = (&mut reader).take(PIECE as u64).read_to_end(&mut piece);
            if let Err(error) = read {
                let _ = upload.abort().await;
                return Err(at(path)(error));
            }
            if piece.is_empty() {
                break;
            }
            hash.update(&piece);
            bytes += piece.len() as u64;
            if bytes > file.bytes {
                break;
            }
            upload.write(Bytes::from(piece)).await?;
        }
        if bytes != file.bytes || hex::encode(&hash.finalize()) != file.sha256 {
            let _ = upload.abort().await;
            return Err(PortError::Differs { number });
        }
        upload.finish().await?;
        Ok(())
    }
}

fn file_name(number: usize) -> String {
    format!("{number:08}")
}

fn at(path: &Path) -> impl Fn(io::Error) -> PortError {
    move |error| PortError::Disk {
        path: path.to_owned(),
        error,
    }
}

fn read_list(path: &Path) -> Result<List, PortError> {
    let file = regular(path).map_err(at(path))?.ok_or(PortError::List)?;
    let mut text = Vec::new();
    file.take(MAX_LIST + 1)
        .read_to_end(&mut text)
        .map_err(at(path))?;
    if text.len() as u64 > MAX_LIST {
        return Err(PortError::List);
    }
    let list: List = serde_json::from_slice(&text).map_err(|_| PortError::List)?;
    if list.format != FORMAT {
        return Err(PortError::List);
    }
    Ok(list)
}

/// A regular file. A link could lead to any file of this machine.
fn regular(path: &Path) -> io::Result<Option<File>> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => File::open(path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
