//! A PgBouncer for one test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where its setup does"
)]

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tenancy_testing::TenantDatabase;

use crate::OrgId;

/// Ends PgBouncer when its standard input does, so that nothing stays behind when this process is killed.
const GUARD: &str = r#""$@" & bouncer=$!; cat >/dev/null; kill -INT $bouncer; wait $bouncer"#;

/// PgBouncer in transaction mode, between the application role and its database.
#[derive(Debug)]
pub struct Bouncer {
    guard: Child,
    directory: PathBuf,
    url: String,
}

impl Bouncer {
    /// With at most this many connections to the server. Between two transactions, each is reset with
    /// this SQL.
    ///
    /// # Panics
    /// When there is no PgBouncer, or it does not start.
    pub fn start(shop: &TenantDatabase<OrgId>, server_connections: u32, reset: &str) -> Self {
        let program = program();
        let port = free_port();
        let server = shop.server().socket_addr().unwrap();
        let (host, server_port) = (server.ip(), server.port());
        let url = shop.url();
        let (credentials, place) = url
            .strip_prefix("postgres://")
            .and_then(|rest| rest.rsplit_once('@'))
            .unwrap();
        let (_, database) = place.split_once('/').unwrap();
        let user = shop.app_role();
        let password = credentials
            .split_once(':')
            .map_or(String::new(), |(_, password)| {
                format!(" password={password}")
            });

        let follow = if version() >= [1, 21] {
            "max_prepared_statements = 200\n"
        } else {
            ""
        };
        let directory = std::env::temp_dir().join(format!("tenancy-bouncer-{port}"));
        fs::create_dir(&directory).unwrap();
        let configuration = directory.join("pgbouncer.ini");
        fs::write(
            &configuration,
            format!(
                "[databases]\n\
                 shop = host={host} port={server_port} dbname={database} user={user}{password}\n\
                 [pgbouncer]\n\
                 listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 auth_type = any\npool_mode = transaction\n\
                 default_pool_size = {server_connections}\nmax_client_conn = 200\n\
                 server_reset_query = {reset}\nserver_reset_query_always = 1\n{follow}logfile = {}\n",
                directory.join("log").display(),
            ),
        )
        .unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "guard"]).arg(program);
        if is_root() {
            // It refuses to be root, and writes its log as the other account.
            command.args(["-u", "nobody"]);
            std::os::unix::fs::chown(&directory, Some(65_534), Some(65_534)).unwrap();
        }
        let guard = command
            .arg(&configuration)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bouncer = Bouncer {
            guard,
            url: format!("postgres://{user}@127.0.0.1:{port}/shop"),
            directory,
        };
        bouncer.wait(port);
        bouncer
    }

    /// The URL of the application role.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn wait(&self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(
                Instant::now() < deadline,
                "PgBouncer does not answer:\n{log}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The version, such as `[1, 18]`.
///
/// # Panics
/// When there is no PgBouncer.
pub fn version() -> [u32; 2] {
    let mut child = Command::new(program())
        .arg("--version")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    child.wait().unwrap();
    let version = text.split_whitespace().nth(1).unwrap();
    let mut parts = version.split('.').map(|part| part.parse().unwrap());
    [parts.next().unwrap(), parts.next().unwrap()]
}

/// Distributions put it where the `PATH` of users does not look.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|directory| directory.join("pgbouncer"))
        .find(|program| program.is_file())
        .expect("PgBouncer is needed: `apt-get install pgbouncer` or `brew install pgbouncer`")
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
