use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::terminal;

const HELP: &str = "\
Connect as the role that owns the application's tables, such as tenancy_migrator. A key database of its own \
gets them too: name it with --database-url.

Examples:
  tenancy migrations pending          # exit code 1 when some are missing
  tenancy migrations run
  tenancy migrations grant-keys tenancy_keys
  tenancy migrations grant-eraser tenancy_eraser
  tenancy migrations write --directory migrations    # into the application's own history instead
  tenancy migrations revert --yes     # refused while there are keys or encrypted columns";

/// The library's own objects are in the schema `tenancy`, with a history of their own. The application's
/// migrations are not touched.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Migrations {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Applies those that are missing, in one transaction
    #[command(after_long_help = HELP)]
    Run,
    /// Lists those that are missing, and changes nothing
    #[command(after_long_help = HELP)]
    Pending,
    /// Reverts all of them, in one transaction
    #[command(after_long_help = HELP)]
    Revert {
        /// Says that this is meant
        #[arg(long)]
        yes: bool,
    },
    /// Writes them into the application's directory of Diesel migrations, for those who want one history
    ///
    /// Do this instead of `run`: a database has them in one history.
    #[command(after_long_help = HELP)]
    Write {
        /// The directory of the migrations
        #[arg(long, value_name = "DIRECTORY", default_value = "migrations")]
        directory: PathBuf,
    },
    /// Lets a role read and write the key tables, as a key store does
    #[command(after_long_help = HELP)]
    GrantKeys {
        /// The role. It must not be the application's
        role: String,
    },
    /// Lets a role read the ledger of erasures and add to it
    ///
    /// What it needs on the application's tables comes with the policies that name it.
    #[command(after_long_help = HELP)]
    GrantEraser {
        /// The role. It must not be the application's
        role: String,
    },
}

impl Migrations {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        if let Command::Revert { yes: false } = self.command {
            return Err(Failure::usage(
                "reverting removes the schema `tenancy` and all that is in it",
            )
            .help("say --yes if that is meant"));
        }
        let mut out = terminal::stdout();
        if let Command::Write { directory } = &self.command {
            for file in tenancy_migrations::write_to(directory)? {
                writeln!(out, "{}", file.display())?;
            }
            return Ok(Outcome::Fine);
        }
        let mut conn = context.connect()?;
        match self.command {
            Command::Write { .. } => Ok(Outcome::Fine),
            Command::Run => {
                let applied = tenancy_migrations::run(&mut conn)?;
                if applied.is_empty() {
                    writeln!(out, "nothing to do: every migration is applied")?;
                }
                for version in applied {
                    writeln!(out, "applied {version}")?;
                }
                Ok(Outcome::Fine)
            }
            Command::Pending => {
                let pending = tenancy_migrations::pending(&mut conn)?;
                if pending.is_empty() {
                    writeln!(out, "every migration is applied")?;
                }
                for version in &pending {
                    writeln!(out, "{version} is not applied")?;
                }
                Ok(Outcome::found(!pending.is_empty()))
            }
            Command::Revert { .. } => {
                for version in tenancy_migrations::revert_all(&mut conn)? {
                    writeln!(out, "reverted {version}")?;
                }
                Ok(Outcome::Fine)
            }
            Command::GrantKeys { role } => {
                if role == context.app_role {
                    return Err(Failure::usage(
                        "the application's role must not reach the keys; give them a role of their own",
                    ));
                }
                tenancy_migrations::grant_keys(&mut conn, &role)?;
                writeln!(
                    out,
                    "granted the key tables to {}",
                    terminal::printable(&role)
                )?;
                Ok(Outcome::Fine)
            }
            Command::GrantEraser { role } => {
                if role == context.app_role {
                    return Err(Failure::usage(
                        "the application's role must not reach the ledger; erase with a role of its own",
                    ));
                }
                tenancy_migrations::grant_erasures(&mut conn, &role)?;
                writeln!(
                    out,
                    "granted the ledger of erasures to {}",
                    terminal::printable(&role)
                )?;
                Ok(Outcome::Fine)
            }
        }
    }
}
