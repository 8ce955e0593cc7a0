//! A shop with two tenants, and the program that is run on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;
use tenancy_diesel::{PolicyOptions, Registry};
use tenancy_testing::{PgServer, TestDatabase};

#[path = "../shop/schema.rs"]
pub(crate) mod schema;

pub(crate) const REGISTRY: &Registry = &schema::REGISTRY;

/// A root key, which no output may have in it.
pub(crate) const ROOT: &str = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
pub(crate) const OTHER_ROOT: &str =
    "ffeeddccbbaa99887766554433221100fedcba9876543210fedcba9876543210";

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let run = Run {
            // A signal is no exit code.
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        // Nothing here is a terminal.
        for text in [&run.out, &run.err] {
            assert!(!text.contains('\u{1b}'), "{text}");
            assert!(!text.contains(ROOT) && !text.contains(OTHER_ROOT), "{text}");
        }
        run
    }

    /// The standard output of a run that ended well.
    #[track_caller]
    pub(crate) fn fine(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    pub(crate) fn ended(self, code: i32, says: &str) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, code, "{all}");
        assert!(all.contains(says), "{says}\n{all}");
        self
    }
}

/// The program, without any of the settings of whoever runs the tests.
pub(crate) fn program(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("TENANCY_") || text.starts_with("PG") || text.contains("COLOR") {
            command.env_remove(&name);
        }
    }
    command.env_remove("DATABASE_URL").stdin(Stdio::null());
    command
}

pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_tenancy"))
}

/// The program without a server.
pub(crate) fn tenancy(arguments: &[&str]) -> Run {
    Run::of(program(&binary()).args(arguments).output().unwrap())
}

pub(crate) struct Shop {
    pub(crate) database: TestDatabase,
    pub(crate) server: Arc<PgServer>,
    pub(crate) app: String,
    pub(crate) keys: String,
    pub(crate) folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Shop {
    /// With migrations, tables, policies and the roles.
    pub(crate) fn new() -> Self {
        Shop::with("shop", |conn, app, keys| {
            tenancy_migrations::run(conn).unwrap();
            tenancy_migrations::grant_keys(conn, keys).unwrap();
            conn.batch_execute(include_str!("../shop/tables.sql"))
                .unwrap();
            let policies = PolicyOptions::new().app_role(app).generate(REGISTRY);
            conn.batch_execute(policies.up()).unwrap();
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}"))
                .unwrap();
        })
    }

    /// With the roles alone.
    pub(crate) fn empty() -> Self {
        Shop::with("empty", |_, _, _| {})
    }

    fn with(name: &str, set_up: impl FnOnce(&mut PgConnection, &str, &str)) -> Self {
        let server = PgServer::shared().unwrap();
        let app = server.create_login_role("app").unwrap();
        let keys = server.create_login_role("keys").unwrap();
        let template = server.template(name, |conn| {
            set_up(conn, &app, &keys);
            Ok::<_, diesel::result::Error>(())
        });
        let database = template.unwrap().create().unwrap();
        let folder = TempDir::new().unwrap();
        let registry = folder.path().join("tenancy.json");
        std::fs::write(&registry, tenancy_cli::registry_json(REGISTRY)).unwrap();
        let settings = vec![
            ("TENANCY_DATABASE_URL", database.url_as(&app)),
            ("TENANCY_KEYS_DATABASE_URL", database.url_as(&keys)),
            ("TENANCY_APP_ROLE", app.clone()),
            ("TENANCY_REGISTRY", registry.display().to_string()),
            ("TENANCY_ROOT", "2026-01=env:SHOP_ROOT".to_owned()),
            ("SHOP_ROOT", ROOT.to_owned()),
            ("SHOP_OTHER_ROOT", OTHER_ROOT.to_owned()),
        ];
        Shop {
            database,
            server,
            app,
            keys,
            folder,
            settings,
        }
    }

    /// Another value of a setting, or none when it is empty.
    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.into()));
        self
    }

    /// As a superuser, who sees the plan without policies as well.
    pub(crate) fn with_superuser(self) -> Self {
        let url = self.database.url();
        self.set("TENANCY_DATABASE_URL", url)
    }

    pub(crate) fn command(&self, binary: &Path, arguments: &[&str]) -> Command {
        let mut command = program(binary);
        command.args(arguments);
        for (name, value) in &self.settings {
            command.env(name, value);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(&binary(), arguments).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(&binary(), arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(input.as_bytes()).unwrap();
        drop(pipe);
        Run::of(child.wait_with_output().unwrap())
    }

    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.superuser().batch_execute(sql).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}
