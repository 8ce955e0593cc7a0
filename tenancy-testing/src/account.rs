//! The account that the server runs as.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::HarnessError;

/// An account other than root, for a process that itself runs as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account to run the server as, or `None` when our own will do.
    pub(crate) fn for_server() -> Result<Option<Self>, HarnessError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd =
            fs::read_to_string("/etc/passwd").map_err(HarnessError::io("read /etc/passwd"))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::named(name, &passwd))
            .map(Some)
            .ok_or(HarnessError::NoAccount)
    }

    pub(crate) fn apply(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    fn named(name: &str, passwd: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next()? != name {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (uid != 0).then_some(Self { uid, gid })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_by_name_and_root_is_never_one() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\
                      postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n\
                      toor:x:0:0::/:/bin/sh\n";
        assert_eq!(
            Account::named("postgres", passwd),
            Some(Account { uid: 101, gid: 104 })
        );
        assert_eq!(Account::named("toor", passwd), None);
        assert_eq!(Account::named("nobody", passwd), None);
    }
}
