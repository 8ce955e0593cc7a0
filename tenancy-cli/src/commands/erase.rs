//! Erases a tenant.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use diesel::PgConnection;
use tenancy_core::encryption::wait;
use tenancy_core::erasure::receipts::{IssueError, Issuer};
use tenancy_diesel::encryption::{CanonicalTenant, Keyring};
use tenancy_diesel::erasure::{Erasure, Report};
use tenancy_diesel::{Registry, SqlTenantId};

use super::keys::{bar, key_store, shown};
use super::receipt::SigningSettings;
use crate::args::Context;
use crate::confirmation::Confirmation;
use crate::failure::{Failure, Outcome, chain};
use crate::root::NoRoot;
use crate::tenant::{self, WithId};
use crate::{database, terminal};

const HELP: &str = "\
Connect as the eraser, a role of its own that the policies hold to one tenant (`tenancy setup roles \
--eraser-role`, `tenancy policies write --eraser-role`, `tenancy migrations grant-eraser`). A superuser is refused.

It can be stopped with Ctrl-C at any time: what was erased stays erased, and running it again goes on under the \
same id. In a terminal the id of the tenant is to be typed again; elsewhere it is to be given a second time, with \
--yes. Files, caches and other places outside of the database are erased by the application's own program; see \
docs/erasure.md.

Examples:
  tenancy erase --tenant 42 --dry-run
  tenancy erase --tenant 42 --by alice@example.org --reason 'contract 4711 has ended' --keys
  tenancy erase --tenant 42 --by alice --reason 'ticket 9' --sink /mnt/receipts --signing-key file:receipt.key
  tenancy erase --tenant 42 --by alice --reason 'ticket 9' --yes 42 --report erasure-42.json \\
      --leave invoices='ten years, by law' --anonymise audit_log.email --anonymise audit_log.name=erased";

/// Erases all rows of a tenant, and on request its keys. Nothing brings them back.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Erase {
    /// The id of the tenant
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// Shows what would be erased and how much that is, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// The id of the tenant again, instead of typing it
    #[arg(long, value_name = "TENANT")]
    yes: Option<String>,
    /// Who asks for it
    #[arg(long, value_name = "WHO", required_unless_present = "dry_run")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "WHY", required_unless_present = "dry_run")]
    reason: Option<String>,
    /// Writes the report as JSON to a new file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    signing: SigningSettings,
}

/// What an erasure does, whoever's data it is.
#[derive(Debug, Args)]
pub(super) struct Work {
    /// A table that the registry excludes or does not have is erased too
    #[arg(long, value_name = "TABLE")]
    also: Vec<String>,
    /// A table stays as it is, for a reason that stands in the report
    #[arg(long, value_name = "TABLE=REASON")]
    leave: Vec<String>,
    /// The rows of a table stay, and this column of them gets another value; without one, NULL
    #[arg(long, value_name = "TABLE.COLUMN[=VALUE]")]
    anonymise: Vec<String>,
    /// Shreds the tenant's keys too
    #[arg(long)]
    keys: bool,
    /// Where else copies remain, for the report
    #[arg(long, value_name = "PLACE")]
    copy_remains: Vec<String>,
    /// The most rows in a transaction
    #[arg(long, value_name = "NUMBER", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    /// The pause after each transaction, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pause_ms: u64,
    /// The database as the role that erases [env: TENANCY_ERASER_DATABASE_URL]
    ///
    /// A password is refused here, because other users of the machine can read command lines.
    #[arg(long, value_name = "URL")]
    eraser_database_url: Option<String>,
    /// The database of the keys, with --keys [env: TENANCY_KEYS_DATABASE_URL]
    #[arg(long, value_name = "URL")]
    keys_database_url: Option<String>,
}

/// One column of a table, and its new value.
type Field = (String, Option<String>);

struct Job<'a> {
    erasure: Erasure<'static>,
    conn: PgConnection,
    options: &'a Erase,
    tenant: &'a CanonicalTenant,
    issuer: Option<&'a Issuer>,
}

