//! Writes all rows of a tenant to files.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use diesel::PgConnection;
use tenancy_diesel::encryption::TenantKeys;
use tenancy_diesel::portability::{Export as Job, Manifest};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::erase::parse_leave;
use super::keys::{Access, RowIds, Settings, shown};
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::tenant::InScope;
use crate::terminal;

const HELP: &str = "\
A file of JSON Lines for each table, and manifest.json, which is written last. All rows are of one moment. \
Encrypted values stay sealed; with --keys they are opened, and the files hold them in the clear.

Connect as the application's role: row-level security confines it to the tenant, and any other role is refused.

Examples:
  tenancy export 42 --directory export-42
  tenancy export 42 --directory export-42 --keys --row-id people.pin=id";

/// Writes all rows of a tenant to files in a new directory.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Export {
    /// The id of the tenant
    tenant: String,
    /// The directory, which is not there yet or is empty
    #[arg(long, value_name = "DIRECTORY")]
    directory: PathBuf,
    /// Opens the values of encrypted columns
    #[arg(long)]
    keys: bool,
    /// Leaves out a table that the registry does not have, for a reason that stands in the manifest
    #[arg(long, value_name = "TABLE=REASON")]
    leave: Vec<String>,
    /// How the id of a row is made that RowBound values of a column were sealed for: the columns of its key
    #[arg(long, value_name = "TABLE.COLUMN=KEY[,KEY]")]
    row_id: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

struct InTenant<'a> {
    registry: &'static Registry,
    keys: Option<&'a TenantKeys>,
    leave: &'a [(&'a str, &'a str)],
    row_ids: &'a [RowIds],
    directory: PathBuf,
}

impl InScope for InTenant<'_> {
    type Output = Manifest;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<Manifest, Failure> {
        let mut export = Job::new(self.registry);
        if let Some(keys) = self.keys {
            export = export.keys(keys);
        }
        for (table, reason) in self.leave {
            export = export.leave(table, reason);
        }
        for ids in self.row_ids {
            export = export.row_ids(&ids.table, &ids.column, |key| ids.make(key));
        }
        Ok(export.run_blocking(scope, self.directory)?)
    }
}

impl Export {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let access = Access::new(context, self.settings);
        let tenant = access.tenant(&self.tenant)?;
        let leave: Result<Vec<_>, _> = self.leave.iter().map(|text| parse_leave(text)).collect();
        let row_ids: Result<Vec<_>, _> =
            self.row_id.iter().map(|text| RowIds::parse(text)).collect();
        let keys = if self.keys {
            Some(access.keyring()?.unlock_blocking(&tenant)?)
        } else {
            None
        };
        let job = InTenant {
            registry: access.registry()?,
            keys: keys.as_ref(),
            leave: &leave?,
            row_ids: &row_ids?,
            directory: self.directory.clone(),
        };
        let manifest = access.in_scope(&tenant, job)?;
        let mut out = terminal::stdout();
        let mut table = terminal::table(terminal::width());
        table.set_header(["table", "rows", "bytes"]);
        for exported in &manifest.tables {
            table.add_row([
                terminal::printable(&exported.name).into_owned(),
                exported.rows.to_string(),
                exported.bytes.to_string(),
            ]);
        }
        writeln!(out, "{table}")?;
        for left in &manifest.left {
            let line = format!("{}: left, {}", left.table, left.reason);
            writeln!(out, "{}", terminal::printable(&line))?;
        }
        let rows = usize::try_from(manifest.rows()).unwrap_or(usize::MAX);
        writeln!(
            out,
            "{}: {} in {}",
            shown(&tenant),
            terminal::counted(rows, "row"),
            self.directory.display()
        )?;
        if manifest.opened {
            terminal::note("The files hold the values of encrypted columns in the clear");
        }
        Ok(Outcome::Fine)
    }
}
