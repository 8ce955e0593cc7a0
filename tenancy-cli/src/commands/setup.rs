use std::path::PathBuf;

use clap::{Args, Subcommand};
use tenancy_diesel::bootstrap_sql;

use super::options::Options;
use super::write_result;
use crate::args::Context;
use crate::failure::{Failure, Outcome};

const HELP: &str = "\
The script is there to be read, and then run once, in the application's database, by a superuser or by the \
owner of the database with CREATEROLE. It can run again. It has no passwords in it.

Examples:
  tenancy setup roles > roles.sql
  tenancy setup roles --app-role shop_app --keys-role shop_keys --output roles.sql
  psql --set ON_ERROR_STOP=1 --file roles.sql shop";

/// Writes what a set-up begins with.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Setup {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the script that creates the roles
    #[command(after_long_help = HELP)]
    Roles {
        #[command(flatten)]
        options: Options,
        /// Where to write it; to the standard output unless given
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl Setup {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let Command::Roles { options, output } = self.command;
        write_result(
            &bootstrap_sql(&options.policies(context)),
            output.as_deref(),
        )?;
        Ok(Outcome::Fine)
    }
}