impl WithId for Job<'_> {
    /// Nothing after a dry run.
    type Output = Option<Report>;

    fn run<Id: SqlTenantId>(mut self, id: Id) -> Result<Option<Report>, Failure> {
        let plan = self.erasure.plan_blocking(&mut self.conn, &id)?;
        let mut out = terminal::stdout();
        write!(out, "{}", terminal::printable(&plan.to_string()))?;
        if plan.is_empty() && plan.unfinished().is_none() {
            terminal::note("there is nothing of this tenant: look at its id once more");
        }
        if self.options.dry_run {
            return Ok(None);
        }
        self.options.confirm(self.tenant)?;
        if let Some(issuer) = self.issuer {
            // Of a run that was cut off between the end of its erasure and the receipt.
            for report in self.erasure.finished_blocking(&mut self.conn, &id)? {
                issue(issuer, &report)?;
            }
        }
        // Before anything is erased: a report that cannot be written would be lost.
        let file = self.options.report.as_deref().map(new_file).transpose()?;
        let bar = bar(Some(plan.rows()));
        let mut at = (String::new(), 0);
        let report = self
            .erasure
            .execute_blocking(&mut self.conn, &plan, |progress| {
                if at.0 != progress.name {
                    at = (progress.name.clone(), 0);
                    bar.set_message(terminal::printable(&progress.name).into_owned());
                }
                bar.inc(progress.done.saturating_sub(at.1));
                at.1 = progress.done;
            });
        bar.finish_and_clear();
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                if let Some(path) = &self.options.report {
                    // It is empty, and would keep the next run from writing it.
                    let _ = std::fs::remove_file(path);
                }
                return Err(error.into());
            }
        };
        if let Some(mut file) = file {
            let text = report.to_json().map_err(io::Error::from)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
        }
        if let Some(issuer) = self.issuer {
            issue(issuer, &report)?;
        }
        Ok(Some(report))
    }
}

/// Issues the receipt of an erasure that is finished.
pub(super) fn issue(issuer: &Issuer, report: &Report) -> Result<(), Failure> {
    match wait(issuer.issue(report)) {
        Ok(receipt) => {
            let mut out = terminal::stdout();
            writeln!(out, "receipt {}, {}", receipt.number(), receipt.digest())?;
            Ok(())
        }
        // The erasure was finished twice, from a backup of its middle. Its first receipt stands.
        Err(IssueError::OtherReport { number }) => {
            terminal::note(&format!("receipt {number} is of this erasure already"));
            Ok(())
        }
        Err(error) => Err(Failure::refused(format!(
            "the tenant is erased, and its receipt is not issued: {}",
            chain(&error)
        ))
        .help("run the same command again: it issues the receipts that are missing")),
    }
}

impl Erase {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let registry = context.source.needed()?;
        let tenant = tenant::parse(registry, &self.tenant)?;
        let mut erasure = self.work.erasure(registry, context)?;
        if let (Some(by), Some(reason)) = (&self.by, &self.reason) {
            erasure = erasure.requested_by(by, reason);
        }
        // Before anything is erased: a receipt that could not be issued would be missed.
        let issuer = self.signing.issuer()?;
        if let Some(issuer) = &issuer {
            wait(issuer.check()).map_err(|error| Failure::refused(chain(&error)))?;
        }
        let conn = self.work.connect()?;
        let job = Job {
            erasure,
            conn,
            options: &self,
            tenant: &tenant,
            issuer: issuer.as_ref(),
        };
        if let Some(report) = tenant::with_id(registry, &tenant, job)? {
            let mut out = terminal::stdout();
            let report = report.to_string();
            write!(out, "{}: {}", shown(&tenant), terminal::printable(&report))?;
        }
        Ok(Outcome::Fine)
    }

    /// The tenant's id, a second time.
    fn confirm(&self, tenant: &CanonicalTenant) -> Result<(), Failure> {
        let confirmation = Confirmation {
            question: format!(
                "All of this of {} will be erased. Nothing brings it back. Type its id again:",
                shown(tenant)
            ),
            doing: "erasing",
            undone: "nothing was erased",
            option: "--yes",
        };
        confirmation.of(tenant, self.yes.as_deref())
    }
}

