//! The commands, a file or a folder each.

mod audit;
mod completions;
mod doctor;
mod erase;
mod explain;
mod export;
mod import;
mod keys;
mod migrations;
mod options;
mod policies;
mod receipt;
mod registry;
mod replay;
mod setup;

use std::fs;
use std::io::Write;
use std::path::Path;

use clap::Subcommand;

use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::terminal;

/// In the order in which help shows them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Says what is wrong with a set-up, in order, and what to do
    Doctor(doctor::Doctor),
    /// Finds what is wrong with the isolation of tenants in a live database
    Audit(audit::Audit),
    /// Shows the plan of a query as a tenant, with and without the policies
    Explain(explain::Explain),
    /// Erases a tenant: its rows, and its keys
    Erase(erase::Erase),
    /// Erases again what a restored backup brought back
    Replay(replay::Replay),
    /// Writes all rows of a tenant to files
    Export(export::Export),
    /// Reads the files of an export into a tenant
    Import(import::Import),
    /// Creates, rotates and destroys the keys of encrypted columns
    Keys(keys::Keys),
    /// Makes the key of erasures' receipts, verifies and lists receipts
    Receipt(receipt::Receipt),
    /// Runs, reverts and lists the library's own migrations
    Migrations(migrations::Migrations),
    /// Writes the policies as migrations, and compares a database with them
    Policies(policies::Policies),
    /// Writes the script that creates the roles
    Setup(setup::Setup),
    /// Writes the application's tables to a file for the installed tool
    Registry(registry::Registry),
    /// Writes completions for a shell
    Completions(completions::Completions),
    /// Writes the manual page
    #[command(hide = true)]
    Man,
}

impl Command {
    pub(crate) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Command::Doctor(doctor) => doctor.run(context),
            Command::Audit(audit) => audit.run(context),
            Command::Explain(explain) => explain.run(context),
            Command::Erase(erase) => erase.run(context),
            Command::Replay(replay) => replay.run(context),
            Command::Export(export) => export.run(context),
            Command::Import(import) => import.run(context),
            Command::Keys(keys) => keys.run(context),
            Command::Receipt(receipt) => receipt.run(context),
            Command::Migrations(migrations) => migrations.run(context),
            Command::Policies(policies) => policies.run(context),
            Command::Setup(setup) => setup.run(context),
            Command::Registry(registry) => registry.run(context),
            Command::Completions(completions) => completions.run(context),
            Command::Man => completions::manual(context),
        }
    }
}

/// Writes a result to a file, or to the standard output.
fn write_result(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = file else {
        let mut out = terminal::stdout();
        out.write_all(text.as_bytes())?;
        return Ok(out.flush()?);
    };
    fs::write(file, text).map_err(|error| {
        Failure::usage(format!("{} cannot be written: {error}", file.display()))
    })?;
    terminal::note(&format!("wrote {}", file.display()));
    Ok(())
}
