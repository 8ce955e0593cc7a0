//! A file with a secret, which nobody but its owner may read.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

pub(crate) const MAX_BYTES: usize = 4096;

/// Why a file is not read.
#[derive(Debug)]
pub(crate) enum Refusal {
    Permissions,
    Owner,
    NotAFile,
    NotText,
    Io(io::Error),
}

/// The text of a file, without one line break at its end.
///
/// On Unix the file must belong to root or to the user of this process, and nobody else may read or write it,
/// except for its group if `group` says so. The permissions are those of the file that was opened, so nobody
/// can exchange it in between.
pub(crate) fn read(path: &Path, group: bool) -> Result<SecretString, Refusal> {
    // Before it is opened: to open a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(Refusal::Io)?.is_file() {
        return Err(Refusal::NotAFile);
    }
    let file = File::open(path).map_err(Refusal::Io)?;
    let metadata = file.metadata().map_err(Refusal::Io)?;
    if !metadata.is_file() {
        return Err(Refusal::NotAFile);
    }
    check_access(&metadata, group)?;
    // All of the capacity from the start: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Refusal::Io)?;
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::NotAFile);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::NotText)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut text = text.strip_suffix('\r').unwrap_or(text).to_owned();
    let secret = SecretString::from(text.as_str());
    text.zeroize();
    Ok(secret)
}

#[cfg(unix)]
fn check_access(metadata: &Metadata, group: bool) -> Result<(), Refusal> {
    use std::os::unix::fs::MetadataExt;

    let user = rustix::process::geteuid().as_raw();
    check_mode(metadata.mode(), metadata.uid(), user, group)
}

#[cfg(unix)]
fn check_mode(mode: u32, owner: u32, user: u32, group: bool) -> Result<(), Refusal> {
    let others = if group { 0o037 } else { 0o077 };
    if mode & others != 0 {
        return Err(Refusal::Permissions);
    }
    if owner != 0 && owner != user {
        return Err(Refusal::Owner);
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_access(_: &Metadata, _: bool) -> Result<(), Refusal> {
    Ok(())
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
        assert!(matches!(refused(0o100_400, 1001, false), Refusal::Owner));
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
                matches!(refused(mode, 0, group), Refusal::Permissions),
                "{mode:o}"
            );
        }
    }
}
