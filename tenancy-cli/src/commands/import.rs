//! Reads the files of an export into a tenant.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use diesel::PgConnection;
use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser, TenantKeys};
use tenancy_diesel::portability::{Import as Job, ImportReport};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::keys::{Access, RowIds, Settings, shown};
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::tenant::InScope;
use crate::terminal;

const HELP: &str = "\
All of it or nothing, in one transaction, into a tenant that has no rows. Nothing in the files is believed: the \
tenant is the one that is named here, and tables and columns are looked up.

Connect as the application's role: row-level security confines it to the tenant, and any other role is refused.

With --keys, encrypted values are sealed under the tenant's keys. If the files hold them sealed, --source-tenant \
names the tenant under whose keys, which must be in the same key store. Name it only for files of your own: \
somebody who has stolen sealed values of that tenant could put them into the files, to have them opened.

Exit code 1: the rows are there, and sequences have to be set; the output is the SQL for their owner.

Examples:
  tenancy import export-42 --tenant 77
  tenancy import export-42 --tenant 77 --keys --row-id people.pin=id \\
      --blind-index people.email_index=email:ascii-lower:128";

/// Reads the files of an export into a tenant.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Import {
    /// The directory of the export
    directory: PathBuf,
    /// The id of the tenant that gets the rows
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// Seals encrypted values under the tenant's keys
    #[arg(long)]
    keys: bool,
    /// The tenant under whose keys the files hold sealed values
    #[arg(long, value_name = "TENANT", requires = "keys")]
    source_tenant: Option<String>,
    /// How the id of a row is made that RowBound values of a column are sealed for: the columns of its key
    #[arg(long, value_name = "TABLE.COLUMN=KEY[,KEY]")]
    row_id: Vec<String>,
    /// A blind index, which is made anew: the encrypted column beside it, its normaliser and its bits
    #[arg(
        long,
        value_name = "TABLE.COLUMN=ENCRYPTED:NORMALISER:BITS",
        requires = "keys"
    )]
    blind_index: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

/// A blind index as it is named on the command line.
#[derive(Debug)]
struct Index {
    table: String,
    column: String,
    encrypted: String,
    spec: BlindIndexSpec,
}

impl Index {
    fn parse(text: &str) -> Result<Self, Failure> {
        let parsed = text.split_once('=').and_then(|(index, of)| {
            let (table, column) = index.rsplit_once('.')?;
            let mut parts = of.split(':');
            let (encrypted, name, bits) = (parts.next()?, parts.next()?, parts.next()?);
            let known = [
                Normaliser::EXACT,
                Normaliser::ASCII_LOWER,
                Normaliser::DIGITS,
            ];
            let normaliser = known
                .into_iter()
                .find(|normaliser| normaliser.name() == name)?;
            let bits: u16 = bits.parse().ok().filter(|bits| (8..=256).contains(bits))?;
            let whole = parts.next().is_none() && !table.is_empty() && !column.is_empty();
            whole.then(|| Index {
                table: table.to_owned(),
                column: column.to_owned(),
                encrypted: encrypted.to_owned(),
                spec: BlindIndexSpec::new(normaliser, bits),
            })
        });
        parsed.ok_or_else(|| {
            Failure::usage("--blind-index has the form TABLE.COLUMN=ENCRYPTED:NORMALISER:BITS").help(
                "such as --blind-index people.email_index=email:ascii-lower:128; normalisers are exact, \
                 ascii-lower and digits, and others need a program of the application's own",
            )
        })
    }
}

struct IntoTenant<'a> {
    registry: &'static Registry,
    keys: Option<&'a TenantKeys>,
    source_keys: Option<&'a TenantKeys>,
    row_ids: &'a [RowIds],
    indexes: &'a [Index],
    directory: PathBuf,
}

impl InScope for IntoTenant<'_> {
    type Output = ImportReport;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<ImportReport, Failure> {
        let mut import = Job::new(self.registry);
        if let Some(keys) = self.keys {
            import = import.keys(keys);
        }
        if let Some(keys) = self.source_keys {
            import = import.source_keys(keys);
        }
        for ids in self.row_ids {
            import = import.row_ids(&ids.table, &ids.column, |key| ids.make(key));
        }
        for index in self.indexes {
            import = import.blind_index(&index.table, &index.column, &index.encrypted, index.spec);
        }
        Ok(import.run_blocking(scope, self.directory)?)
    }
}

impl Import {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let access = Access::new(context, self.settings);
        let tenant = access.tenant(&self.tenant)?;
        let row_ids: Result<Vec<_>, _> =
            self.row_id.iter().map(|text| RowIds::parse(text)).collect();
        let indexes: Result<Vec<_>, _> = self
            .blind_index
            .iter()
            .map(|text| Index::parse(text))
            .collect();
        let (mut keys, mut source_keys) = (None, None);
        if self.keys {
            let keyring = access.keyring()?;
            keys = Some(keyring.unlock_blocking(&tenant)?);
            if let Some(source) = &self.source_tenant {
                source_keys = Some(keyring.unlock_blocking(&access.tenant(source)?)?);
            }
        }
        let job = IntoTenant {
            registry: access.registry()?,
            keys: keys.as_ref(),
            source_keys: source_keys.as_ref(),
            row_ids: &row_ids?,
            indexes: &indexes?,
            directory: self.directory,
        };
        let report = access.in_scope(&tenant, job)?;
        let rows = usize::try_from(report.rows()).unwrap_or(usize::MAX);
        terminal::note(&format!(
            "{}: {} in {}",
            shown(&tenant),
            terminal::counted(rows, "row"),
            terminal::counted(report.tables.len(), "table")
        ));
        let mut out = terminal::stdout();
        for sequence in &report.sequences {
            writeln!(out, "{}", terminal::printable(&sequence.to_string()))?;
        }
        Ok(Outcome::found(!report.sequences.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blind_index_is_named_whole_or_not_at_all() {
        let index = Index::parse("billing.people.email_index=email:ascii-lower:128").unwrap();
        assert_eq!(
            (&*index.table, &*index.column),
            ("billing.people", "email_index")
        );
        assert_eq!((&*index.encrypted, index.spec.bits()), ("email", 128));
        for wrong in [
            "people.email_index",
            "people.email_index=email",
            "people.email_index=email:lower:128",
            "people.email_index=email:exact:7",
            "people.email_index=email:exact:257",
            "people.email_index=email:exact:128:1",
            "email_index=email:exact:128",
            ".x=email:exact:128",
        ] {
            assert_eq!(Index::parse(wrong).unwrap_err().code(), 2, "{wrong}");
        }
    }
}
