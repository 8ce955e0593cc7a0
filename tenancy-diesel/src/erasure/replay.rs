//! What was erased before a backup was restored, erased again.

use std::fmt;

#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;
use tenancy_core::CanonicalTenant;
use tenancy_core::erasure::Report;
use tenancy_core::erasure::receipts::{Chain, ReceiptError};

use super::error::ErasureError;
use super::execute::Reporter;
use super::link::Door;
use super::session::Mode;
use super::{Erasure, Plan, Progress, ledger};
use crate::{InvalidTenantId, SqlTenantId, search_path};

/// How an id is made of its text.
type Parse<'a, Id> = &'a (dyn Fn(&str) -> Result<Id, InvalidTenantId> + Sync);

/// The tenants whose erasures the database does not know of, or whose rows are there again: what a restored backup
/// brought back.
///
/// It begins with a [`Chain`] of receipts that were kept outside of the database, so every signature was verified and
/// none is missing before the last. The ledger of the database, `tenancy.erasures`, was restored with the rest, so what
/// it lacks was erased after the backup was taken.
///
/// ```no_run
/// # mod example {
/// # use tenancy_diesel::erasure::Erasure;
/// # use tenancy_core::erasure::receipts::{Chain, Directory, TrustedKeys};
/// # async fn run(
/// #     erasure: &Erasure<'_>,
/// #     mut conn: diesel_async::AsyncPgConnection,
/// #     trusted: TrustedKeys,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::erasure::Replay;
///
/// let chain = Chain::load(&Directory::open("/mnt/receipts")?, &trusted).await?;
/// let replay = Replay::<uuid::Uuid>::plan(erasure, &mut conn, &chain, "shop").await?;
/// for tenant in replay.tenants() {
///     println!("receipt {}: {:?}, {} rows", tenant.receipt, tenant.state, tenant.plan.rows());
/// }
/// for report in replay.execute(erasure, &mut conn, |progress| println!("{progress}")).await? {
///     println!("{report}");
/// }
/// # Ok(())
/// # }
/// # }
/// ```
#[must_use = "a plan erases nothing"]
pub struct Replay<Id> {
    tenants: Vec<ReplayedTenant<Id>>,
    again: bool,
    known: usize,
    others: usize,
}

/// A tenant of a [`Replay`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReplayedTenant<Id> {
    /// The newest receipt of its erasure.
    pub receipt: u64,
    /// What the database says.
    pub state: ReplayState,
    /// What there is to be erased.
    pub plan: Plan<Id>,
}

/// What a database says of an erasure that there is a receipt of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayState {
    /// Its ledger does not have the erasure: the backup was taken before it.
    Missing,
    /// Its ledger has the erasure, and there are rows: they were restored without the ledger, or the id was given to a
    /// new tenant.
    Again,
}

impl<Id: SqlTenantId> Replay<Id> {
    /// Compares the receipts with the database. Nothing is changed.
    ///
    /// Only receipts of the database with this name count: a sink may be shared, and another database may have another
    /// tenant of the same id. It is the name at the time of the erasures, so that a backup may be restored under another.
    ///
    /// # Errors
    /// [`ReplayError::Receipt`] when a report is of a form that this release does not know, or of a tenant that cannot
    /// be one here, and [`ReplayError::Erasure`] as [`Erasure::plan`] has it.
    #[cfg(feature = "async")]
    pub async fn plan(
        erasure: &Erasure<'_>,
        conn: &mut AsyncPgConnection,
        chain: &Chain,
        database: &str,
    ) -> Result<Self, ReplayError> {
        Replay::compare(erasure, conn, chain, database, &Id::parse).await
    }

    /// `plan` on a synchronous connection.
    ///
    /// # Errors
    /// As `plan`.
    #[cfg(feature = "postgres")]
    pub fn plan_blocking(
        erasure: &Erasure<'_>,
        conn: &mut diesel::PgConnection,
        chain: &Chain,
        database: &str,
    ) -> Result<Self, ReplayError> {
        Replay::plan_blocking_as(erasure, conn, chain, database, &Id::parse)
    }

    /// `plan_blocking` with ids that cannot be read without more than their texts, such as the variable of a
    /// registry that is known only when the program runs.
    #[cfg(feature = "postgres")]
    #[doc(hidden)]
    pub fn plan_blocking_as(
        erasure: &Erasure<'_>,
        conn: &mut diesel::PgConnection,
        chain: &Chain,
        database: &str,
        parse: Parse<'_, Id>,
    ) -> Result<Self, ReplayError> {
        tenancy_core::wait(Replay::compare(erasure, conn, chain, database, parse))
    }

    async fn compare<D: Door>(
        erasure: &Erasure<'_>,
        conn: &mut D,
        chain: &Chain,
        database: &str,
        parse: Parse<'_, Id>,
    ) -> Result<Self, ReplayError> {
        let mut replay = Replay {
            tenants: Vec::new(),
            again: false,
            known: 0,
            others: 0,
        };
        let mut seen = Vec::new();
        // The newest first: of a tenant that was erased twice, that one counts.
        for receipt in chain.receipts().iter().rev() {
            let number = receipt.number();
            let report = receipt
                .report()
                .map_err(|error| ReplayError::Receipt { number, error })?;
            if report.database != database {
                replay.others += 1;
                continue;
            }
            if seen.contains(&report.tenant) {
                continue;
            }
            seen.push(report.tenant.clone());
            let tenant =
                parse(report.tenant.as_str()).map_err(|_| ReplayError::Tenant { number })?;
            let is_known = erasure.knows(conn, &tenant, &report).await?;
            let plan = erasure.make_plan(conn, &tenant).await?;
            let state = match (is_known, plan.is_empty()) {
                (false, _) => ReplayState::Missing,
                (true, false) => ReplayState::Again,
                (true, true) => {
                    replay.known += 1;
                    continue;
                }
            };
            replay.tenants.push(ReplayedTenant {
                receipt: number,
                state,
                plan,
            });
        }
        replay.tenants.reverse();
        Ok(replay)
    }

