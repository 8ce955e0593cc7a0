//! The test kit for applications on Diesel whose tenants share a database.
//!
//! ```
//! use diesel::connection::SimpleConnection;
//! use diesel::prelude::*;
//! use tenancy_diesel::prelude::*;
//! use tenancy_testing::{Fixture, assert_isolated};
//!
//! // What an application has: its schema, and migrations.
//! mod schema {
//!     tenancy_diesel::tenant_schema! {
//!         include = "doc/generated.rs",
//!         tenant = tenant_id: i32,
//!         root = [organisations(id)],
//!     }
//! }
//! use schema::organisations;
//! const MIGRATION: &str = "
//!     CREATE TABLE organisations (id int4 PRIMARY KEY, name text NOT NULL);
//!     CREATE TABLE projects (tenant_id int4 NOT NULL REFERENCES organisations, id int4,
//!                            name text NOT NULL, PRIMARY KEY (tenant_id, id));";
//!
//! // One for all tests.
//! static SHOP: Fixture<i32> = Fixture::new(&schema::REGISTRY, |db| {
//!     db.conn().batch_execute(MIGRATION)?;
//!     let policies = db.policy_options().generate(&schema::REGISTRY);
//!     db.conn().batch_execute(policies.up())?;
//!     Ok(())
//! });
//!
//! // A test.
//! let db = SHOP.database();
//! insert_into(organisations::table)
//!     .values(organisations::name.eq("Acme"))
//!     .execute(&mut db.scope(db.a()))?;
//! let theirs: Vec<String> = organisations::table
//!     .select(organisations::name)
//!     .load(&mut db.scope(db.b()))?;
//! assert!(theirs.is_empty());
//!
//! // Another.
//! assert_isolated!(SHOP.database());
//! # Ok::<(), diesel::result::Error>(())
//! ```
//!
//! - [`Fixture`] sets a database up once and gives each test a copy, its [`TenantDatabase`], with scopes
//!   of two tenants on real commits and in test transactions.
//! - [`assert_isolated!`] attacks one tenant as the other, with everything the registry and the catalog
//!   show. [`isolation`] is the probe behind it.
//! - [`PgServer`] is a server that exists for the time of a test run. Nothing of it stays behind, however
//!   the run ends. [`Template`] is a database that is set up once and copied.
//! - [`Standby`] follows a server, for tests of reads on a replica.
//! - [`proxy::WireProxy`] counts round trips and adds the latency that a network would have.
//!
//! # Roles
//!
//! Roles belong to a whole server, not to a database. A fixture therefore makes up the name of the
//! application's role, and the setup takes it from [`Setup::app_role`]. Migrations that name it literally
//! work as well: [`Fixture::app_role`] creates that role, and [`Setup::bootstrap`] those of
//! `bootstrap_sql`, on the private server. On a server that others use, both are refused.
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
//!
//! # Features
//!
//! `async`: scopes and connections of diesel-async. The crate itself needs libpq in any case.

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
mod seal;
mod server;
mod settings;
mod standby;
mod temp_directory;
mod template;
mod url;
mod watchdog;

pub use error::HarnessError;
pub use fixture::{Fixture, Setup, SetupResult, Snapshot, TenantDatabase};
pub use server::PgServer;
pub use standby::Standby;
pub use template::{Template, TestDatabase};
