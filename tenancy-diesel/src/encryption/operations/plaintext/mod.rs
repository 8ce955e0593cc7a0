//! Moving a plaintext column into an encrypted one.

mod page;
mod plain;
mod report;
mod sql;

use std::fmt;

use diesel::Expression;
use diesel::query_source::Column as DieselColumn;
pub use plain::Plain;
pub use report::PlaintextReport;
use tenancy_core::encryption::{BlindIndexSpec, Label, RowId};

use self::page::{Paging, Work};
use super::progress::{Progress, Reporter, Tally};
#[cfg(feature = "async")]
use super::session::Asynchronous;
#[cfg(feature = "postgres")]
use super::session::Blocking;
use super::session::{Session, check};
use super::shape::Shape;
use super::{KeysFrom, Ledger, Limits, OperationError, RowKey};
#[cfg(feature = "async")]
use crate::AsyncScopeConnection;
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::encryption::IndexLabel;
use crate::encryption::blind_index::IndexType;
use crate::{EncryptedColumn, Registry, Scoped, SqlTenantId, Table};

/// How often the table is gone through while others hold its rows.
const PASSES: u32 = 5;

type MakeRowId<'a> = Box<dyn Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a>;

/// Fills an encrypted column from the plaintext column beside it.
///
/// The two are different columns, also for `bytea`: in one column a reader would have to accept both
/// forms meanwhile, and whoever can write to the table could then have plaintext accepted for ever. The
/// way of an application is:
///
/// 1. Add the encrypted column, nullable, and declare it. Deploy a version that writes both columns and reads
///    the plaintext.
/// 2. Run this for every tenant until [`is_complete`](PlaintextReport::is_complete). It fills what is NULL, and
///    overwrites nothing, so it may be run at any time and killed anywhere. At the end it compares both columns
///    of all rows, and lists those where a writer has changed one of them alone.
/// 3. Deploy a version that reads and writes the encrypted column alone.
/// 4. Drop the plaintext column with [`drop_sql`](EncryptPlaintext::drop_sql).
///
/// Rows are locked while they are read, sealed, written and read back, a page at a time, so that no plaintext
/// has to be bound: it would stand in the log of a server that logs statements.
///
/// ```no_run
/// # #[cfg(all(feature = "async", feature = "uuid"))] mod example {
/// # use tenancy_diesel::encryption::{BlindIndexSpec, Keyring, Normaliser};
/// # pub const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);
/// # mod schema {
/// #     tenancy_diesel::tenant_schema! {
/// #         include = "../../../doc/secrets.rs",
/// #         tenant = tenant_id: uuid::Uuid,
/// #         encrypted = [people.email as "people.email"],
/// #         blind_indexes = [people.email_index as "people.email": super::EMAIL],
/// #     }
/// # }
/// # async fn example(
/// #     mut conn: schema::Scoped<diesel_async::AsyncPgConnection>,
/// #     keyring: &Keyring,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::encryption::operations::EncryptPlaintext;
///
/// let report = EncryptPlaintext::<String>::new(&schema::REGISTRY, "people", "plain_email", "email")
///     .blind_index(schema::people::email_index)
///     .run(&mut conn, keyring)
///     .await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// # }
/// ```
#[must_use = "nothing happens until it is run"]
pub struct EncryptPlaintext<'a, T> {
    registry: &'a Registry,
    table: String,
    plaintext: String,
    sealed: String,
    limits: Limits,
    dry_run: bool,
    progress: Option<Reporter<'a>>,
    row_id: Option<MakeRowId<'a>>,
    index: Option<Index<T>>,
}

/// A blind index to be filled as well.
pub(super) struct Index<T> {
    column: &'static str,
    label: Label,
    spec: BlindIndexSpec,
    text: fn(&T) -> &str,
}

impl<'a, T: Plain> EncryptPlaintext<'a, T> {
    /// Fills the column `sealed` of a table from its column `plaintext`. The table is named by its Rust path
    /// below the schema module, the columns as in the database. `T` is what the application will load:
    /// `Encrypted<T>`.
    pub fn new(registry: &'a Registry, table: &str, plaintext: &str, sealed: &str) -> Self {
        EncryptPlaintext {
            registry,
            table: table.to_owned(),
            plaintext: plaintext.to_owned(),
            sealed: sealed.to_owned(),
            limits: Limits::new(),
            dry_run: false,
            progress: None,
            row_id: None,
            index: None,
        }
    }

    /// How much at a time.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads and seals as if, in transactions in which the server refuses to write.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Told after each transaction.
    pub fn on_progress(mut self, report: impl FnMut(&Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// Seals [`RowBound`](crate::encryption::RowBound) values, for the ids that are made from the keys of the
    /// rows. A row for which there is none is not sealed.
    pub fn row_bound(mut self, id: impl Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a) -> Self {
        self.row_id = Some(Box::new(id));
        self
    }

    /// Runs it for the tenant of the scope.
    ///
    /// # Errors
    /// Any [`OperationError`] except those of destroying. What was committed before stays.
    #[cfg(feature = "async")]
    pub async fn run<'k, C: AsyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        keys: impl Into<KeysFrom<'k>>,
    ) -> Result<PlaintextReport, OperationError> {
        self.go(&mut Asynchronous(conn), keys.into()).await
    }

    /// Runs it for the tenant of the scope.
    ///
    /// # Errors
    /// Any [`OperationError`] except those of destroying. What was committed before stays.
    #[cfg(feature = "postgres")]
    pub fn run_blocking<'k, C: SyncScopeConnection, Id: SqlTenantId>(
        self,
        conn: &mut Scoped<C, Id>,
        keys: impl Into<KeysFrom<'k>>,
    ) -> Result<PlaintextReport, OperationError> {
        tenancy_core::encryption::wait(self.go(&mut Blocking(conn), keys.into()))
    }

