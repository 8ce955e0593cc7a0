//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser};
use diesel::PgConnection;
use tenancy_diesel::Registry;

use crate::commands::Command;
use crate::database;
use crate::failure::{EXIT_CODES, Failure, Outcome};
use crate::registry::Source;
use crate::secrets::redacted;
use crate::terminal::{self, Color};

const ABOUT: &str = "\
The tool of Tenancy: what is wrong with a set-up, keys of encrypted columns, plans under row-level security.

It begins with `tenancy doctor`, which looks at everything in order and says what to do next.

Databases are named by TENANCY_DATABASE_URL and TENANCY_KEYS_DATABASE_URL, or by options that take no \
password. DATABASE_URL is never read. What libpq reads (PGPASSFILE, PGSERVICEFILE, PGSSLMODE, ..) holds as ever.";

const EXAMPLES: &str = "\
Examples:
  tenancy doctor
  tenancy explain --tenant 42 \"SELECT * FROM projects WHERE name LIKE 'a%'\"
  tenancy keys rotate 42 && tenancy keys re-encrypt 42
  tenancy setup roles > roles.sql
  tenancy completions zsh > _tenancy";

/// The tool of Tenancy: compile-time tenant scoping for Diesel on PostgreSQL
#[derive(Debug, Parser)]
#[command(name = "tenancy", version, long_about = ABOUT)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Settings of every command")]
struct Global {
    /// The database of the application [env: TENANCY_DATABASE_URL]
    ///
    /// What libpq takes: postgres://user@host/database, service=name, or keywords. A password is refused here,
    /// because other users of the machine can read command lines.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The file of the application's tables [env: TENANCY_REGISTRY]
    ///
    /// `tenancy registry` of the application's own program writes it.
    #[arg(long, global = true, value_name = "FILE")]
    registry: Option<PathBuf>,
    /// The role that the application connects as [env: TENANCY_APP_ROLE] [default: app]
    #[arg(long, global = true, value_name = "ROLE")]
    app_role: Option<String>,
    /// When the output has colours
    ///
    /// `auto` is in a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    color: Color,
}

/// What every command is given.
pub(crate) struct Context {
    pub(crate) source: Source,
    pub(crate) database_url: Option<String>,
    pub(crate) app_role: String,
}

impl Context {
    /// A new connection to the application's database.
    pub(crate) fn connect(&self) -> Result<PgConnection, Failure> {
        database::DATABASE.connect(self.database_url.as_deref())
    }
}

/// The whole command line, as help, completions and the manual page show it.
pub(crate) fn command(has_registry: bool) -> clap::Command {
    let command = Arguments::command();
    if has_registry {
        // It would be refused.
        command.mut_arg("registry", |argument| argument.hide(true))
    } else {
        command
    }
}

pub(crate) fn run(registry: Option<&'static Registry>) -> ExitCode {
    let command = command(registry.is_some()).color(Color::of_arguments());
    let parsed = command
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
    arguments.global.color.apply();
    match arguments.run(registry) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(failure) => failure.report(),
    }
}

/// Help and errors as clap writes them, except that an argument with a password is not repeated.
fn misused(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    if redacted(&plain) == plain {
        // There is nowhere to report that it cannot be written.
        let _ = error.print();
    } else {
        terminal::note(redacted(&plain).trim_end());
    }
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    ExitCode::from(code)
}

impl Arguments {
    fn run(self, compiled: Option<&'static Registry>) -> Result<Outcome, Failure> {
        let Global {
            database_url,
            registry,
            app_role,
            color: _,
        } = self.global;
        let source = Source::find(compiled, registry.as_deref())?;
        let app_role = app_role
            .or_else(|| std::env::var("TENANCY_APP_ROLE").ok())
            .filter(|role| !role.is_empty())
            .unwrap_or_else(|| "app".to_owned());
        let context = Context {
            source,
            database_url,
            app_role,
        };
        self.command.run(&context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command(false).debug_assert();
        command(true).debug_assert();
    }

    #[test]
    fn every_command_has_a_long_help_with_an_example() {
        fn look(command: &clap::Command, path: &str) {
            for sub in command.get_subcommands() {
                let path = format!("{path} {}", sub.get_name());
                let help = sub.get_after_long_help().map(ToString::to_string);
                let has_children = sub.get_subcommands().next().is_some();
                let example = help.as_ref().is_some_and(|help| help.contains("tenancy "));
                assert!(example || has_children || sub.is_hide_set(), "{path}");
                look(sub, &path);
            }
        }
        look(&command(false), "tenancy");
    }
}
