//! A private server: its files, its process and its end.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;

use crate::HarnessError;
use crate::account::Account;
use crate::environment::Environment;
use crate::gate::Gated;
use crate::locate::ServerPrograms;
use crate::prefix::random_prefix;
use crate::temp_directory;
use crate::url::PgUrl;
use crate::watchdog::{Charge, Watchdog};

/// How long a server may take until it answers, on a machine that is busy.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// How often another process may take the port from under us.
const PORT_ATTEMPTS: usize = 10;

/// Settings that trade the safety of data for speed, and a little determinism.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    // DROP DATABASE looks at every buffer, so that a larger pool makes it slower.
    "shared_buffers=32MB",
    // A worker inside a template would delay its copies.
    "autovacuum=off",
    // Each copy of a template is a checkpoint; reported, they would push
    // everything else out of the end of the log.
    "log_checkpoints=off",
    "timezone=UTC",
    "log_timezone=UTC",
];

#[derive(Debug)]
pub(crate) struct Cluster {
    postmaster: Child,
    watchdog: Watchdog,
    url: PgUrl,
}

impl Cluster {
    pub(crate) fn start(
        environment: &Environment,
        settings: &[&str],
    ) -> Result<Self, HarnessError> {
        Prepared::new(environment)?.start(settings)
    }

    /// A standby of the private server at this URL, as it is now.
    pub(crate) fn standby_of(
        environment: &Environment,
        primary: &PgUrl,
    ) -> Result<Self, HarnessError> {
        let prepared = Prepared::empty(environment)?;
        prepared.copy(primary)?;
        prepared.start(&[])
    }

    /// The superuser's URL.
    pub(crate) fn url(&self) -> &PgUrl {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.watchdog.finish();
        // The watchdog has stopped the server. Should it have been killed
        // itself, this is the second line.
        let _ = self.postmaster.kill();
        let _ = self.postmaster.wait();
    }
}

/// A data directory without a server.
struct Prepared {
    programs: ServerPrograms,
    account: Option<Account>,
    watchdog: Watchdog,
}

impl Prepared {
    fn start(self, settings: &[&str]) -> Result<Cluster, HarnessError> {
        let prepared = self;
        for _ in 0..PORT_ATTEMPTS {
            let port = free_port().map_err(HarnessError::io("find a free port"))?;
            if let Some((postmaster, url)) = prepared.launch(port, settings)? {
                return Ok(Cluster {
                    postmaster,
                    watchdog: prepared.watchdog,
                    url,
                });
            }
        }
        Err(HarnessError::Start {
            reason: format!("{PORT_ATTEMPTS} ports in a row were taken by others"),
            log: tail(&prepared.server_log()),
        })
    }

    fn new(environment: &Environment) -> Result<Self, HarnessError> {
        let prepared = Self::empty(environment)?;
        prepared.initdb()?;
        Ok(prepared)
    }

    fn empty(environment: &Environment) -> Result<Self, HarnessError> {
        let programs = ServerPrograms::find(environment)?;
        let account = Account::for_server()?;
        let parent = temp_directory::choose(environment, account)?;
        let watchdog = Watchdog::start(&parent, None)?;
        if let Some(Account { uid, gid }) = account {
            chown(watchdog.directory(), Some(uid), Some(gid)).map_err(HarnessError::io(
                "hand the temporary directory to the server's account",
            ))?;
        }
        Ok(Self {
            programs,
            account,
            watchdog,
        })
    }

    /// Copies a running server, such that the copy follows it.
    fn copy(&self, primary: &PgUrl) -> Result<(), HarnessError> {
        let address = primary
            .socket_addr()
            .map_err(HarnessError::io("find the address of the primary server"))?;
        let log = self.watchdog.directory().join("basebackup.log");
        let arguments = [
            "--pgdata=data".to_owned(),
            format!("--host={}", address.ip()),
            format!("--port={}", address.port()),
            format!("--username={}", primary.user()),
            "--no-password".to_owned(),
            "--checkpoint=fast".to_owned(),
            "--wal-method=stream".to_owned(),
            // Without a slot the server drops what the copy has not read yet: each copy of a template makes a
            // checkpoint. The slot stays for as long as the server.
            "--create-slot".to_owned(),
            format!("--slot={}", random_prefix()),
            "--write-recovery-conf".to_owned(),
            "--no-sync".to_owned(),
        ];
        let program = self.programs.basebackup();
        // It is cleaned up after as initdb is.
        let mut child = self.run(&program, arguments.to_vec(), &log, Charge::Initdb)?;
        let ended = child.wait();
        let status = ended.map_err(HarnessError::io("wait for pg_basebackup"))?;
        self.watchdog.charge(Charge::Ended)?;
        if status.success() {
            return Ok(());
        }
        Err(HarnessError::Standby {
            reason: format!("pg_basebackup failed ({status}):\n{}", tail(&log)),
        })
    }

    fn initdb(&self) -> Result<(), HarnessError> {
        let log = self.watchdog.directory().join("initdb.log");
        let arguments = [
            "--pgdata=data",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ];
        let arguments = arguments.map(str::to_owned).to_vec();
        let mut child = self.run(&self.programs.initdb(), arguments, &log, Charge::Initdb)?;
        let status = child.wait().map_err(HarnessError::io("wait for initdb"))?;
        self.watchdog.charge(Charge::Ended)?;
        if status.success() {
            return Ok(());
        }
        Err(HarnessError::Initdb {
            status: status.to_string(),
            output: tail(&log),
        })
    }

