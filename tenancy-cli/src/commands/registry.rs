use std::path::PathBuf;

use clap::Args;

use super::write_result;
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::{RegistryFileError, check_registry_file, registry_json, terminal};

const HELP: &str = "\
The application's own program has its tables compiled in:

  // src/bin/tenancy.rs
  fn main() -> std::process::ExitCode {
      tenancy_cli::main(&schema::REGISTRY)
  }

Examples:
  cargo run --bin tenancy -- registry --output tenancy.json
  cargo run --bin tenancy -- registry --check tenancy.json     # for a pipeline; exit code 1 when it differs
  tenancy --registry tenancy.json doctor                       # the installed tool";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Registry {
    /// Where to write it; to the standard output unless given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Compares a file with the program's tables and writes nothing
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    check: Option<PathBuf>,
}

impl Registry {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let registry = context.source.needed()?;
        let Some(file) = self.check else {
            write_result(&registry_json(registry), self.output.as_deref())?;
            return Ok(Outcome::Fine);
        };
        match check_registry_file(registry, &file) {
            Ok(()) => {
                terminal::note(&format!("{} is up to date", file.display()));
                Ok(Outcome::Fine)
            }
            Err(error @ RegistryFileError::OutOfDate { .. }) => {
                terminal::note(&error.to_string());
                Ok(Outcome::Findings)
            }
            Err(error) => Err(Failure::usage(error.to_string())),
        }
    }
}
