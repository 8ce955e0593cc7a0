//! Everything that can go wrong between asking for a server and having one.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a test server, role, template or database could not be provided.
///
/// No variant holds a password: URLs are never part of a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarnessError {
    /// No PostgreSQL server programs were found on this machine.
    #[error(
        "no PostgreSQL server was found; these places were searched:\n{}\n\
         Install one (`apt-get install postgresql`, `brew install postgresql@17`), name the directory \
         of `postgres` and `initdb` in TENANCY_TEST_PG_BIN, or name a running server in \
         TENANCY_TEST_DATABASE_URL.",
        bulleted(searched)
    )]
    NoServer {
        /// One line per place, in the order in which they were tried.
        searched: Vec<String>,
    },

    /// `TENANCY_TEST_PG_BIN` is set, but to a directory without the server programs.
    ///
    /// The search does not go on to other places: a variable that was set on
    /// purpose and silently ignored would test another server version than
    /// the one that was asked for.
    #[error(
        "TENANCY_TEST_PG_BIN is set to `{}`, which does not hold both `postgres` and `initdb`; \
         point it at a server's bin directory (`pg_config --bindir` prints one) or unset it",
        directory.display()
    )]
    WrongBinDirectory {
        /// The value of the variable.
        directory: PathBuf,
    },

    /// `TENANCY_TEST_DATABASE_URL` is set, but `psql` was not found.
    #[error(
        "TENANCY_TEST_DATABASE_URL is set, but `psql` was not found; it is what removes databases and \
         roles from that server after this process has ended in whatever way. These places were \
         searched:\n{}\nInstall it (`apt-get install postgresql-client`, `brew install libpq`).",
        bulleted(searched)
    )]
    NoPsql {
        /// One line per place, in the order in which they were tried.
        searched: Vec<String>,
    },

    /// A client program, such as `pg_dump`, was not found.
    #[error(
        "`{program}` was not found; searched:\n{}\nInstall it (`apt-get install postgresql-client`, \
         `brew install libpq`).",
        bulleted(searched)
    )]
    NoClient {
        /// The program.
        program: String,
        /// One line per place, in the order in which they were tried.
        searched: Vec<String>,
    },

    /// A connection URL could not be understood.
    #[error("the database URL cannot be used: {reason}")]
    Url {
        /// What is wrong with it, without repeating any part of it.
        reason: &'static str,
    },

    /// The user of `TENANCY_TEST_DATABASE_URL` may not create what tests need.
    #[error(
        "the user `{user}` of TENANCY_TEST_DATABASE_URL cannot create databases and roles; use a \
         superuser, or run `ALTER ROLE {user} CREATEDB CREATEROLE`"
    )]
    MissingRights {
        /// The role that the URL logs in as.
        user: String,
    },

    /// `TENANCY_TEST_DATABASE_URL` names a server that is too old.
    #[error("PostgreSQL 13 or newer is needed, the server reports version number {version}")]
    TooOld {
        /// `server_version_num` as the server reports it.
        version: i32,
    },

    /// This process runs as root, which `initdb` refuses, and no other account was found.
    #[error(
        "PostgreSQL does not run as root, and /etc/passwd has neither a `postgres` nor a `nobody` \
         account to run it as"
    )]
    NoAccount,

    /// No directory for temporary files can be used by the server.
    #[error(
        "no directory for temporary files can be used by the server (its path must be short enough \
         for a socket and open to the account that the server runs as); tried:\n{}",
        bulleted(tried)
    )]
    NoTempDirectory {
        /// One line per directory with the reason against it.
        tried: Vec<String>,
    },

    /// `initdb` ran and failed.
    #[error("initdb failed ({status}):\n{output}")]
    Initdb {
        /// How the program ended.
        status: String,
        /// The end of what it printed.
        output: String,
    },

    /// The server was started but did not become ready.
    #[error("the temporary PostgreSQL did not start: {reason}; the end of its log:\n{log}")]
    Start {
        /// What was observed.
        reason: String,
        /// The end of the server's log.
        log: String,
    },

    /// A standby could not be made, or did not follow.
    #[error("a standby of the test server: {reason}")]
    Standby {
        /// What was observed, or is to be done.
        reason: String,
    },

    /// An operating system call failed.
    #[error("could not {action}")]
    Io {
        /// What was attempted.
        action: String,
        /// The system's answer.
        source: io::Error,
    },

    /// The server refused a connection of the harness.
    #[error("could not connect to the test server as its administrator")]
    Connect {
        /// The driver's error.
        source: diesel::ConnectionError,
    },

    /// The server refused a connection of a role.
    #[error("could not connect to the test database as `{role}`")]
    ConnectAs {
        /// The role that should have logged in.
        role: String,
        /// The driver's error.
        source: diesel::ConnectionError,
    },

    /// A role with a name of its own was asked for on a server that others use.
    #[error(
        "the role `{role}` has a fixed name, and roles belong to a whole server: on the server in \
         TENANCY_TEST_DATABASE_URL it could be somebody else's. Unset the variable, and a private \
         server is started; or have the migrations take the name from the setup (`Setup::app_role`, \
         `Setup::role`)"
    )]
    FixedRole {
        /// The role.
        role: String,
    },

    /// A statement of the harness failed.
    #[error("could not {action}")]
    Query {
        /// What was attempted.
        action: String,
        /// The driver's error.
        source: diesel::result::Error,
    },

    /// The setup closure of a template returned an error.
    #[error("the setup of template `{key}` failed")]
    Setup {
        /// The key that was given to [`PgServer::template`](crate::PgServer::template).
        key: String,
        /// The closure's error.
        source: Box<dyn Error + Send + Sync>,
    },

    /// Sessions stayed connected to a template after its setup.
    #[error("template `{key}` still has open connections after its setup")]
    TemplateInUse {
        /// The key that was given to [`PgServer::template`](crate::PgServer::template).
        key: String,
    },
}

impl HarnessError {
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    pub(crate) fn query(action: impl Into<String>) -> impl FnOnce(diesel::result::Error) -> Self {
        let action = action.into();
        move |source| Self::Query { action, source }
    }
}

fn bulleted(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("  - {line}")).collect();
    lines.join("\n")
}
