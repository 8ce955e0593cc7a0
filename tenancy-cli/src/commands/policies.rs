use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use diesel::Connection;
use diesel::connection::SimpleConnection;
use tenancy_diesel::{Differs, FromDatabase, MigrationFiles, PolicyDiffError, PolicyOptions};

use super::options::Options;
use super::write_result;
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::report::version_of_now;
use crate::{registry_json, terminal};

const HELP: &str = "\
What is written is there to be read, and then run by the role that owns the tables: `diesel migration run`, or \
tenancy_migrations::deploy.

Examples:
  tenancy policies show --app-role shop_app
  tenancy policies write --directory migrations
  tenancy policies write --directory migrations --only projects --only tasks --online
  tenancy policies diff                          # exit code 1 when the database differs
  tenancy policies diff --directory migrations   # and writes the migration that settles it
  tenancy policies apply                         # prints the SQL that settles it
  tenancy policies apply --yes                   # and runs it, in one transaction
  tenancy policies describe --tenant-column tenant_id --root organisations --shared countries";

/// Writes the policies as migrations, and compares a database with them.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Policies {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints the SQL of the policies
    #[command(after_long_help = HELP)]
    Show {
        #[command(flatten)]
        choice: Choice,
        /// The SQL that takes them away instead
        #[arg(long)]
        down: bool,
    },
    /// Writes the policies into a directory of Diesel migrations
    #[command(after_long_help = HELP, visible_alias = "generate")]
    Write {
        #[command(flatten)]
        choice: Choice,
        #[command(flatten)]
        target: Target,
    },
    /// Compares a live database with what the program wants
    #[command(after_long_help = HELP)]
    Diff {
        #[command(flatten)]
        choice: Choice,
        /// Also writes the migration that settles the differences into this directory
        #[arg(long, value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
    /// Settles the differences between a live database and what the program wants, in one transaction
    #[command(after_long_help = HELP)]
    Apply {
        #[command(flatten)]
        choice: Choice,
        /// Runs the SQL, which is only printed otherwise
        #[arg(long)]
        yes: bool,
    },
    /// Describes a database that has no declaration yet: whose rows its tables hold, and which keys lack the
    /// tenant
    #[command(after_long_help = HELP)]
    Describe(Describe),
}

/// Which policies, and how.
#[derive(Debug, Args)]
struct Choice {
    #[command(flatten)]
    options: Options,
    /// These tables only, by their path below the schema module
    #[arg(long, value_name = "TABLE")]
    only: Vec<String>,
    /// Indexes and constraints without long locks, in migrations of their own
    #[arg(long)]
    online: bool,
}

#[derive(Debug, Args)]
struct Target {
    /// The directory of the migrations
    #[arg(long, value_name = "DIRECTORY", default_value = "migrations")]
    directory: PathBuf,
    /// The version of the first migration; now unless given
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
}

#[derive(Debug, Args)]
struct Describe {
    /// Tables with this column are those of tenants
    #[arg(long, value_name = "COLUMN")]
    tenant_column: String,
    /// The table of the tenants
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
    /// Tables that everybody reads
    #[arg(long, value_name = "TABLE")]
    shared: Vec<String>,
    /// A further PostgreSQL schema, besides public
    #[arg(long, value_name = "SCHEMA")]
    schema: Vec<String>,
    /// The session variable
    #[arg(long, value_name = "NAME", default_value = "app.tenant_id")]
    variable: String,
    /// Writes the tables as a file for --registry
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Policies {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self.command {
            Command::Show { choice, down } => {
                let (options, registry) = (choice.options(context)?, context.source.needed()?);
                let sql = options.generate(registry);
                let distribution = options
                    .distribution(registry)
                    .ok()
                    .filter(|_| choice.options.is_distributed());
                let text = match (&distribution, down) {
                    (None, false) => sql.up().to_owned(),
                    (None, true) => sql.down().to_owned(),
                    (Some(first), false) => format!("{}\n{}", first.up(), sql.up()),
                    (Some(first), true) => format!("{}\n{}", sql.down(), first.down()),
                };
                write_result(&text, None)?;
                Ok(Outcome::Fine)
            }
            Command::Write { choice, target } => {
                let migrations = choice
                    .options(context)?
                    .migrations(context.source.needed()?);
                write_migrations(&migrations, &target.directory, target.version.as_deref())?;
                Ok(Outcome::Fine)
            }
            Command::Diff { choice, directory } => diff(context, &choice, directory.as_deref()),
            Command::Apply { choice, yes } => apply(context, &choice, yes),
            Command::Describe(describe) => describe.run(context),
        }
    }
}

impl Choice {
    fn options(&self, context: &Context) -> Result<PolicyOptions, Failure> {
        let registry = context.source.needed()?;
        if let Some(unknown) = self.only.iter().find(|path| registry.table(path).is_none()) {
            return Err(
                Failure::usage(format!("the registry has no table {unknown}"))
                    .help("name it by its path below the schema module, such as billing::invoices"),
            );
        }
        let mut options = self.options.policies(context).online(self.online);
        if !self.only.is_empty() {
            options = options.only(self.only.clone());
        }
        if self.options.is_distributed() {
            let distribution = options.distribution(registry);
            distribution.map_err(|error| Failure::usage(error.to_string()))?;
        }
        Ok(options)
    }
}