impl Work {
    pub(super) fn erasure(
        &self,
        registry: &'static Registry,
        context: &Context,
    ) -> Result<Erasure<'static>, Failure> {
        let mut erasure = Erasure::new(registry)
            .batch(self.rows)
            .pause(Duration::from_millis(self.pause_ms));
        for table in &self.also {
            erasure = erasure.also(table);
        }
        for text in &self.leave {
            let (table, reason) = parse_leave(text)?;
            erasure = erasure.leave(table, reason);
        }
        for (table, fields) in parse_fields(&self.anonymise)? {
            erasure = erasure.anonymise(table, |anonymised| {
                fields
                    .into_iter()
                    .fold(anonymised, |anonymised, (column, value)| match value {
                        Some(value) => anonymised.text(column, value),
                        None => anonymised.null(column),
                    })
            });
        }
        for place in &self.copy_remains {
            erasure = erasure.copy_remains(place);
        }
        if self.keys {
            let store = key_store(self.keys_database_url.as_deref(), &context.app_role)?;
            erasure = erasure.keys(&Keyring::builder(store, NoRoot).build());
        }
        Ok(erasure)
    }

    pub(super) fn connect(&self) -> Result<PgConnection, Failure> {
        database::ERASER.connect(self.eraser_database_url.as_deref())
    }
}

pub(super) fn parse_leave(text: &str) -> Result<(&str, &str), Failure> {
    let parsed = text.split_once('=');
    let parsed = parsed.filter(|(table, reason)| !table.is_empty() && !reason.trim().is_empty());
    parsed.ok_or_else(|| {
        Failure::usage("--leave has the form TABLE=REASON")
            .help("such as --leave invoices='ten years, by law'")
    })
}

/// The fields by table, in the order in which the tables were named.
fn parse_fields(texts: &[String]) -> Result<Vec<(String, Vec<Field>)>, Failure> {
    let mut tables: Vec<(String, Vec<Field>)> = Vec::new();
    for text in texts {
        let (column, value) = match text.split_once('=') {
            Some((column, value)) => (column, Some(value.to_owned())),
            None => (text.as_str(), None),
        };
        let named = column.rsplit_once('.');
        let named = named.filter(|(table, column)| !table.is_empty() && !column.is_empty());
        let (table, column) = named.ok_or_else(|| {
            Failure::usage("--anonymise has the form TABLE.COLUMN or TABLE.COLUMN=VALUE")
                .help("such as --anonymise audit_log.email --anonymise audit_log.name=erased")
        })?;
        let field = (column.to_owned(), value);
        match tables.iter_mut().find(|(known, _)| known == table) {
            Some((_, fields)) => fields.push(field),
            None => tables.push((table.to_owned(), vec![field])),
        }
    }
    Ok(tables)
}

/// A report is not written over another.
fn new_file(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| {
        Failure::usage(format!(
            "the report {} cannot be written: {error}; nothing was erased",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_gathered_by_table() {
        let texts = ["log.email", "billing.log.name=a=b", "log.name="].map(str::to_owned);
        let fields = parse_fields(&texts).unwrap();
        let of = |table: &str| fields.iter().find(|(name, _)| name == table).unwrap();
        assert_eq!(
            of("log").1,
            [
                ("email".to_owned(), None),
                ("name".to_owned(), Some(String::new()))
            ]
        );
        assert_eq!(
            of("billing.log").1,
            [("name".to_owned(), Some("a=b".to_owned()))]
        );
        for text in ["log", ".email", "log.", "=x"] {
            assert!(parse_fields(&[text.to_owned()]).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_left_has_a_reason() {
        assert_eq!(parse_leave("a=b=c").unwrap(), ("a", "b=c"));
        for text in ["a", "a=", "a= ", "=b"] {
            assert!(parse_leave(text).is_err(), "{text}");
        }
    }
}
