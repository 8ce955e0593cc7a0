//! Starts a program that cannot get away from the watchdog.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::HarnessError;
use crate::account::Account;
use crate::watchdog::{Charge, Watchdog};

/// A program to run in the watchdog's directory.
#[derive(Debug)]
pub(crate) struct Gated<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<String>,
    pub(crate) account: Option<Account>,
    pub(crate) output: File,
}

impl Gated<'_> {
    /// Starts the program in its own process group.
    ///
    /// The process first waits for a word from us, which it gets once the
    /// watchdog knows its id. Should this process be killed between the two,
    /// there is no word and the program never runs.
    pub(crate) fn start(
        self,
        watchdog: &Watchdog,
        charge: fn(u32) -> Charge<'static>,
    ) -> Result<Child, HarnessError> {
        let failed = || HarnessError::io(format!("start {}", self.program.display()));
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(r#"read -r word && exec "$@""#)
            .arg("tenancy-testing-gate")
            .arg(self.program)
            .args(&self.arguments)
            .current_dir(watchdog.directory())
            .process_group(0)
            .stdin(Stdio::piped())
            .stderr(self.output.try_clone().map_err(failed())?)
            .stdout(self.output)
            .env("LC_ALL", "C");
        // Settings for libpq or another server must not reach this one.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        if let Some(account) = self.account {
            account.apply(&mut command);
        }
        let mut child = command.spawn().map_err(failed())?;
        let told = watchdog.charge(charge(child.id())).and_then(|()| {
            let gate = child
                .stdin
                .take()
                .ok_or_else(|| io::Error::other("no pipe to the program"));
            gate.and_then(|mut gate| gate.write_all(b"go\n"))
                .map_err(failed())
        });
        if let Err(error) = told {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        Ok(child)
    }
}
