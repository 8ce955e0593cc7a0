use std::io::Write;
use std::time::Duration;

use clap::Args;
use diesel::PgConnection;
use indicatif::{ProgressBar, ProgressStyle};
use tenancy_diesel::encryption::operations::{Limits, Reencrypt, ReencryptReport, RowKey};
use tenancy_diesel::encryption::{CanonicalTenant, Keyring, RowId};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::Who;
use super::status::inventory;
use super::store::{Access, active, record, shown};
use crate::failure::{Failure, Outcome};
use crate::tenant::InScope;
use crate::terminal;

pub(super) const HELP: &str = "\
It works page by page and keeps no list: what is left to do stands in the values themselves. Stop it with \
Ctrl-C at any time; what was committed stays, and running it again goes on from there.

Values that are bound to their row (RowBound) are left, and listed, unless --row-id says how the application \
makes the id of a row.

Examples:
  tenancy keys re-encrypt 42 --dry-run
  tenancy keys re-encrypt --all --rows 50 --pause-ms 100
  tenancy keys re-encrypt 42 --row-id accounts.api_key=id

Exit code 1: some values are left; the list says which and why.";

#[derive(Debug, Args)]
pub(super) struct ReEncrypt {
    #[command(flatten)]
    who: Who,
    /// Opens and seals as if, and writes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pace: Pace,
    /// How the id of a row is made that RowBound values of a column were sealed for: the columns of its key
    #[arg(long, value_name = "TABLE.COLUMN=KEY[,KEY]")]
    row_id: Vec<String>,
}

/// How much at a time.
#[derive(Debug, Args)]
pub(super) struct Pace {
    /// The most rows in a transaction
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    /// The pause after each transaction, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pause_ms: u64,
}

impl Pace {
    pub(super) fn limits(&self) -> Limits {
        Limits::new()
            .rows(self.rows)
            .pause(Duration::from_millis(self.pause_ms))
    }
}

/// How the id of a row of one column is made.
pub(in crate::commands) struct RowIds {
    pub(in crate::commands) table: String,
    pub(in crate::commands) column: String,
    key: Vec<String>,
}

impl RowIds {
    pub(in crate::commands) fn parse(text: &str) -> Result<Self, Failure> {
        let parsed = text.split_once('=').and_then(|(column, key)| {
            let (table, column) = column.rsplit_once('.')?;
            let key: Vec<String> = key.split(',').map(str::to_owned).collect();
            let whole =
                !table.is_empty() && !column.is_empty() && key.iter().all(|k| !k.is_empty());
            whole.then(|| RowIds {
                table: table.to_owned(),
                column: column.to_owned(),
                key,
            })
        });
        parsed.ok_or_else(|| {
            Failure::usage("--row-id has the form TABLE.COLUMN=KEY[,KEY]")
                .help("such as --row-id accounts.api_key=id")
        })
    }

    pub(in crate::commands) fn make(&self, key: &RowKey) -> Option<RowId> {
        let parts: Option<Vec<&str>> = self.key.iter().map(|column| key.get(column)).collect();
        Some(RowId::of(&parts?))
    }
}

struct Job<'a> {
    registry: &'static Registry,
    keyring: &'a Keyring,
    limits: Limits,
    dry_run: bool,
    row_ids: &'a [RowIds],
    bar: &'a ProgressBar,
}

impl InScope for Job<'_> {
    type Output = ReencryptReport;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<ReencryptReport, Failure> {
        let mut tally = Counter::default();
        let mut reencrypt = Reencrypt::new(self.registry)
            .limits(self.limits)
            .on_progress(|progress| {
                self.bar
                    .set_message(format!("{}.{}", progress.table, progress.column));
                self.bar
                    .inc(tally.advance(progress.table, progress.column, progress.tally.done));
            });
        if self.dry_run {
            reencrypt = reencrypt.dry_run();
        }
        for ids in self.row_ids {
            reencrypt = reencrypt.row_ids(&ids.table, &ids.column, |key| ids.make(key));
        }
        Ok(reencrypt.run_blocking(scope, self.keyring)?)
    }
}

/// Turns the counts of each column into steps.
#[derive(Default)]
pub(super) struct Counter {
    at: Option<(&'static str, &'static str)>,
    done: u64,
}

impl Counter {
    pub(super) fn advance(&mut self, table: &'static str, column: &'static str, done: u64) -> u64 {
        if self.at != Some((table, column)) {
            self.at = Some((table, column));
            self.done = 0;
        }
        let step = done.saturating_sub(self.done);
        self.done = done;
        step
    }
}

/// A bar on the standard error, in a terminal alone; a count where the end is not known.
pub(crate) fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:30} {pos}/{len} {msg} {eta}"),
        None => (ProgressBar::new_spinner(), "{pos} {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

impl ReEncrypt {
    pub(super) fn run(self, access: &Access<'_>) -> Result<Outcome, Failure> {
        let row_ids: Result<Vec<_>, _> =
            self.row_id.iter().map(|text| RowIds::parse(text)).collect();
        let row_ids = row_ids?;
        let registry = access.registry()?;
        let store = access.store()?;
        let keyring = access.keyring()?;
        let mut incomplete = false;
        for tenant in access.tenants(&self.who, &store)? {
            let bar = bar(Some(self.left(access, &tenant)?));
            let job = Job {
                registry,
                keyring: &keyring,
                limits: self.pace.limits(),
                dry_run: self.dry_run,
                row_ids: &row_ids,
                bar: &bar,
            };
            let report = access.in_scope(&tenant, job);
            bar.finish_and_clear();
            let report = report?;
            // A dry run leaves the values as they are: what it could not open is what counts.
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

    /// How many values are to be sealed anew.
    fn left(&self, access: &Access<'_>, tenant: &CanonicalTenant) -> Result<u64, Failure> {
        let keys = record(&access.store()?, tenant)?.and_then(|record| record.keys);
        let active = keys.and_then(|keys| active(&keys.data));
        let generation = active.and_then(tenancy_diesel::encryption::KeyGeneration::new);
        match generation {
            Some(generation) => Ok(inventory(access, tenant)?.not_of(generation)),
            // The keyring says what is wrong.
            None => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_are_read_and_nothing_else() {
        let ids = RowIds::parse("vault::accounts.secret=id,number").unwrap();
        assert_eq!(ids.table, "vault::accounts");
        assert_eq!(ids.column, "secret");
        assert_eq!(ids.key, ["id", "number"]);
        for text in [
            "accounts=id",
            "accounts.key",
            ".key=id",
            "accounts.key=",
            "a.b=c,",
        ] {
            assert!(RowIds::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn counts_of_columns_become_steps() {
        let mut counter = Counter::default();
        let steps = [
            counter.advance("a", "x", 2),
            counter.advance("a", "x", 5),
            counter.advance("a", "y", 3),
            counter.advance("a", "y", 3),
        ];
        assert_eq!(steps, [2, 3, 3, 0]);
    }
}
