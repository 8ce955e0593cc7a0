use std::fs::{self, Metadata};
use std::io;
use std::path::PathBuf;

use super::{failed, is_absent};

/// What is on the disk, links and unfinished files included.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) metadata: Metadata,
    pub(super) length: u64,
}

/// Everything below a folder but folders. No link is followed.
pub(super) fn entries(folder: PathBuf) -> impl Iterator<Item = object_store::Result<Entry>> {
    let mut folders = vec![folder];
    let mut reading: Option<fs::ReadDir> = None;
    let mut next = move || -> io::Result<Option<Entry>> {
        loop {
            let Some(entry) = reading.as_mut().and_then(Iterator::next) else {
                let Some(folder) = folders.pop() else {
                    return Ok(None);
                };
                reading = absent_is_none(fs::read_dir(folder))?;
                continue;
            };
            let path = entry?.path();
            match absent_is_none(fs::symlink_metadata(&path))? {
                // Deleted meanwhile.
                None => {}
                Some(metadata) if metadata.is_dir() => folders.push(path),
                Some(metadata) => {
                    let length = if metadata.is_file() {
                        metadata.len()
                    } else {
                        0
                    };
                    return Ok(Some(Entry {
                        path,
                        metadata,
                        length,
                    }));
                }
            }
        }
    };
    std::iter::from_fn(move || next().map_err(failed).transpose())
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if is_absent(&error) => Ok(None),
        other => other.map(Some),
    }
}
