//! What the harness takes from the process environment, read once.
//!
//! Everything below works on this value and never on the environment itself,
//! so that tests can describe a machine without changing the one they run on.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Names a running server to use instead of a private one.
const DATABASE_URL: &str = "TENANCY_TEST_DATABASE_URL";
/// Names the directory of the server programs.
const PG_BIN: &str = "TENANCY_TEST_PG_BIN";

#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) database_url: Option<String>,
    pub(crate) pg_bin: Option<PathBuf>,
    pub(crate) path: Option<OsString>,
    /// Directories for temporary files, preferred first.
    pub(crate) temp_directories: Vec<PathBuf>,
    /// The root of the file system; installations are searched below it.
    pub(crate) root: PathBuf,
}

impl Environment {
    /// Reads the environment of this process.
    ///
    /// `DATABASE_URL` is deliberately not among the variables: it commonly
    /// names a developer's own database, and tests create and drop things.
    pub(crate) fn of_this_process() -> Self {
        Self {
            database_url: env::var(DATABASE_URL).ok().filter(|url| !url.is_empty()),
            pg_bin: env::var_os(PG_BIN)
                .filter(|dir| !dir.is_empty())
                .map(PathBuf::from),
            path: env::var_os("PATH"),
            temp_directories: vec![env::temp_dir(), PathBuf::from("/tmp")],
            root: PathBuf::from("/"),
        }
    }
}
