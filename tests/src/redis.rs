//! A Redis server for one test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where its setup does"
)]

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Ends the server when its standard input does, so that nothing stays behind when this process is killed.
const GUARD: &str = r#""$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server"#;

/// A Redis server that listens on a socket in a folder of its own, and writes nothing to disk.
#[derive(Debug)]
pub struct Redis {
    guard: Option<Child>,
    directory: PathBuf,
    options: Vec<String>,
}

impl Redis {
    /// With further options of its configuration, such as `--maxmemory 1mb`.
    ///
    /// # Panics
    /// When there is no Redis server, or it does not start.
    pub fn start(options: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The path of a socket has about a hundred bytes.
        let name = format!("tenancy-redis-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).unwrap();
        let mut redis = Redis {
            guard: None,
            directory,
            options: options.iter().map(ToString::to_string).collect(),
        };
        redis.resume();
        redis
    }

    /// The URL of the default user.
    pub fn url(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// The URL of a user.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        format!("{}?user={user}&pass={password}", self.url())
    }

    /// Ends the server. Its entries are lost.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
        let _ = fs::remove_file(self.socket());
    }

    /// Starts the server again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&mut self) {
        self.stop();
        let log = self.directory.join("log");
        let guard = Command::new("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .arg(program())
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(&self.directory)
            .arg("--unixsocket")
            .arg(self.socket())
            .arg("--logfile")
            .arg(&log)
            .args(&self.options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.guard = Some(guard);
        let deadline = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(self.socket()).is_err() {
            let log = fs::read_to_string(&log).unwrap_or_default();
            assert!(Instant::now() < deadline, "Redis does not answer:\n{log}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"].map(PathBuf::from))
        .map(|directory| directory.join("redis-server"))
        .find(|program| program.is_file())
        .expect("Redis is needed: `apt-get install redis-server` or `brew install redis`")
}
