//! Sealing anew what is of an older generation.

mod page;
mod report;

pub use report::ReencryptReport;
use std::fmt;

use tenancy_core::encryption::{Keyring, RowId, TenantKeys};

use self::page::{Paging, page};
use super::inventory::{count, encrypted_tables};
use super::progress::{ColumnTally, Progress, Reporter, Tally};
#[cfg(feature = "async")]
use super::session::Asynchronous;
#[cfg(feature = "postgres")]
use super::session::Blocking;
use super::session::{Session, check};
use super::shape::Shape;
use super::{Ledger, Limits, OperationError, RowKey, keys};
#[cfg(feature = "async")]
use crate::AsyncScopeConnection;
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::{EncryptedColumn, Registry, Scoped, SqlTenantId};

/// How often a column is gone through while others change its rows.
const PASSES: u32 = 5;

type MakeRowId<'a> = Box<dyn Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a>;

/// Seals every value of a tenant that is of an older generation anew, under the active one.
///
/// A page of rows is a transaction. A value is exchanged only if it is still the one that was read, so a
/// writer's value is never lost; a row that somebody holds is passed by and met again. A value that cannot
/// be opened is entered in a ledger and stays as it is.
///
/// Writers of other processes seal under the older generation until they have heard of the new one, within a
/// lease. So run it again after a lease, or let [`DestroyGeneration`](super::DestroyGeneration) find what
/// is left.
///
/// ```no_run
/// # #[cfg(feature = "async")]
/// # async fn example(
/// #     registry: &tenancy_diesel::Registry,
/// #     mut conn: tenancy_diesel::Scoped<diesel_async::AsyncPgConnection, i32>,
/// #     keyring: &tenancy_diesel::encryption::Keyring,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use tenancy_diesel::encryption::RowId;
/// use tenancy_diesel::encryption::operations::{Limits, Reencrypt};
///
/// let report = Reencrypt::new(registry)
///     .limits(Limits::new().rows(50).pause(Duration::from_millis(100)))
///     // `RowBound` values of this column were sealed for `RowId::new(id)`.
///     .row_ids("accounts", "api_key", |key| Some(RowId::new(key.get("id")?)))
///     .run(&mut conn, keyring)
///     .await?;
/// for entry in report.ledger().entries() {
///     println!("{entry}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is run"]
pub struct Reencrypt<'a> {
    registry: &'a Registry,
    limits: Limits,
    dry_run: bool,
    progress: Option<Reporter<'a>>,
    row_ids: Vec<(String, String, MakeRowId<'a>)>,
}

impl<'a> Reencrypt<'a> {
    /// All encrypted columns of the registry.
    pub fn new(registry: &'a Registry) -> Self {
        Reencrypt {
            registry,
            limits: Limits::new(),
            dry_run: false,
            progress: None,
            row_ids: Vec::new(),
        }
    }

    /// How much at a time.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Opens and seals as if, in transactions in which the server refuses to write.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Told after each transaction.
    pub fn on_progress(mut self, report: impl FnMut(&Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// How the id of a row is made that the [`RowBound`](crate::encryption::RowBound) values of a column
    /// were sealed for, from the key of the row. Without it such values are skipped, and listed.
    pub fn row_ids(
        mut self,
        table: &str,
        column: &str,
        id: impl Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a,
    ) -> Self {
        self.row_ids
            .push((table.to_owned(), column.to_owned(), Box::new(id)));
        self
    }

    /// Runs it for the tenant of the scope.
    ///
    /// # Errors
    /// Any [`OperationError`] except those of destroying and of plaintext columns. What was committed
    /// before stays.
    #[cfg(feature = "async")]
    pub async fn run<C: AsyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        keyring: &Keyring,
    ) -> Result<ReencryptReport, OperationError> {
        self.go(&mut Asynchronous(conn), keyring).await
    }

    /// Runs it for the tenant of the scope.
    ///
    /// # Errors
    /// Any [`OperationError`] except those of destroying and of plaintext columns. What was committed
    /// before stays.
    #[cfg(feature = "postgres")]
    pub fn run_blocking<C: SyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        keyring: &Keyring,
    ) -> Result<ReencryptReport, OperationError> {
        tenancy_core::encryption::wait(self.go(&mut Blocking(conn), keyring))
    }

    async fn go<S: Session>(
        mut self,
        session: &mut S,
        keyring: &Keyring,
    ) -> Result<ReencryptReport, OperationError> {
        check(session, self.registry)?;
        self.check_row_ids()?;
        let keys = keys::newest(keyring, session.tenant()).await?;
        let mut columns = Vec::new();
        let mut ledger = Ledger::default();
        for table in encrypted_tables(self.registry) {
            let shape = Shape::load(session, &self.limits, self.registry, table).await?;
            for column in table.encrypted {
                let (tally, problems) =
                    self.column(session, keyring, &keys, &shape, column).await?;
                ledger.append(problems);
                columns.push(ColumnTally {
                    table: table.path,
                    column: column.column,
                    tally,
                });
            }
        }
        let inventory = count(session, self.registry, &self.limits).await?;
        keyring.unlock(session.tenant()).await?;
        let active = keys.active_generation()?;
        Ok(ReencryptReport::new(
            self.dry_run,
            active,
            columns,
            ledger,
            inventory,
        ))
    }

    fn check_row_ids(&self) -> Result<(), OperationError> {
        for (table, column, _) in &self.row_ids {
            let declared = self.registry.table(table).is_some_and(|table| {
                table
                    .encrypted
                    .iter()
                    .any(|encrypted| encrypted.column == column)
            });
            if !declared {
                return Err(OperationError::NotEncrypted {
                    table: table.clone(),
                    column: column.clone(),
                });
            }
        }
        Ok(())
    }

    /// Goes through a column until nobody was in the way.
    async fn column<S: Session>(
        &mut self,
        session: &mut S,
        keyring: &Keyring,
        keys: &TenantKeys,
        shape: &Shape<'_>,
        column: &EncryptedColumn,
    ) -> Result<(Tally, Ledger), OperationError> {
        let mut done = 0;
        let mut number = 1;
        loop {
            let last = number == PASSES || self.dry_run;
            let mut paging = Paging::new(last);
            while !paging.is_over() {
                // The table outlives a lease.
                keyring.unlock(session.tenant()).await?;
                let row_id = self
                    .row_ids
                    .iter()
                    .find(|(table, name, _)| table == shape.table.path && name == column.column);
                let row_id = row_id.map(|(_, _, make)| make);
                let step = page(
                    session,
                    &self.limits,
                    self.dry_run,
                    keys,
                    shape,
                    column,
                    row_id,
                    &mut paging,
                );
                if step.await?.met_newer {
                    keys::newest(keyring, session.tenant()).await?;
                }
                if let Some(report) = &mut self.progress {
                    let mut tally = paging.tally;
                    tally.done += done;
                    report(&Progress {
                        table: shape.table.path,
                        column: column.column,
                        pass: number,
                        tally,
                    });
                }
                if !self.limits.pause.is_zero() {
                    session.pause(self.limits.pause).await;
                }
            }
            done += paging.tally.done;
            if last || paging.missed == 0 {
                let tally = Tally {
                    done,
                    ..paging.tally
                };
                return Ok((tally, paging.ledger));
            }
            number += 1;
        }
    }
}

impl fmt::Debug for Reencrypt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reencrypt")
            .field("limits", &self.limits)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}
