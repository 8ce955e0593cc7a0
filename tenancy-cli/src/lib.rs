//! The command-line tool of Tenancy.
//!
//! # In the application
//!
//! A program of a few lines knows the application's tables, and is never out of date:
//!
//! ```no_run
//! // src/bin/tenancy.rs
//! # mod schema {
//! #     pub const REGISTRY: tenancy_diesel::Registry =
//! #         tenancy_diesel::Registry::new("app.tenant_id", "uuid", &[]);
//! # }
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     tenancy_cli::main(&schema::REGISTRY)
//! }
//! ```
//!
//! # Installed
//!
//! The binary `tenancy` of this crate reads a file that the program above writes: `tenancy registry --output
//! tenancy.json` there, `--registry tenancy.json` here. [`assert_registry_file`] is for a test that fails when
//! the file is out of date. Without a file the tool says what can be told from the database alone.
//!
//! # Findings
//!
//! [`report`] writes what an audit found as text, JSON, SARIF and a page.
//!
//! The guide, `docs/cli.md`, has the commands, the settings and the exit codes.

mod args;
mod commands;
mod confirmation;
mod database;
mod failure;
mod registry;
pub mod report;
mod root;
mod secrets;
mod tenant;
mod terminal;

use std::process::ExitCode;

pub use registry::{RegistryFileError, assert_registry_file, check_registry_file, registry_json};
use tenancy_diesel::Registry;

/// Runs the tool for the tables of an application: the whole of its `src/bin/tenancy.rs`.
///
/// It reads the arguments and the environment of the process.
pub fn main(registry: &'static Registry) -> ExitCode {
    args::run(Some(registry))
}

/// Runs the tool without an application: the installed binary.
#[doc(hidden)]
pub fn main_without_application() -> ExitCode {
    args::run(None)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