    /// Erases those tenants as well whose erasure the ledger has and whose rows are there again. Without it they are only
    /// listed, because the id may belong to a new tenant.
    pub fn also_again(mut self) -> Self {
        self.again = true;
        self
    }

    /// Those for whom there is something to do, in the order of their receipts.
    pub fn tenants(&self) -> &[ReplayedTenant<Id>] {
        &self.tenants
    }

    /// How many tenants are erased here as their receipts say.
    pub fn known(&self) -> usize {
        self.known
    }

    /// How many receipts are of other databases.
    pub fn of_other_databases(&self) -> usize {
        self.others
    }

    /// Erases them, one after the other, and returns the reports. It may be cut off anywhere; plan and execute again
    /// then.
    ///
    /// # Errors
    /// [`ReplayError::Erasure`] as [`Erasure::execute`] has it. Those before it are erased.
    #[cfg(feature = "async")]
    pub async fn execute(
        &self,
        erasure: &Erasure<'_>,
        conn: &mut AsyncPgConnection,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Vec<Report>, ReplayError> {
        self.carry_out(erasure, conn, &mut progress).await
    }

    /// `execute` on a synchronous connection.
    ///
    /// # Errors
    /// As `execute`.
    #[cfg(feature = "postgres")]
    pub fn execute_blocking(
        &self,
        erasure: &Erasure<'_>,
        conn: &mut diesel::PgConnection,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Vec<Report>, ReplayError> {
        tenancy_core::wait(self.carry_out(erasure, conn, &mut progress))
    }

    async fn carry_out<D: Door>(
        &self,
        erasure: &Erasure<'_>,
        conn: &mut D,
        progress: Reporter<'_>,
    ) -> Result<Vec<Report>, ReplayError> {
        let mut reports = Vec::new();
        for tenant in &self.tenants {
            if tenant.state == ReplayState::Again && !self.again {
                continue;
            }
            reports.push(
                erasure
                    .carry_out(conn, &tenant.plan, &mut *progress)
                    .await?,
            );
        }
        Ok(reports)
    }
}

impl Erasure<'_> {
    /// The reports of the tenant's erasures that are finished, as the ledger has them, the oldest first. For the receipt
    /// of an erasure that was cut off between its end and its receipt:
    /// [`Issuer::issue`](tenancy_core::erasure::receipts::Issuer::issue) hands out the one that is there, or issues it.
    ///
    /// # Errors
    /// [`ErasureError`], when the ledger cannot be read.
    #[cfg(feature = "async")]
    pub async fn finished<Id: SqlTenantId>(
        &self,
        conn: &mut AsyncPgConnection,
        tenant: &Id,
    ) -> Result<Vec<Report>, ErasureError> {
        self.read_finished(conn, tenant).await
    }

    /// `finished` on a synchronous connection.
    ///
    /// # Errors
    /// As `finished`.
    #[cfg(feature = "postgres")]
    pub fn finished_blocking<Id: SqlTenantId>(
        &self,
        conn: &mut diesel::PgConnection,
        tenant: &Id,
    ) -> Result<Vec<Report>, ErasureError> {
        tenancy_core::wait(self.read_finished(conn, tenant))
    }

    async fn read_finished<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
    ) -> Result<Vec<Report>, ErasureError> {
        let canonical: CanonicalTenant = self.check(conn, tenant)?;
        let mut session = self.session(conn, tenant)?;
        let closure = session.begin(Mode::Read).await?;
        let found = async {
            session.set(search_path::TRUSTED).await?;
            ledger::finished(&mut session, canonical.as_str()).await
        };
        let found = found.await;
        session.finish(closure, found).await
    }

    /// Whether the ledger has this erasure, or a later one of the tenant.
    async fn knows<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
        report: &Report,
    ) -> Result<bool, ErasureError> {
        // Times in this form are in the order of their texts.
        let finished = self.read_finished(conn, tenant).await?;
        let is_it = |other: &Report| other.finished >= report.finished;
        Ok(finished.iter().any(is_it))
    }
}

impl<Id> fmt::Debug for Replay<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("tenants", &self.tenants.len())
            .field("known", &self.known)
            .field("of_other_databases", &self.others)
            .finish_non_exhaustive()
    }
}

/// Why receipts could not be compared with a database, or erasures not be done again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The report of a receipt cannot be read.
    #[error("receipt {number} cannot be read; nothing is erased while it is not known what was")]
    Receipt {
        /// The number of the receipt.
        number: u64,
        /// Why.
        #[source]
        error: ReceiptError,
    },
    /// The tenant of a receipt cannot be one of this registry.
    #[error(
        "receipt {number} is of a tenant that this database cannot have; are these its receipts?"
    )]
    Tenant {
        /// The number of the receipt.
        number: u64,
    },
    /// The erasure was refused, or stopped.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
}
