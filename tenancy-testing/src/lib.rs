//! A private temporary PostgreSQL and other tools for the tests of
//! applications whose tenants share a database.
//!
//! - [`PgServer`] is a server that exists for the time of a test run. Nothing
//!   of it stays behind, however the run ends.
//! - [`Template`] is a database that is set up once; each test works on a copy
//!   of it, its [`TestDatabase`], which takes some ten milliseconds to make.
//! - [`proxy::WireProxy`] counts round trips and adds the latency that a
//!   network would have.
//!
//! # Example
//!
//! ```
//! use diesel::connection::SimpleConnection;
//! use diesel::prelude::*;
//! use tenancy_testing::PgServer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = PgServer::shared()?;
//! let app = server.create_login_role("app")?;
//! let template = server.template("notes", |conn| {
//!     conn.batch_execute(&format!(
//!         "CREATE TABLE notes (tenant_id bigint NOT NULL, body text NOT NULL);
//!          ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
//!          CREATE POLICY own ON notes
//!              USING (tenant_id = current_setting('app.tenant_id')::bigint);
//!          GRANT SELECT ON notes TO {app};
//!          INSERT INTO notes VALUES (1, 'of one'), (2, 'of two');"
//!     ))
//! })?;
//!
//! // From here on as often as there are tests.
//! let database = template.create()?;
//! let mut conn = PgConnection::establish(&database.url_as(&app))?;
//! conn.batch_execute("SET app.tenant_id = '1'")?;
//! let visible: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
//!     "(SELECT count(*) FROM notes)",
//! ))
//! .get_result(&mut conn)?;
//! assert_eq!(visible, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Which server
//!
//! The programs `postgres` and `initdb` are taken from the first of: the
//! directory in `TENANCY_TEST_PG_BIN`; `PATH`; the directory that `pg_config
//! --bindir` prints; the newest version below `/usr/lib/postgresql`;
//! `/usr/local/pgsql/bin`; Homebrew's `postgresql@` packages. A process that
//! runs as root starts them as the user `postgres` or `nobody`.
//!
//! With `TENANCY_TEST_DATABASE_URL` set, that server is used and none is
//! started. Its user has to be a superuser or to have `CREATEDB` and
//! `CREATEROLE`, and `psql` has to be installed: it removes what was created,
//! also after the process was killed. `DATABASE_URL` is never read.
//!
//! PostgreSQL 13 or newer is needed, and a Unix system.
//!
//! # Test runners
//!
//! A server belongs to a process. `cargo test` runs all tests of a file in one
//! process; runners with a process for each test start a server for each, or
//! share the one in `TENANCY_TEST_DATABASE_URL`.

#![forbid(unsafe_code)]

mod account;
mod admin;
mod cluster;
mod environment;
mod error;
mod external;
mod fixture;
mod gate;
pub mod isolation;
mod locate;
mod prefix;
pub mod proxy;
mod server;
mod temp_directory;
mod template;
mod url;
mod watchdog;

pub use error::HarnessError;
pub use fixture::{Fixture, Setup, SetupResult, Snapshot, TenantDatabase};
pub use server::PgServer;
pub use template::{Template, TestDatabase};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
