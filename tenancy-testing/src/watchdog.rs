//! A process that cleans up after this one, however it ends.

use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use crate::HarnessError;

/// What the watchdog has to take care of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Charge<'a> {
    /// A running `initdb`, by process id.
    Initdb(u32),
    /// A running server, by process id.
    Server(u32),
    /// The process last named has ended and was collected.
    Ended,
    /// Everything on another server whose name starts with this prefix.
    Sweep(&'a str),
}

impl fmt::Display for Charge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Initdb(id) => write!(f, "initdb {id}"),
            Self::Server(id) => write!(f, "server {id}"),
            Self::Ended => f.write_str("ended"),
            Self::Sweep(prefix) => write!(f, "sweep {prefix}"),
        }
    }
}

/// A shell that makes a directory, waits for this process to end or to drop
/// this handle, then stops and removes what it was charged with.
///
/// A destructor alone would not do: it does not run for a static, on Ctrl-C or
/// when the process is killed. The kernel closes a pipe in all of these cases.
#[derive(Debug)]
pub(crate) struct Watchdog {
    process: Child,
    /// The only writing end of the pipe. The standard library opens it
    /// close-on-exec, so that no other child of this process holds it open.
    pipe: Mutex<Option<ChildStdin>>,
    directory: PathBuf,
}

impl Watchdog {
    /// Starts the shell and waits until its directory below `parent` exists.
    pub(crate) fn start(parent: &Path, psql: Option<&Path>) -> Result<Self, HarnessError> {
        let failed = || HarnessError::io("start the process that cleans up");
        // Standard error is not inherited: a test runner that collects output
        // would wait for this process to close it.
        let mut process = Command::new("/bin/sh")
            .arg("-c")
            .arg(include_str!("watchdog.sh"))
            .arg("tenancy-testing-watchdog")
            .arg(parent)
            .arg(psql.unwrap_or(Path::new("")))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed())?;
        let pipe = Mutex::new(process.stdin.take());
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(failed())?;
        }
        let directory = PathBuf::from(line.trim_end_matches('\n'));
        let watchdog = Self {
            process,
            pipe,
            directory,
        };
        if !fs::metadata(&watchdog.directory).is_ok_and(|found| found.is_dir()) {
            let source =
                io::Error::other(format!("mktemp made no directory in {}", parent.display()));
            return Err(failed()(source));
        }
        Ok(watchdog)
    }

    /// The directory that ends with the watchdog.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn charge(&self, charge: Charge<'_>) -> Result<(), HarnessError> {
        let mut pipe = self
            .pipe
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        pipe.as_mut()
            .map_or(Ok(()), |pipe| {
                pipe.write_all(format!("{charge}\n").as_bytes())
            })
            .map_err(HarnessError::io("reach the process that cleans up"))
    }

    /// Has everything cleaned up, and returns when that is done.
    pub(crate) fn finish(&mut self) {
        let pipe = self
            .pipe
            .get_mut()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        drop(pipe.take());
        // Nothing can be done about a failure here, and a destructor must not panic.
        let _ = self.process.wait();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.finish();
    }
}