    /// A script that drops the plaintext column, if no row of any tenant is left that has a plaintext alone.
    ///
    /// Run it as a role that sees all rows: where row-level security would hide some from it, it fails. What it
    /// drops is still in the pages of the table until they are rewritten, with `VACUUM FULL` for example, and in
    /// the write-ahead log, in replicas and in backups.
    ///
    /// # Errors
    /// [`OperationError::NotEncrypted`] and [`OperationError::AlreadyEncrypted`].
    pub fn drop_sql(&self) -> Result<String, OperationError> {
        let (table, _) = self.declared()?;
        Ok(sql::drop_plaintext(table, &self.plaintext, &self.sealed))
    }

    fn declared(&self) -> Result<(&'static Table, &'static EncryptedColumn), OperationError> {
        let find = |table: &'static Table, column: &str| {
            table
                .encrypted
                .iter()
                .find(|encrypted| encrypted.column == column)
        };
        let table = self.registry.table(&self.table);
        let declared = table.and_then(|table| Some((table, find(table, &self.sealed)?)));
        let (table, column) = declared.ok_or_else(|| OperationError::NotEncrypted {
            table: self.table.clone(),
            column: self.sealed.clone(),
        })?;
        if find(table, &self.plaintext).is_some() {
            return Err(OperationError::AlreadyEncrypted {
                table: table.path,
                column: self.plaintext.clone(),
            });
        }
        Ok((table, column))
    }

    async fn go<S: Session>(
        mut self,
        session: &mut S,
        from: KeysFrom<'_>,
    ) -> Result<PlaintextReport, OperationError> {
        check(session, self.registry)?;
        let (table, column) = self.declared()?;
        let keys = from.newest(session.tenant()).await?;
        let shape = Shape::load(session, &self.limits, self.registry, table).await?;
        let mut progress = self.progress.take();
        let work = Work {
            keys: &keys,
            shape: &shape,
            column,
            row_id: self.row_id.as_ref(),
            index: self.index.as_ref(),
            limits: &self.limits,
            dry_run: self.dry_run,
            sql: sql::Sql::new::<T>(&shape, column, &self.plaintext, self.index.as_ref())?,
        };
        let mut tally = Tally::default();
        let mut ledger = Ledger::default();
        for pass in 1..=PASSES {
            let mut paging = Paging::default();
            while !paging.over {
                // The table outlives a lease.
                from.prolong(session.tenant()).await?;
                work.fill(session, &mut paging).await?;
                if let Some(report) = &mut progress {
                    let done = tally.done + paging.tally.done;
                    let tally = Tally {
                        done,
                        ..paging.tally
                    };
                    report(&Progress {
                        table: table.path,
                        column: column.column,
                        pass,
                        tally,
                    });
                }
                if !self.limits.pause.is_zero() {
                    session.pause(self.limits.pause).await;
                }
            }
            tally = Tally {
                done: tally.done + paging.tally.done,
                ..paging.tally
            };
            ledger = paging.ledger;
            if self.dry_run || work.unsealed(session).await? <= tally.failed + tally.skipped {
                break;
            }
        }
        let mut checked = Paging::default();
        while !checked.over {
            from.prolong(session.tenant()).await?;
            work.compare(session, &mut checked).await?;
            if !self.limits.pause.is_zero() {
                session.pause(self.limits.pause).await;
            }
        }
        if !self.dry_run {
            ledger = Ledger::default();
        }
        ledger.append(checked.ledger);
        Ok(PlaintextReport {
            dry_run: self.dry_run,
            table: table.path,
            column: column.column,
            tally,
            equal: checked.tally.done,
            unsealed: work.unsealed(session).await?,
            ledger,
        })
    }
}

impl EncryptPlaintext<'_, String> {
    /// Fills this [`BlindIndex`](crate::encryption::BlindIndex) column of the table as well.
    pub fn blind_index<C>(mut self, _: C) -> Self
    where
        C: DieselColumn + Expression,
        C::SqlType: IndexType<Label: IndexLabel>,
    {
        self.index = Some(Index {
            column: C::NAME,
            label: <<C::SqlType as IndexType>::Label as IndexLabel>::LABEL,
            spec: <<C::SqlType as IndexType>::Label as IndexLabel>::SPEC,
            text: String::as_str,
        });
        self
    }
}

impl<T> fmt::Debug for EncryptPlaintext<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptPlaintext")
            .field("table", &self.table)
            .field("plaintext", &self.plaintext)
            .field("sealed", &self.sealed)
            .finish_non_exhaustive()
    }
}
