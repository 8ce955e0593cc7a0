mod order;
mod plan;
mod report;
mod rows;
mod sequences;
mod verify;
mod write;

use std::fmt;
use std::path::PathBuf;

use tenancy_core::encryption::{BlindIndexSpec, RowId, TenantKeys};

use self::plan::Plan;
pub use self::report::{BehindSequence, ImportReport, ImportedTable};
use self::rows::Sealing;
use self::write::Writer;
use super::catalog::{self, tenant_value};
use super::directory::Origin;
use super::keys::RowIds;
use super::manifest::Manifest;
use super::transaction::{IMPORT, check, within};
use super::{Mistake, PortabilityError};
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
use crate::{Registry, Scoped, SqlTenantId, TenantId};

/// How long a line of a file may be unless it is set, in bytes.
const LONGEST_LINE: usize = 64 << 20;

type Progress<'a> = Box<dyn FnMut(&ImportedTable) + Send + 'a>;

/// Reads the files of an [`Export`](super::Export) into the tenant of the scope, which has no rows yet. All of it
/// is one transaction.
///
/// Nothing in the files is believed: tables and columns are those of the registry and the catalog, the
/// tenant is that of the scope, and each row is inserted under row-level security. A row that refers to one of another
/// tenant makes all of it fail.
///
/// ```no_run
/// # #[cfg(feature = "postgres")]
/// # fn example(
/// #     registry: &tenancy_diesel::Registry,
/// #     mut conn: tenancy_diesel::Scoped<diesel::PgConnection, i32>,
/// #     old_keys: &tenancy_diesel::encryption::TenantKeys,
/// #     new_keys: &tenancy_diesel::encryption::TenantKeys,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser};
/// use tenancy_diesel::portability::Import;
///
/// const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);
///
/// let report = Import::new(registry)
///     .source_keys(old_keys)      // the files hold sealed values
///     .keys(new_keys)
///     .blind_index("people", "email_index", "email", EMAIL)
///     .run_blocking(&mut conn, "exports/acme")?;
/// for sequence in &report.sequences {
///     println!("{sequence}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is run"]
pub struct Import<'a> {
    registry: &'a Registry,
    keys: Option<&'a TenantKeys>,
    source_keys: Option<&'a TenantKeys>,
    row_ids: RowIds<'a>,
    indexes: Vec<Index>,
    longest_line: usize,
    progress: Option<Progress<'a>>,
}

/// A blind index that is made anew.
struct Index {
    table: String,
    column: String,
    encrypted: String,
    spec: BlindIndexSpec,
}

impl<'a> Import<'a> {
    /// Into the tables of tenants in the registry.
    pub fn new(registry: &'a Registry) -> Self {
        Import {
            registry,
            keys: None,
            source_keys: None,
            row_ids: RowIds::default(),
            indexes: Vec::new(),
            longest_line: LONGEST_LINE,
            progress: None,
        }
    }

