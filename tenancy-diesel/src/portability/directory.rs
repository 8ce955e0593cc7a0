//! The directory of an export. No name in it comes from the data: tables are numbered.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::cell::hex;
use super::{Manifest, Mistake, PortabilityError};
use crate::Table;

const MANIFEST: &str = "manifest.json";
const PARTIAL_MANIFEST: &str = "manifest.json.partial";
const TABLES: &str = "tables";
/// The longest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 16 << 20;

fn table_file(number: usize) -> String {
    format!("{number:04}.jsonl")
}

fn at(path: &Path) -> impl Fn(io::Error) -> PortabilityError {
    move |error| PortabilityError::File {
        path: path.to_owned(),
        error,
    }
}

/// Where an export is written to.
pub(super) struct Target(PathBuf);

impl Target {
    /// A new directory, or an empty one. On Unix its owner alone may look into a new one.
    pub(super) fn create(path: PathBuf) -> Result<Self, PortabilityError> {
        match private_directory(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let mut entries = fs::read_dir(&path).map_err(at(&path))?;
                if entries.next().is_some() {
                    return Err(PortabilityError::NotEmptyDirectory { path });
                }
            }
            other => other.map_err(at(&path))?,
        }
        let tables = path.join(TABLES);
        private_directory(&tables).map_err(at(&tables))?;
        Ok(Target(path))
    }

    pub(super) fn table(&self, number: usize) -> Result<OutFile, PortabilityError> {
        let path = self.0.join(TABLES).join(table_file(number));
        let file = private_file(&path).map_err(at(&path))?;
        Ok(OutFile {
            path,
            file: BufWriter::new(file),
            hash: Sha256::new(),
            rows: 0,
            bytes: 0,
            line: Vec::new(),
        })
    }

    /// Written last, so that a directory with a manifest is whole.
    pub(super) fn finish(self, manifest: &Manifest) -> Result<(), PortabilityError> {
        let partial = self.0.join(PARTIAL_MANIFEST);
        let write = || -> io::Result<()> {
            let mut file = private_file(&partial)?;
            serde_json::to_writer_pretty(&mut file, manifest)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&partial, self.0.join(MANIFEST))
        };
        write().map_err(at(&partial))
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

/// The file of a table that is being written.
pub(super) struct OutFile {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    line: Vec<u8>,
}

impl OutFile {
    pub(super) fn row(&mut self, row: &impl Serialize) -> Result<(), PortabilityError> {
        self.line.clear();
        let error = at(&self.path);
        serde_json::to_writer(&mut self.line, row)
            .map_err(io::Error::from)
            .map_err(&error)?;
        self.line.push(b'\n');
        self.hash.update(&self.line);
        self.rows += 1;
        self.bytes += self.line.len() as u64;
        self.file.write_all(&self.line).map_err(error)
    }

    /// The SHA-256 of the file, which is durable now.
    pub(super) fn finish(mut self) -> Result<String, PortabilityError> {
        let error = at(&self.path);
        self.file.flush().map_err(&error)?;
        self.file.get_ref().sync_all().map_err(error)?;
        Ok(hex(&self.hash.finalize()))
    }
}

/// Where an import reads from.
pub(super) struct Origin(PathBuf);

impl Origin {
    pub(super) fn open(path: PathBuf) -> Result<(Self, Manifest), PortabilityError> {
        let manifest = path.join(MANIFEST);
        let file = regular(&manifest).map_err(at(&manifest))?;
        let file = file.ok_or(Mistake::Manifest)?;
        let mut text = Vec::new();
        file.take(MAX_MANIFEST + 1)
            .read_to_end(&mut text)
            .map_err(at(&manifest))?;
        if text.len() as u64 > MAX_MANIFEST {
            return Err(Mistake::Manifest.into());
        }
        // A later format may have any other field.
        #[derive(serde::Deserialize)]
        struct Format {
            format: u32,
        }
        let format: Format = serde_json::from_slice(&text).map_err(|_| Mistake::Manifest)?;
        if format.format != super::MANIFEST_FORMAT {
            return Err(Mistake::Format {
                format: format.format,
            }
            .into());
        }
        let manifest = serde_json::from_slice(&text).map_err(|_| Mistake::Manifest)?;
        Ok((Origin(path), manifest))
    }

    pub(super) fn table(
        &self,
        number: usize,
        table: &'static Table,
        longest: usize,
    ) -> Result<InFile, PortabilityError> {
        let tables = self.0.join(TABLES);
        let missing = Mistake::NoFile { table: table.path };
        if !fs::symlink_metadata(&tables).is_ok_and(|found| found.is_dir()) {
            return Err(missing.into());
        }
        let path = tables.join(table_file(number));
        let file = regular(&path).map_err(at(&path))?.ok_or(missing)?;
        Ok(InFile {
            path,
            table,
            file: BufReader::new(file),
            longest,
            hash: Sha256::new(),
            rows: 0,
            line: Vec::new(),
        })
    }
}

/// A regular file. Links are not followed: in files that somebody else made, one could lead to a file of this
/// machine, whose lines would become rows.
fn regular(path: &Path) -> io::Result<Option<File>> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => File::open(path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The file of a table that is being read.
pub(super) struct InFile {
    path: PathBuf,
    table: &'static Table,
    file: BufReader<File>,
    longest: usize,
    hash: Sha256,
    pub(super) rows: u64,
    line: Vec<u8>,
}

impl InFile {
    /// The next line without its line break, and its number.
    pub(super) fn line(&mut self) -> Result<Option<(&[u8], u64)>, PortabilityError> {
        self.line.clear();
        let limit = self.longest as u64 + 1;
        (&mut self.file)
            .take(limit)
            .read_until(b'\n', &mut self.line)
            .map_err(at(&self.path))?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.rows += 1;
        let line = self.rows;
        let table = self.table.path;
        if self.line.len() as u64 == limit && self.line.last() != Some(&b'\n') {
            let limit = self.longest;
            return Err(Mistake::LongLine { table, line, limit }.into());
        }
        self.hash.update(&self.line);
        let text = self.line.strip_suffix(b"\n");
        let text = text.ok_or(Mistake::Line { table, line })?;
        Ok(Some((text, line)))
    }

    /// The SHA-256 of all that was read.
    pub(super) fn sha256(self) -> String {
        hex(&self.hash.finalize())
    }
}
