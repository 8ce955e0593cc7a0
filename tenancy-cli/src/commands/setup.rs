use std::path::PathBuf;

use clap::{Args, Subcommand};
use tenancy_diesel::{PolicyOptions, bootstrap_sql};

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
    Roles(Roles),
}

#[derive(Debug, Args)]
struct Roles {
    /// The role that owns the tables; nobody logs in as it
    #[arg(long, value_name = "ROLE", default_value = "tenancy_owner")]
    owner_role: String,
    /// The role that runs the migrations, as the owner
    #[arg(long, value_name = "ROLE", default_value = "tenancy_migrator")]
    migrator_role: String,
    /// A role that reads the rows of all tenants
    #[arg(long, value_name = "ROLE")]
    admin_role: Option<String>,
    /// A role that deletes the rows of one tenant
    #[arg(long, value_name = "ROLE")]
    eraser_role: Option<String>,
    /// A role for the keys of encrypted columns
    ///
    /// It is in the script unasked when the registry has encrypted columns, as tenancy_keys.
    #[arg(long, value_name = "ROLE")]
    keys_role: Option<String>,
    /// A further PostgreSQL schema with tables of the application, besides public and those of the registry
    #[arg(long, value_name = "SCHEMA")]
    schema: Vec<String>,
    /// Where to write it; to the standard output unless given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Setup {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self.command {
            Command::Roles(roles) => roles.run(context),
        }
    }
}

impl Roles {
    fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let mut options = PolicyOptions::new()
            .app_role(&context.app_role)
            .owner_role(self.owner_role)
            .migrator_role(self.migrator_role);
        if let Some(role) = self.admin_role {
            options = options.admin_role(role);
        }
        if let Some(role) = self.eraser_role {
            options = options.eraser_role(role);
        }
        let tables = context.source.get().map_or(&[][..], |r| r.tables);
        let encrypted = tables.iter().any(|table| !table.encrypted.is_empty());
        let keys = encrypted.then(|| "tenancy_keys".to_owned());
        if let Some(role) = self.keys_role.or(keys) {
            options = options.keys_role(role);
        }
        let mut schemas = self.schema;
        schemas.extend(tables.iter().filter_map(|t| t.schema).map(str::to_owned));
        schemas.retain(|schema| schema != "public");
        schemas.sort_unstable();
        schemas.dedup();
        for schema in schemas {
            options = options.schema(schema);
        }
        write_result(&bootstrap_sql(&options), self.output.as_deref())?;
        Ok(Outcome::Fine)
    }
}