fn write_migrations(
    migrations: &MigrationFiles,
    directory: &Path,
    version: Option<&str>,
) -> Result<(), Failure> {
    let now = version_of_now();
    let files = migrations.write_to(directory, version.unwrap_or(&now));
    let files = files
        .map_err(|error| Failure::usage(format!("the migrations cannot be written: {error}")))?;
    let mut out = terminal::stdout();
    for file in files {
        writeln!(out, "{}", file.display())?;
    }
    Ok(())
}

fn diff(context: &Context, choice: &Choice, directory: Option<&Path>) -> Result<Outcome, Failure> {
    let registry = context.source.needed()?;
    let options = choice.options(context)?;
    let diff = options.diff(registry, &mut context.connect()?)?;
    let mut out = terminal::stdout();
    for difference in diff.differences() {
        writeln!(
            out,
            "{}: {}",
            terminal::printable(&difference.relation),
            terminal::printable(&words(&difference.differs))
        )?;
    }
    if diff.is_empty() {
        writeln!(out, "the database has what the program wants")?;
        return Ok(Outcome::Fine);
    }
    if let Some(directory) = directory {
        write_migrations(&diff.migrations(), directory, None)?;
    } else {
        terminal::note("--directory migrations writes what settles it");
    }
    Ok(Outcome::Findings)
}

fn apply(context: &Context, choice: &Choice, yes: bool) -> Result<Outcome, Failure> {
    let registry = context.source.needed()?;
    let options = choice.options(context)?;
    let mut conn = context.connect()?;
    let diff = options.diff(registry, &mut conn)?;
    let mut out = terminal::stdout();
    if diff.is_empty() {
        writeln!(out, "the database has what the program wants")?;
        return Ok(Outcome::Fine);
    }
    if !yes {
        writeln!(out, "{}", diff.sql().up())?;
        terminal::note("--yes runs it");
        return Ok(Outcome::Findings);
    }
    conn.transaction(|conn| conn.batch_execute(diff.sql().up()))
        .map_err(|error| Failure::refused(crate::failure::chain(&error)))?;
    let left = options.diff(registry, &mut conn)?;
    if let Some(difference) = left.differences().first() {
        return Err(Failure::refused(format!(
            "{} still differs: {}",
            terminal::printable(&difference.relation),
            words(&difference.differs)
        )));
    }
    writeln!(out, "settled {} differences", diff.differences().len())?;
    Ok(Outcome::Fine)
}

fn words(differs: &Differs) -> String {
    match differs {
        Differs::NotEnabled => "row-level security is not enabled".to_owned(),
        Differs::NotForced => "row-level security is not forced".to_owned(),
        Differs::PolicyMissing(name) => format!("policy {name} is missing"),
        Differs::PolicyKind(name) => {
            format!("policy {name} is of another kind, or for another command")
        }
        Differs::PolicyRoles(name) => format!("policy {name} is for other roles"),
        Differs::PolicyCondition(name) => format!("policy {name} has another condition"),
        Differs::PolicyLeft(name) => format!("policy {name} is not wanted any more"),
        Differs::Privileges(role) => format!("{role} has other privileges"),
        Differs::Index(name) => format!("index {name} is missing or failed to be built"),
        Differs::Constraint(name) => format!("constraint {name} is missing or not validated"),
        Differs::Nullable => "the tenant column may be null".to_owned(),
        Differs::Default => "the tenant column has no default from the session".to_owned(),
        other => format!("{other:?}"),
    }
}

impl From<PolicyDiffError> for Failure {
    fn from(error: PolicyDiffError) -> Self {
        let failure = Failure::refused(crate::failure::chain(&error));
        match error {
            PolicyDiffError::NoTable(_) => {
                failure.help("`tenancy doctor` says what else is missing")
            }
            _ => failure,
        }
    }
}

impl Describe {
    fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let mut from = FromDatabase::new(self.tenant_column)
            .variable(self.variable)
            .shared(self.shared);
        if let Some(root) = self.root {
            from = from.root(root);
        }
        for schema in self.schema {
            from = from.schema(schema);
        }
        let live = from
            .read(&mut context.connect()?)
            .map_err(|error| Failure::refused(error.to_string()))?;
        let registry = live.registry();
        let mut out = terminal::stdout();
        let mut table = terminal::table(terminal::width());
        table.set_header(["table", "rows of", "primary key"]);
        for found in registry.tables {
            let unknown = live.unclassified().iter().any(|path| path == found.path);
            table.add_row([
                terminal::printable(found.path).into_owned(),
                class(&found.class, unknown),
                found.primary_key.join(", "),
            ]);
        }
        writeln!(out, "{table}")?;
        let keys = live.key_findings();
        for key in &keys {
            writeln!(
                out,
                "{}, {}: {}",
                terminal::printable(&key.table),
                terminal::printable(&key.name),
                terminal::printable(&key.finding)
            )?;
        }
        if let Some(output) = &self.output {
            write_result(&registry_json(&registry), Some(output))?;
        }
        Ok(Outcome::found(
            !live.unclassified().is_empty() || !keys.is_empty(),
        ))
    }
}

fn class(class: &tenancy_diesel::Class, unknown: bool) -> String {
    use tenancy_diesel::Class;
    match class {
        _ if unknown => "whose? say --shared, or add the tenant column".to_owned(),
        Class::Tenant { column } => format!("the tenant in {column}"),
        Class::Root { column } => format!("the tenants themselves, {column}"),
        Class::Via { column, owner, .. } => format!("the owner of {owner}, by {column}"),
        Class::Shared => "everybody".to_owned(),
        other => format!("{other:?}"),
    }
}
