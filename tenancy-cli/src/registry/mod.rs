//! What the program knows of the application's tables.

mod check;
mod file;
mod form;

use std::fs;
use std::path::Path;

pub use file::{RegistryFileError, assert_registry_file, check_registry_file, registry_json};
use tenancy_diesel::Registry;

use crate::failure::Failure;

/// The variable that names the file.
const VARIABLE: &str = "TENANCY_REGISTRY";

/// The registry, and where it came from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// The program has it compiled in.
    Program(&'static Registry),
    /// A file had it.
    File(&'static Registry),
    /// There is none: what can be told from the database alone.
    None,
}

impl Source {
    pub(crate) fn find(
        compiled: Option<&'static Registry>,
        option: Option<&Path>,
    ) -> Result<Self, Failure> {
        if let Some(registry) = compiled {
            if option.is_some() {
                return Err(Failure::usage(
                    "this program has its registry compiled in, so --registry has no place here",
                ));
            }
            return Ok(Source::Program(registry));
        }
        let variable = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
        let Some(path) = option.or(variable.as_deref().map(Path::new)) else {
            return Ok(Source::None);
        };
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!(
                "the registry {} cannot be read: {error}",
                path.display()
            ))
        })?;
        let registry = file::read(&text).map_err(|error| {
            Failure::usage(format!("the registry {} cannot be used: {error}", path.display())).help(
                "write it again with `tenancy registry` of the application's own program (see `tenancy help \
                 registry`)",
            )
        })?;
        Ok(Source::File(registry))
    }

    pub(crate) fn get(self) -> Option<&'static Registry> {
        match self {
            Source::Program(registry) | Source::File(registry) => Some(registry),
            Source::None => None,
        }
    }

    /// For a command that cannot do without.
    pub(crate) fn needed(self) -> Result<&'static Registry, Failure> {
        self.get().ok_or_else(|| {
            Failure::usage("this command needs to know the application's tables").help(format!(
                "use the application's own program, which calls `tenancy_cli::main(&schema::REGISTRY)`; or \
                 give the file that its `registry` command writes: --registry tenancy.json, or {VARIABLE}"
            ))
        })
    }
}
