use std::io::Write;

use clap::{Args, ValueEnum};
use diesel::PgConnection;
use indicatif::ProgressBar;
use tenancy_diesel::encryption::Keyring;
use tenancy_diesel::encryption::operations::{EncryptPlaintext, Limits, Plain, PlaintextReport};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::Who;
use super::reencrypt::{Counter, Pace, bar};
use super::store::{Access, shown};
use crate::failure::{Failure, Outcome};
use crate::tenant::InScope;
use crate::terminal;

pub(super) const HELP: &str = "\
The encrypted column is another one than the plaintext column, nullable, and declared in the schema. The \
application writes both meanwhile. Nothing is overwritten, so it can be stopped and run again. At the end all \
rows are compared. A blind index beside the column is not filled here: use EncryptPlaintext of the library.

Examples:
  tenancy keys encrypt-column --all --table people --plaintext plain_email --sealed email --as text --dry-run
  tenancy keys encrypt-column 42 --table people --plaintext plain_pin --sealed pin --as int4

Exit code 1: some rows are left; the list says which and why.";

#[derive(Debug, Args)]
pub(super) struct EncryptColumn {
    #[command(flatten)]
    who: Who,
    /// The table, as its path below the schema module
    #[arg(long)]
    table: String,
    /// The plaintext column
    #[arg(long, value_name = "COLUMN")]
    plaintext: String,
    /// The encrypted column
    #[arg(long, value_name = "COLUMN")]
    sealed: String,
    /// What the application loads: Encrypted<String> is text, Encrypted<i32> is int4, and so on
    #[arg(long = "as", value_name = "TYPE", value_enum)]
    kind: Kind,
    /// Opens and seals as if, and writes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pace: Pace,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// String
    Text,
    /// Vec<u8>
    Bytea,
    /// i16
    Int2,
    /// i32
    Int4,
    /// i64
    Int8,
    /// bool
    Bool,
    /// Uuid
    Uuid,
}

struct Job<'a> {
    registry: &'static Registry,
    keyring: &'a Keyring,
    limits: Limits,
    bar: &'a ProgressBar,
    args: &'a EncryptColumn,
}

impl InScope for Job<'_> {
    type Output = PlaintextReport;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<PlaintextReport, Failure> {
        match self.args.kind {
            Kind::Text => self.fill::<String, Id>(scope),
            Kind::Bytea => self.fill::<Vec<u8>, Id>(scope),
            Kind::Int2 => self.fill::<i16, Id>(scope),
            Kind::Int4 => self.fill::<i32, Id>(scope),
            Kind::Int8 => self.fill::<i64, Id>(scope),
            Kind::Bool => self.fill::<bool, Id>(scope),
            Kind::Uuid => self.fill::<uuid::Uuid, Id>(scope),
        }
    }
}

impl Job<'_> {
    fn fill<T, Id>(self, scope: &mut Scoped<PgConnection, Id>) -> Result<PlaintextReport, Failure>
    where
        T: Plain + tenancy_diesel::encryption::Encode,
        Id: SqlTenantId,
    {
        let EncryptColumn {
            table,
            plaintext,
            sealed,
            dry_run,
            ..
        } = self.args;
        let mut counter = Counter::default();
        let mut job = EncryptPlaintext::<T>::new(self.registry, table, plaintext, sealed)
            .limits(self.limits)
            .on_progress(|progress| {
                self.bar
                    .inc(counter.advance(progress.table, progress.column, progress.tally.done));
            });
        if *dry_run {
            job = job.dry_run();
        }
        Ok(job.run_blocking(scope, self.keyring)?)
    }
}

impl EncryptColumn {
    pub(super) fn run(self, access: &Access<'_>) -> Result<Outcome, Failure> {
        let registry = access.registry()?;
        let store = access.store()?;
        let keyring = access.keyring()?;
        let mut incomplete = false;
        for tenant in access.tenants(&self.who, &store)? {
            let bar = bar(None);
            let job = Job {
                registry,
                keyring: &keyring,
                limits: self.pace.limits(),
                bar: &bar,
                args: &self,
            };
            let report = access.in_scope(&tenant, job);
            bar.finish_and_clear();
            let report = report?;
            incomplete |= if self.dry_run {
                !report.ledger().is_empty()
            } else {
                !report.is_complete()
            };
            let mut out = terminal::stdout();
            let text = report.to_string();
            writeln!(out, "{}: {}", shown(&tenant), terminal::printable(&text))?;
        }
        Ok(Outcome::found(incomplete))
    }
}
