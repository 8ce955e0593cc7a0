//! Chooses where the server's directory may be made.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{self, Path, PathBuf};

use crate::HarnessError;
use crate::account::Account;
use crate::environment::Environment;

/// The length of what follows the chosen directory in a socket's path:
/// `/tenancy-XXXXXXXX/.s.PGSQL.65535`.
const SOCKET_SUFFIX: usize = 33;

/// The longest socket path that every system takes: 107 bytes on Linux, 103 on
/// macOS and the BSDs.
const SOCKET_LIMIT: usize = 103;

/// The first directory whose path is short enough and which `account` can reach.
pub(crate) fn choose(
    environment: &Environment,
    account: Option<Account>,
) -> Result<PathBuf, HarnessError> {
    let mut tried = Vec::new();
    for directory in &environment.temp_directories {
        // The server runs in a directory of its own, where a relative path leads elsewhere.
        let directory = path::absolute(directory).unwrap_or_else(|_| directory.clone());
        match objection(&directory, account) {
            None => return Ok(directory),
            Some(reason) => tried.push(format!("{}: {reason}", directory.display())),
        }
    }
    Err(HarnessError::NoTempDirectory { tried })
}

fn objection(directory: &Path, account: Option<Account>) -> Option<String> {
    if directory.as_os_str().len() + SOCKET_SUFFIX > SOCKET_LIMIT {
        return Some("its path is too long for a socket".to_owned());
    }
    let real = match fs::canonicalize(directory) {
        Ok(real) => real,
        Err(error) => return Some(error.to_string()),
    };
    let account = account?;
    let closed = real
        .ancestors()
        .find(|ancestor| !may_enter(ancestor, account))?;
    Some(format!(
        "the server's account may not enter {}",
        closed.display()
    ))
}

fn may_enter(directory: &Path, account: Account) -> bool {
    fs::metadata(directory).is_ok_and(|found| {
        let needed = if found.uid() == account.uid {
            0o100
        } else if found.gid() == account.gid {
            0o010
        } else {
            0o001
        };
        found.mode() & needed != 0
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn long_and_closed_directories_are_passed_over() -> Result<(), Box<dyn Error>> {
        let root = tempfile::tempdir()?;
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700))?;
        let long = root.path().join("x".repeat(100));
        fs::create_dir(&long)?;
        let environment = |temp_directories| Environment {
            temp_directories,
            ..Environment::of_this_process()
        };
        // An account that owns nothing here.
        let account = Some(Account {
            uid: 4_000_000,
            gid: 4_000_000,
        });

        let wanted = vec![long, root.path().to_owned(), PathBuf::from("/")];
        assert_eq!(
            choose(&environment(wanted.clone()), account)?,
            Path::new("/")
        );
        assert_eq!(choose(&environment(wanted.clone()), None)?, root.path());

        let error = choose(&environment(wanted[..2].to_vec()), account)
            .err()
            .ok_or("accepted")?;
        let text = error.to_string();
        assert!(
            text.contains("too long") && text.contains("may not enter"),
            "{text}"
        );
        Ok(())
    }
}
