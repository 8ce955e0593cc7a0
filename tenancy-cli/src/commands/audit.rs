use std::fs;
use std::path::PathBuf;

use clap::Args;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_diesel::audit::Audit as Auditor;
use tenancy_testing::isolation::IsolationProbe;

use super::options::Options;
use super::write_result;
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::report::{Baseline, Day, Format, Rendering, Report, Severity, render};
use crate::terminal;

const HELP: &str = "\
The catalog of the live database is compared with the application's tables, in one transaction that changes \
nothing. Every role may do so.

A baseline is a TOML file of findings that are accepted, each until a day:

  [[accepted]]
  rule = \"no-tenant-index\"
  object = \"public.archive\"
  reason = \"read once a year\"
  expires = 2027-03-31

An entry that has expired, names an unknown rule or accepts nothing is a finding itself.

--attack plants rows of two made-up tenants and tries to get from one to the other, as the application's role, \
in a transaction that is rolled back. It locks what it plants, so it is meant for a copy; the name of the \
database that is connected to has to be given. It needs a superuser.

Examples:
  tenancy audit
  tenancy audit --format html --output audit.html
  tenancy audit --format sarif --sarif-uri src/schema.rs --output audit.sarif --fail-on warning
  tenancy audit --baseline tenancy-baseline.toml --attack shop_staging

Exit code 1: there is a finding of the severity of --fail-on or a worse one that is not accepted.";

/// Finds what is wrong with the isolation of tenants in a live database.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Audit {
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Where to write it; to the standard output unless given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The findings that are accepted
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The least severity that ends with exit code 1
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "error")]
    fail_on: Severity,
    /// The file of the repository at which a code host shows SARIF results, such as src/schema.rs
    #[arg(long, value_name = "PATH")]
    sarif_uri: Option<String>,
    /// Also asks what only the rows can answer; needs a role that sees all of them
    #[arg(long)]
    read_rows: bool,
    /// Attacks one made-up tenant as another; the name of the connected database, to say that it is meant
    #[arg(long, value_name = "DATABASE")]
    attack: Option<String>,
    #[command(flatten)]
    options: Options,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Text)]
    version: String,
}

impl Audit {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let registry = context.source.needed()?;
        // Before anything is asked: a file that cannot be read is found at once.
        let baseline = self.baseline.as_deref().map(|path| {
            let shown = path.display();
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("the baseline {shown} cannot be read: {error}"))
            })?;
            Baseline::parse(&text).map_err(|error| Failure::usage(format!("{shown}: {error}")))
        });
        let baseline = baseline.transpose()?;
        let mut conn = context.connect()?;
        let Place { database, version } = conn.transaction(|conn| {
            diesel::sql_query(
                "SELECT pg_catalog.current_database()::text AS database,
                        pg_catalog.current_setting('server_version') AS version",
            )
            .get_result::<Place>(conn)
        })?;
        if self.attack.as_ref().is_some_and(|name| *name != database) {
            return Err(Failure::usage(
                "--attack names another database than the one that is connected to; nothing was attacked",
            ));
        }
        let options = self.options.policies(context);
        let audit = Auditor::new(registry)
            .policies(options)
            .read_rows(self.read_rows)
            .run(&mut conn)?;
        let subject = format!("database {database}, PostgreSQL {version}");
        let mut report = Report::of(subject, &audit);
        if self.attack.is_some() {
            // A connection of its own, on which the variable has never been set.
            let probe = IsolationProbe::new(registry, &context.app_role);
            report.add_attacks(&probe.run(&mut context.connect()?)?);
        }
        if let Some(baseline) = baseline {
            baseline.apply(&mut report, Day::today());
        }
        let to_terminal = self.output.is_none();
        let rendering = Rendering {
            artifact: self.sarif_uri,
            width: to_terminal.then(terminal::width).flatten(),
        };
        let mut text = Vec::new();
        render(&report, self.format, &rendering, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        let text = if to_terminal {
            text
        } else {
            // A file is no terminal.
            anstream::adapter::strip_str(&text).to_string().into()
        };
        write_result(&text, self.output.as_deref())?;
        Ok(Outcome::found(report.fails(self.fail_on)))
    }
}
