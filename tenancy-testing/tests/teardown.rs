//! Nothing is left behind, however a process ends.
//!
//! Each test starts this test program again as a child, which runs only
//! `child` below, and ends it in one of the ways in which test runs end.

#![allow(
    clippy::print_stdout,
    reason = "the child reports to its parent by printing"
)]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use rustix::process::{Pid, Signal, kill_process};
use tenancy_testing::PgServer;

type TestResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the child shall do once everything is created.
const ORDER: &str = "TENANCY_TESTING_CHILD";
const DATABASE_URL: &str = "TENANCY_TEST_DATABASE_URL";

/// Not a test of its own: holds a server, databases and a role.
#[test]
fn child() -> TestResult {
    let Ok(order) = std::env::var(ORDER) else {
        return Ok(());
    };
    let server = PgServer::shared()?;
    server.create_login_role("app")?;
    let template = server.template("t", |conn| {
        conn.batch_execute("CREATE TABLE t (id integer)")
    })?;
    let _database = template.create()?;

    let mut admin = PgConnection::establish(&server.admin_url())?;
    let data: String =
        diesel::select(sql::<Text>("current_setting('data_directory')")).get_result(&mut admin)?;
    println!("ready {} {} {data}", server.prefix(), server.admin_url());
    match order.as_str() {
        "return" => Ok(()),
        "panic" => panic!("as ordered"),
        "exit" => std::process::exit(0),
        _ => {
            // The parent never writes; it ends this process instead.
            let _ = std::io::stdin().read(&mut [0])?;
            Ok(())
        }
    }
}

fn command(order: &str) -> TestResult<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--exact", "child", "--nocapture"])
        .env(ORDER, order)
        .env_remove(DATABASE_URL)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    Ok(command)
}

/// A child that has created everything.
struct Started {
    process: Child,
    prefix: String,
    admin_url: String,
    /// Of the server that it uses.
    directory: PathBuf,
}

fn start(mut command: Command) -> TestResult<Started> {
    let mut process = command.spawn()?;
    let stdout = process.stdout.take().ok_or("no output")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        // The test runner may have begun the line.
        let Some((_, report)) = line.split_once("ready ") else {
            continue;
        };
        let [prefix, admin_url, data] = report.split(' ').collect::<Vec<_>>()[..] else {
            return Err(format!("half a report: {report}").into());
        };
        return Ok(Started {
            process,
            prefix: prefix.to_owned(),
            admin_url: admin_url.to_owned(),
            directory: Path::new(data).parent().ok_or("no parent")?.to_owned(),
        });
    }
    Err("the child ended without a report".into())
}

fn await_true(what: &str, mut condition: impl FnMut() -> TestResult<bool>) -> TestResult {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition()? {
        if Instant::now() > deadline {
            return Err(format!("waited in vain: {what}").into());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// How many processes have the directory on their command line, as the server,
/// initdb and the processes they start have. Zero where there is no /proc.
fn processes_in(directory: &Path) -> usize {
    let directory = directory.as_os_str().as_encoded_bytes();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .filter(|line| line.windows(directory.len()).any(|part| part == directory))
        .count()
}

fn await_nothing_left(directory: &Path) -> TestResult {
    await_true("the server is gone", || Ok(processes_in(directory) == 0))?;
    await_true("the directory is gone", || Ok(!directory.exists()))
}

#[test]
fn a_killed_process_leaves_no_server_and_no_directory() -> TestResult {
    let mut started = start(command("wait")?)?;
    assert!(started.directory.exists());
    assert!(processes_in(&started.directory) > 0 || !Path::new("/proc/self").exists());
    started.process.kill()?;
    started.process.wait()?;
    await_nothing_left(&started.directory)
}

#[test]
fn an_interrupted_process_leaves_no_server_and_no_directory() -> TestResult {
    let mut started = start(command("wait")?)?;
    kill_process(Pid::from_child(&started.process), Signal::INT)?;
    started.process.wait()?;
    await_nothing_left(&started.directory)
}

#[test]
fn returning_panicking_and_exiting_leave_no_server_and_no_directory() -> TestResult {
    for order in ["return", "panic", "exit"] {
        let mut started = start(command(order)?)?;
        started.process.wait()?;
        await_nothing_left(&started.directory)?;
    }
    Ok(())
}

#[test]
fn a_process_killed_while_its_server_starts_leaves_nothing() -> TestResult {
    for stage in [
        "",
        "initdb.log",
        "data/PG_VERSION",
        "server.log",
        "data/postmaster.pid",
    ] {
        let parent = tempfile::tempdir()?;
        // The server may run as another user, who has to enter.
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755))?;
        let mut process = command("wait")?.env("TMPDIR", parent.path()).spawn()?;
        let children = || fs::read_dir(parent.path()).into_iter().flatten().flatten();
        await_true("the server is being started", || {
            Ok(children().any(|child| child.path().join(stage).exists()))
        })?;
        process.kill()?;
        process.wait()?;
        await_true("the processes are gone", || {
            Ok(processes_in(parent.path()) == 0)
        })?;
        await_true("the directory is gone", || Ok(children().next().is_none()))?;
    }
    Ok(())
}

/// Counts databases and roles by the beginning of their names.
fn left_of(connection: &mut PgConnection, prefix: &str) -> QueryResult<i64> {
    diesel::select(sql::<BigInt>(&format!(
        "((SELECT count(*) FROM pg_database WHERE starts_with(datname::text, '{prefix}')) \
          + (SELECT count(*) FROM pg_roles WHERE starts_with(rolname::text, '{prefix}')))"
    )))
    .get_result(connection)
}

#[test]
fn on_a_server_of_others_nothing_is_left_and_nothing_else_is_touched() -> TestResult {
    let mut others = start(command("wait")?)?;
    let mut admin = PgConnection::establish(&others.admin_url)?;
    let before = left_of(&mut admin, "")?;

    for order in ["wait", "return"] {
        let mut command = command(order)?;
        command.env(DATABASE_URL, &others.admin_url);
        let mut started = start(command)?;
        assert_ne!(started.prefix, others.prefix);
        if order == "wait" {
            assert_eq!(
                left_of(&mut admin, &started.prefix)?,
                3,
                "a template, a copy and a role"
            );
            started.process.kill()?;
        }
        started.process.wait()?;
        await_true("the databases and the role are gone", || {
            Ok(left_of(&mut admin, &started.prefix)? == 0)
        })?;
    }
    assert_eq!(left_of(&mut admin, "")?, before);
    drop(admin);
    others.process.kill()?;
    others.process.wait()?;
    Ok(())
}
