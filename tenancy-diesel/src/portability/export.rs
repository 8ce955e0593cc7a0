use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use tenancy_core::encryption::{EnvelopeInfo, RowId, TenantKeys};

use super::PortabilityError;
use super::catalog::{self, ROW, Shape, tenant_value};
use super::cell::{Cell, EncryptedText, OutRow};
use super::directory::{OutFile, Target};
use super::keys::RowIds;
use super::manifest::{ExportedColumn, ExportedTable, LeftTable, MANIFEST_FORMAT, Manifest};
use super::sealed::Columns;
use super::transaction::{EXPORT, check, texts, within};
#[cfg(feature = "async")]
use crate::AsyncScopeConnection;
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::encryption::operations::RowKey;
#[cfg(feature = "async")]
use crate::encryption::operations::session::Asynchronous;
#[cfg(feature = "postgres")]
use crate::encryption::operations::session::Blocking;
use crate::encryption::operations::session::Session;
use crate::encryption::operations::statement::{Row, Statement};
use crate::{Class, Registry, Scoped, SqlTenantId, TenantId, quote_identifier};

/// About how much of a table is in memory at a time, in bytes.
const PAGE_BYTES: usize = 4 << 20;
const MOST_ROWS: usize = 5_000;
const FIRST_ROWS: usize = 50;

type Progress<'a> = Box<dyn FnMut(&ExportedTable) + Send + 'a>;

/// Writes all rows of a tenant to a new directory.
///
/// ```no_run
/// # #[cfg(feature = "postgres")]
/// # fn example(
/// #     registry: &tenancy_diesel::Registry,
/// #     mut conn: tenancy_diesel::Scoped<diesel::PgConnection, i32>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::portability::Export;
///
/// let manifest = Export::new(registry)
///     .leave("public.old_tasks", "copied to tasks, goes away in March")
///     .on_progress(|table| println!("{}: {} rows", table.table, table.rows))
///     .run_blocking(&mut conn, "exports/acme")?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is run"]
pub struct Export<'a> {
    job: Job<'a>,
    progress: Option<Progress<'a>>,
}

/// What is shared between the steps. The caller's closure is not, for it may be called by one at a time only.
struct Job<'a> {
    registry: &'a Registry,
    keys: Option<&'a TenantKeys>,
    row_ids: RowIds<'a>,
    leave: Vec<LeftTable>,
}

impl<'a> Export<'a> {
    /// All tables of tenants in the registry.
    pub fn new(registry: &'a Registry) -> Self {
        Export {
            job: Job {
                registry,
                keys: None,
                row_ids: RowIds::default(),
                leave: Vec::new(),
            },
            progress: None,
        }
    }

    /// Opens the values of encrypted columns with the tenant's keys. Without, they are exported sealed, and whoever
    /// imports them needs these keys.
    pub fn keys(mut self, keys: &'a TenantKeys) -> Self {
        self.job.keys = Some(keys);
        self
    }

    /// How the id of a row is made that the [`RowBound`](crate::encryption::RowBound) values of a column
    /// were sealed for, from the key of the row.
    pub fn row_ids(
        mut self,
        table: &str,
        column: &str,
        id: impl Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a,
    ) -> Self {
        self.job.row_ids.add(table, column, id);
        self
    }

    /// Leaves out a table that the registry does not know, such as `public.old_tasks`. The manifest says so.
    pub fn leave(mut self, table: &str, reason: &str) -> Self {
        self.job.leave.push(LeftTable {
            table: table.to_owned(),
            reason: reason.to_owned(),
        });
        self
    }

    /// Told of each table that was written.
    pub fn on_progress(mut self, report: impl FnMut(&ExportedTable) + Send + 'a) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// Exports the tenant of the scope to a directory that is not there yet, or is empty. Writing to it blocks
    /// the thread.
    ///
    /// # Errors
    /// Any [`PortabilityError`] except those of imports. The directory has no manifest then.
    #[cfg(feature = "async")]
    pub async fn run<C: AsyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        directory: impl Into<PathBuf>,
    ) -> Result<Manifest, PortabilityError> {
        self.go(&mut Asynchronous(conn), directory.into()).await
    }