    /// Seals the values of encrypted columns under these keys, those of the scope's tenant.
    pub fn keys(mut self, keys: &'a TenantKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Opens the values that the files hold sealed with these keys, those of the tenant that was exported. Without them,
    /// sealed values are taken as they are if the tenant is the same, and refused otherwise.
    pub fn source_keys(mut self, keys: &'a TenantKeys) -> Self {
        self.source_keys = Some(keys);
        self
    }

    /// How the id of a row is made that the [`RowBound`](crate::encryption::RowBound) values of a column
    /// are sealed for, from the key of the row.
    pub fn row_ids(
        mut self,
        table: &str,
        column: &str,
        id: impl Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a,
    ) -> Self {
        self.row_ids.add(table, column, id);
        self
    }

    /// Makes the blind index of an encrypted column anew, under the keys of the new tenant. Every blind index has to be
    /// named: the registry does not know them, and under the old keys none would be found.
    pub fn blind_index(
        mut self,
        table: &str,
        column: &str,
        encrypted: &str,
        spec: BlindIndexSpec,
    ) -> Self {
        self.indexes.push(Index {
            table: table.to_owned(),
            column: column.to_owned(),
            encrypted: encrypted.to_owned(),
            spec,
        });
        self
    }

    /// How long a line may be, in bytes. A longer one is refused before it is in memory. 64 MiB unless it is set.
    pub fn longest_line(mut self, bytes: usize) -> Self {
        self.longest_line = bytes;
        self
    }

    /// Told of each table that was read. All of it may still be rolled back.
    pub fn on_progress(mut self, report: impl FnMut(&ImportedTable) + Send + 'a) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// Imports a directory into the tenant of the scope. Reading it blocks the thread. Nobody else may write to the
    /// directory meanwhile.
    ///
    /// # Errors
    /// Any [`PortabilityError`] except those of exports. Nothing was changed then.
    #[cfg(feature = "async")]
    pub async fn run<C: AsyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        directory: impl Into<PathBuf>,
    ) -> Result<ImportReport, PortabilityError> {
        self.go(&mut Asynchronous(conn), directory.into()).await
    }

    /// Imports a directory into the tenant of the scope. Nobody else may write to the directory meanwhile.
    ///
    /// # Errors
    /// Any [`PortabilityError`] except those of exports. Nothing was changed then.
    #[cfg(feature = "postgres")]
    pub fn run_blocking<C: SyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        directory: impl Into<PathBuf>,
    ) -> Result<ImportReport, PortabilityError> {
        tenancy_core::encryption::wait(self.go(&mut Blocking(conn), directory.into()))
    }

    async fn go<S: Session>(
        self,
        session: &mut S,
        directory: PathBuf,
    ) -> Result<ImportReport, PortabilityError> {
        check(session, self.registry)?;
        let tenant = session.tenant().canonical();
        if self
            .keys
            .is_some_and(|keys| keys.tenant().as_str() != tenant)
        {
            return Err(PortabilityError::OtherTenant);
        }
        let (origin, manifest) = Origin::open(directory)?;
        if manifest.tenant_type != self.registry.tenant_type {
            return Err(Mistake::TenantType.into());
        }
        let of_others = |keys: &TenantKeys| keys.tenant().as_str() != manifest.tenant;
        if self.source_keys.is_some_and(of_others) {
            return Err(PortabilityError::OtherTenant);
        }
        within(session, IMPORT, async |session| {
            self.read(session, origin, manifest).await
        })
        .await
    }

    async fn read<S: Session>(
        mut self,
        session: &mut S,
        origin: Origin,
        manifest: Manifest,
    ) -> Result<ImportReport, PortabilityError> {
        let shapes = catalog::load(session, self.registry).await?;
        let plan = Plan::of(&shapes, &manifest, &self.indexes)?;
        let tenant = tenant_value(session, self.registry);
        for shape in shapes.iter().filter(|shape| !shape.is_root()) {
            verify::is_empty(session, self.registry, shape, &tenant).await?;
        }
        let mut writer = Writer {
            registry: self.registry,
            tenant: &tenant,
            origin: &origin,
            longest_line: self.longest_line,
            sealing: Sealing::new(
                self.keys,
                self.source_keys,
                &self.row_ids,
                &manifest.tenant,
                session.tenant().canonical(),
            ),
        };
        let mut report = ImportReport::default();
        for step in plan.steps() {
            let rows = writer.insert(session, step).await?;
            let table = ImportedTable {
                table: step.shape.table.path,
                rows,
            };
            if let Some(tell) = &mut self.progress {
                tell(&table);
            }
            report.tables.push(table);
        }
        for step in plan.steps().filter(|step| !step.later.is_empty()) {
            writer.complete(session, step).await?;
        }
        session
            .set("SET CONSTRAINTS ALL IMMEDIATE")
            .await
            .map_err(|error| write::refused(error, "").unwrap_or_else(|error| error.into()))?;
        for (step, filled) in plan.steps().zip(&report.tables) {
            verify::owner(session, self.registry, step.shape, &tenant, filled.rows).await?;
            verify::references(session, self.registry, &shapes, step.shape, &tenant).await?;
            let behind = sequences::behind(session, self.registry, step.shape, &tenant).await?;
            report.sequences.extend(behind);
        }
        Ok(report)
    }
}

impl fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("keys", &self.keys.is_some())
            .field("source_keys", &self.source_keys.is_some())
            .finish_non_exhaustive()
    }
}