    /// Starts the server and waits for it. `None` when somebody else took the port.
    fn launch(&self, port: u16, settings: &[&str]) -> Result<Option<(Child, PgUrl)>, HarnessError> {
        let directory = self.watchdog.directory();
        let mut arguments = vec![
            "-D".to_owned(),
            directory.join("data").display().to_string(),
            "-p".to_owned(),
            port.to_string(),
            "-k".to_owned(),
            directory.display().to_string(),
        ];
        for setting in SETTINGS.iter().chain(settings) {
            arguments.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let log = self.server_log();
        let mut child = self.run(&self.programs.postgres(), arguments, &log, Charge::Server)?;

        match await_ready(&mut child, &PgUrl::of_superuser_on_socket(directory, port)) {
            Ok(()) => Ok(Some((child, PgUrl::of_superuser(port)))),
            Err(ended @ NotReady::Ended(_)) => {
                self.watchdog.charge(Charge::Ended)?;
                if port_was_taken(&log) {
                    Ok(None)
                } else {
                    Err(ended.into_error(&log))
                }
            }
            // The caller drops the watchdog now, and that stops the server.
            Err(not_ready) => Err(not_ready.into_error(&log)),
        }
    }

    fn run(
        &self,
        program: &Path,
        arguments: Vec<String>,
        log: &Path,
        charge: fn(u32) -> Charge<'static>,
    ) -> Result<Child, HarnessError> {
        let output = File::create(log).map_err(HarnessError::io(
            "create a log file in the temporary directory",
        ))?;
        let gated = Gated {
            program,
            arguments,
            account: self.account,
            output,
        };
        gated.start(&self.watchdog, charge)
    }

    fn server_log(&self) -> PathBuf {
        self.watchdog.directory().join("server.log")
    }
}

#[derive(Debug, thiserror::Error)]
enum NotReady {
    #[error("the server ended ({0})")]
    Ended(String),
    #[error("it gave no answer for too long ({0})")]
    Silent(String),
    #[error("its process could not be observed ({0})")]
    Unknown(#[from] io::Error),
}

impl NotReady {
    fn into_error(self, log: &Path) -> HarnessError {
        HarnessError::Start {
            reason: self.to_string(),
            log: tail(log),
        }
    }
}

/// Waits until the server answers on its socket.
///
/// Nobody else can listen there, while another server may have taken the port.
/// The server opens the port before the socket, and ends if it cannot.
fn await_ready(child: &mut Child, socket: &PgUrl) -> Result<(), NotReady> {
    let deadline = Instant::now() + START_DEADLINE;
    let mut pause = Duration::from_millis(4);
    loop {
        let refusal = match PgConnection::establish(&socket.to_string()) {
            Ok(_) => return Ok(()),
            Err(refusal) => refusal.to_string(),
        };
        if let Some(status) = child.try_wait()? {
            return Err(NotReady::Ended(status.to_string()));
        }
        if Instant::now() > deadline {
            return Err(NotReady::Silent(refusal));
        }
        thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(100));
    }
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn port_was_taken(log: &Path) -> bool {
    // The server's messages are in English because it runs with LC_ALL=C.
    tail(log).contains("Address already in use")
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    const LINES: usize = 30;
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    type TestResult = Result<(), Box<dyn Error>>;

    #[test]
    fn a_taken_port_is_noticed_and_the_next_attempt_succeeds() -> TestResult {
        let prepared = Prepared::new(&Environment::of_this_process())?;
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        assert!(prepared.launch(taken.local_addr()?.port(), &[])?.is_none());

        let (postmaster, url) = prepared
            .launch(free_port()?, &[])?
            .ok_or("the port was taken")?;
        let cluster = Cluster {
            postmaster,
            watchdog: prepared.watchdog,
            url,
        };
        PgConnection::establish(&cluster.url().to_string())?;
        Ok(())
    }

    #[test]
    fn a_server_that_does_not_start_is_reported_with_its_log() -> TestResult {
        let prepared = Prepared::new(&Environment::of_this_process())?;
        fs::write(
            prepared.watchdog.directory().join("data/PG_VERSION"),
            "7.4\n",
        )?;
        let text = match prepared.launch(free_port()?, &[]) {
            Err(error @ HarnessError::Start { .. }) => error.to_string(),
            other => return Err(format!("{other:?}").into()),
        };
        assert!(text.contains("the server ended"), "{text}");
        assert!(
            text.contains("database files are incompatible with server"),
            "{text}"
        );
        Ok(())
    }

    #[test]
    fn an_initdb_that_fails_is_reported_with_its_output() -> TestResult {
        let prepared = Prepared::new(&Environment::of_this_process())?;
        // The directory is not empty any more.
        let text = match prepared.initdb() {
            Err(error @ HarnessError::Initdb { .. }) => error.to_string(),
            other => return Err(format!("{other:?}").into()),
        };
        assert!(text.contains("not empty"), "{text}");
        Ok(())
    }
}