    /// Exports the tenant of the scope to a directory that is not there yet, or is empty.
    ///
    /// # Errors
    /// Any [`PortabilityError`] except those of imports. The directory has no manifest then.
    #[cfg(feature = "postgres")]
    pub fn run_blocking<C: SyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        directory: impl Into<PathBuf>,
    ) -> Result<Manifest, PortabilityError> {
        tenancy_core::encryption::wait(self.go(&mut Blocking(conn), directory.into()))
    }

    async fn go<S: Session>(
        self,
        session: &mut S,
        directory: PathBuf,
    ) -> Result<Manifest, PortabilityError> {
        let Export { job, progress } = self;
        check(session, job.registry)?;
        let tenant = session.tenant().canonical();
        if job
            .keys
            .is_some_and(|keys| keys.tenant().as_str() != tenant)
        {
            return Err(PortabilityError::OtherTenant);
        }
        within(session, EXPORT, async |session| {
            job.write(session, directory, progress).await
        })
        .await
    }
}

impl Job<'_> {
    async fn write<S: Session>(
        &self,
        session: &mut S,
        directory: PathBuf,
        mut progress: Option<Progress<'_>>,
    ) -> Result<Manifest, PortabilityError> {
        let shapes = catalog::load(session, self.registry).await?;
        let left = self.left(session, &shapes).await?;
        let (database, taken) = moment(session).await?;
        let target = Target::create(directory)?;
        let mut columns = self.keys.map(Columns::of);
        let mut tables = Vec::new();
        for (number, shape) in (1..).zip(&shapes) {
            let file = target.table(number)?;
            let table = self.table(session, shape, columns.as_mut(), file).await?;
            if let Some(report) = &mut progress {
                report(&table);
            }
            tables.push(table);
        }
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            tenant: session.tenant().canonical(),
            tenant_type: self.registry.tenant_type.to_owned(),
            database,
            taken,
            opened: self.keys.is_some(),
            tables,
            left,
        };
        target.finish(&manifest)?;
        Ok(manifest)
    }

    /// What is not part of the export. Each has a reason.
    async fn left<S: Session>(
        &self,
        session: &mut S,
        shapes: &[Shape],
    ) -> Result<Vec<LeftTable>, PortabilityError> {
        let mut unknown: BTreeSet<String> =
            catalog::unknown(session, self.registry, shapes).await?;
        for left in &self.leave {
            if !unknown.remove(&left.table) {
                return Err(PortabilityError::NothingToLeave {
                    table: left.table.clone(),
                });
            }
        }
        if !unknown.is_empty() {
            return Err(PortabilityError::UnknownTables {
                tables: unknown.into_iter().collect(),
            });
        }
        let mut left = self.leave.clone();
        for table in self.registry.tables {
            if let Class::Excluded { reason } = table.class {
                left.push(LeftTable {
                    table: table.path.to_owned(),
                    reason: reason.to_owned(),
                });
            }
        }
        Ok(left)
    }

    async fn table<S: Session>(
        &self,
        session: &mut S,
        shape: &Shape,
        mut columns: Option<&mut Columns<'_>>,
        mut file: OutFile,
    ) -> Result<ExportedTable, PortabilityError> {
        session.set(&self.cursor(session, shape)).await?;
        let mut rows = FIRST_ROWS;
        loop {
            let mut fetch = Statement::new();
            fetch.sql = format!("FETCH FORWARD {rows} FROM tenancy_export");
            let page = session.rows(fetch).await?;
            let count = page.len();
            let before = file.bytes;
            for row in page {
                let row = self.row(shape, &mut columns, row)?;
                file.row(&row)?;
            }
            if count < rows {
                break;
            }
            // As many rows as the last ones were long.
            let bytes = usize::try_from(file.bytes - before).unwrap_or(usize::MAX);
            rows = (count * PAGE_BYTES / bytes.max(1)).clamp(1, MOST_ROWS.min(rows * 4));
        }
        session.set("CLOSE tenancy_export").await?;
        let (rows, bytes) = (file.rows, file.bytes);
        Ok(ExportedTable {
            table: shape.table.path.to_owned(),
            name: shape.plain_name.clone(),
            columns: (shape.columns.iter())
                .map(|column| ExportedColumn {
                    name: column.name.clone(),
                    sql_type: column.plain_type.clone(),
                })
                .collect(),
            rows,
            bytes,
            sha256: file.finish()?,
        })
    }

    fn cursor<S: Session>(&self, session: &S, shape: &Shape) -> String {
        let reference = |name: &str| format!("{ROW}.{}", quote_identifier(name));
        let (mut texts, mut bytes) = (Vec::new(), Vec::new());
        for column in &shape.columns {
            let value = reference(&column.name);
            match column.label {
                Some(_) => bytes.push(format!("{value}::pg_catalog.bytea")),
                None => texts.push(format!("{value}::pg_catalog.text")),
            }
        }
        let tenant = tenant_value(session, self.registry);
        let key = shape.table.primary_key.iter().map(|name| reference(name));
        format!(
            "DECLARE tenancy_export NO SCROLL CURSOR FOR SELECT {} FROM {} AS {ROW} WHERE {} ORDER BY {}",
            Row::list(&texts, &bytes),
            shape.name,
            shape.of_tenant(self.registry, ROW, &tenant),
            key.collect::<Vec<_>>().join(", "),
        )
    }

    fn row<'s>(
        &self,
        shape: &'s Shape,
        columns: &mut Option<&mut Columns<'_>>,
        row: Row,
    ) -> Result<OutRow<'s>, PortabilityError> {
        let (texts, bytes) = row.into_parts();
        let (mut texts, mut bytes) = (texts.into_iter(), bytes.into_iter());
        let unexpected = || PortabilityError::UnexpectedAnswer;
        let mut cells = Vec::with_capacity(shape.columns.len());
        for column in &shape.columns {
            let cell = match column.label {
                None => match texts.next().ok_or_else(unexpected)? {
                    None => Cell::Null,
                    Some(text) => Cell::Text(text),
                },
                Some(_) => match bytes.next().ok_or_else(unexpected)? {
                    None => Cell::Null,
                    Some(envelope) => Cell::Encrypted(EncryptedText::sealed(&envelope)),
                },
            };
            cells.push((column.name.as_str(), cell));
        }
        let Some(columns) = columns else {
            return Ok(OutRow(cells));
        };
        // Only now the key of the row is complete.
        for (i, column) in shape.columns.iter().enumerate() {
            let Some(label) = column.label else { continue };
            let Cell::Encrypted(EncryptedText::Sealed(sealed)) = &cells[i].1 else {
                continue;
            };
            let encryption = |error| PortabilityError::Encryption {
                table: shape.table.path.to_owned(),
                column: column.name.clone(),
                error,
            };
            let envelope = sealed.envelope().map_err(encryption)?;
            let bound = EnvelopeInfo::read(&envelope).map_err(encryption)?.row_bound;
            let id = if bound {
                let value = |name: &str| value_of(&cells, name);
                Some(self.row_ids.of(shape, &column.name, value)?)
            } else {
                None
            };
            let key = columns.column(label).map_err(encryption)?;
            let value = key
                .open_untyped(id.as_ref(), &envelope)
                .map_err(encryption)?;
            cells[i].1 = Cell::Encrypted(EncryptedText::opened(&value, bound));
        }
        Ok(OutRow(cells))
    }
}

fn value_of(cells: &[(&str, Cell)], name: &str) -> Option<String> {
    cells.iter().find_map(|(other, cell)| match cell {
        Cell::Text(text) if *other == name => Some(text.clone()),
        _ => None,
    })
}

/// What the database is called, and the moment that the transaction sees.
async fn moment<S: Session>(session: &mut S) -> Result<(String, String), PortabilityError> {
    let mut statement = Statement::new();
    let now = "pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let name = "pg_catalog.current_database()::pg_catalog.text";
    statement.sql = format!(
        "SELECT {}",
        Row::list(&[name.to_owned(), now.to_owned()], &[])
    );
    let rows = texts(session, statement).await?;
    let row = rows.into_iter().next().unwrap_or_default();
    let [database, taken] =
        <[String; 2]>::try_from(row).map_err(|_| PortabilityError::UnexpectedAnswer)?;
    Ok((database, taken))
}

impl fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("opens", &self.job.keys.is_some())
            .field("leave", &self.job.leave)
            .finish_non_exhaustive()
    }
}
