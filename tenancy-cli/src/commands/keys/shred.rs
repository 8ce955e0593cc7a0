use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use diesel::PgConnection;
use serde::Serialize;
use tenancy_diesel::encryption::operations::{Limits, ShredReport, shred_blocking};
use tenancy_diesel::encryption::{CanonicalTenant, Keyring};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::status::inventory;
use super::store::{Access, record, shown};
use crate::confirmation::Confirmation;
use crate::failure::{Failure, Outcome};
use crate::report::Day;
use crate::tenant::InScope;
use crate::terminal;

pub(super) const HELP: &str = "\
Nothing brings the keys back. The rows stay, and nobody can open their encrypted values. What may still hold a \
copy of the keys (backups, the write-ahead log) is in the receipt: keep it outside of this database, so that \
the tenant can be shredded again when a backup is restored.

In a terminal the id of the tenant is to be typed again; elsewhere it is to be given a second time, with \
--yes-shred. No root key is needed.

Examples:
  tenancy keys shred 42 --dry-run
  tenancy keys shred 42 --receipt receipt-42.json
  tenancy keys shred 42 --yes-shred 42 --receipt receipt-42.json";

#[derive(Debug, Args)]
pub(super) struct Shred {
    /// The id of the tenant
    tenant: String,
    /// The id of the tenant again, instead of typing it
    #[arg(long, value_name = "TENANT")]
    yes_shred: Option<String>,
    /// Counts the values that nobody could open any more, and destroys nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes the receipt as JSON to a new file
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

struct Job<'a> {
    registry: &'static Registry,
    keyring: &'a Keyring,
}

impl InScope for Job<'_> {
    type Output = ShredReport;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<ShredReport, Failure> {
        Ok(shred_blocking(
            scope,
            self.registry,
            self.keyring,
            &Limits::new(),
        )?)
    }
}

#[derive(Serialize)]
struct Receipt<'a> {
    format: u32,
    tool: &'static str,
    version: &'static str,
    day: String,
    tenant: &'a str,
    revision: u64,
    generations: &'a [u32],
    index_versions: &'a [u32],
    effective_within_seconds: u64,
    copies_may_remain_in: &'a [String],
    lost_values: u64,
    columns: Vec<Column>,
}

#[derive(Serialize)]
struct Column {
    table: &'static str,
    column: &'static str,
    values: u64,
}

impl Receipt<'_> {
    fn of(report: &ShredReport) -> Receipt<'_> {
        let receipt = &report.receipt;
        let columns = report.lost.columns().iter().map(|column| Column {
            table: column.table,
            column: column.column,
            values: column.total(),
        });
        Receipt {
            format: 1,
            tool: "tenancy keys shred",
            version: env!("CARGO_PKG_VERSION"),
            day: Day::today().to_string(),
            tenant: receipt.tenant.as_str(),
            revision: receipt.revision,
            generations: &receipt.generations,
            index_versions: &receipt.index_versions,
            effective_within_seconds: receipt.effective_within.as_secs(),
            copies_may_remain_in: &receipt.copies,
            lost_values: report.lost.total(),
            columns: columns.collect(),
        }
    }
}

impl Shred {
    pub(super) fn run(self, access: &Access<'_>) -> Result<Outcome, Failure> {
        let tenant = access.tenant(&self.tenant)?;
        if record(&access.store()?, &tenant)?.is_none() {
            return Err(tenancy_diesel::encryption::KeyringError::NoKeys.into());
        }
        if self.dry_run {
            let inventory = inventory(access, &tenant)?;
            let mut out = terminal::stdout();
            writeln!(
                out,
                "{}: {} values could no longer be opened",
                shown(&tenant),
                inventory.total()
            )?;
            write!(out, "{inventory}")?;
            return Ok(Outcome::Fine);
        }
        self.confirm(&tenant)?;
        // Before anything is destroyed: a receipt that cannot be written would be lost.
        let file = self.receipt.as_deref().map(new_file).transpose()?;
        let keyring = access.keyring_without_root()?;
        let job = Job {
            registry: access.registry()?,
            keyring: &keyring,
        };
        let report = match access.in_scope(&tenant, job) {
            Ok(report) => report,
            Err(failure) => {
                if let Some(path) = &self.receipt {
                    // It is empty, and would keep the next run from writing it.
                    let _ = std::fs::remove_file(path);
                }
                return Err(failure);
            }
        };
        let mut out = terminal::stdout();
        writeln!(out, "{}: {report}", shown(&tenant))?;
        if let Some(mut file) = file {
            serde_json::to_writer_pretty(&mut file, &Receipt::of(&report))
                .map_err(io::Error::from)?;
            writeln!(file)?;
            file.sync_all()?;
        }
        Ok(Outcome::Fine)
    }

    /// The tenant's id, a second time.
    fn confirm(&self, tenant: &CanonicalTenant) -> Result<(), Failure> {
        let confirmation = Confirmation {
            question: format!(
                "All keys of {} will be destroyed. Nothing brings them back. Type its id again:",
                shown(tenant)
            ),
            doing: "shredding",
            undone: "nothing was destroyed",
            option: "--yes-shred",
        };
        confirmation.of(tenant, self.yes_shred.as_deref())
    }
}

/// A receipt is not written over another.
fn new_file(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| {
        Failure::usage(format!(
            "the receipt {} cannot be written: {error}; nothing was destroyed",
            path.display()
        ))
    })
}
