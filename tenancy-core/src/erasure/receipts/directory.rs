use std::fs::{self, File, OpenOptions};
use std::future::ready;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::receipt::MAX_RECEIPT_BYTES;
use super::sink::{self, ReceiptSink, SinkError};
use crate::{BoxFuture, hex};

/// A directory with a file for each receipt, such as a mounted share.
///
/// A receipt is written to a file of another name, synchronised, and then linked to its own name, which fails where
/// one is there. So a file is whole, or it is not there. The file system must know hard links. Calls block
/// their thread for as long as the disk takes.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// A directory that is there. None is created: one that is not mounted would go unnoticed.
    ///
    /// # Errors
    /// [`SinkError::Failed`] when it is not there, or is no directory.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SinkError> {
        let directory = Directory(path.into());
        match fs::metadata(&directory.0) {
            Ok(metadata) if metadata.is_dir() => Ok(directory),
            Ok(_) => Err(directory.failed(io::ErrorKind::NotADirectory.into())),
            Err(error) => Err(directory.failed(error)),
        }
    }

    fn file(&self, number: u64) -> PathBuf {
        self.0.join(sink::file_name(number))
    }

    fn failed(&self, error: io::Error) -> SinkError {
        SinkError::Failed {
            sink: self.name(),
            error: Box::new(error),
        }
    }

    fn list(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            numbers.extend(name.to_str().and_then(sink::number_of));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn get(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.file(number)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut text = Vec::new();
        // One byte more, so that one that is too long is refused and not cut off.
        file.take(MAX_RECEIPT_BYTES as u64 + 1)
            .read_to_end(&mut text)?;
        Ok(Some(text))
    }

    fn put(&self, number: u64, text: &str) -> io::Result<()> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let partial = Partial(self.0.join(format!(".partial-{}", hex::encode(&random))));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&partial.0)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&partial.0, self.file(number))?;
        drop(partial);
        sync_directory(&self.0)
    }
}

/// The file of a receipt that has not got its name yet.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // What stays behind has no name of a receipt, and nobody reads it.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a directory cannot be opened, and names are durable with their files.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

impl ReceiptSink for Directory {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>> {
        Box::pin(ready(self.list().map_err(|error| self.failed(error))))
    }

    fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>> {
        Box::pin(ready(self.get(number).map_err(|error| self.failed(error))))
    }

    fn append<'a>(&'a self, number: u64, text: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async move {
            self.put(number, text).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => SinkError::Taken { number },
                _ => self.failed(error),
            })
        })
    }
}
