//! Erasing a tenant: its rows, what holds data of it outside of the tables, and its keys.
//!
//! `Erasure::plan` finds every table that holds rows of the tenant, from the registry *and* the live catalog,
//! and counts them. It refuses as long as there is a table of which nobody has said what becomes of it.
//! `Erasure::execute` deletes in batches, those that point to others first, then erases the
//! [`Target`]s, shreds the keys, looks whether anything is left, and returns a [`Report`].
//!
//! ```no_run
//! # #[cfg(feature = "async")]
//! # mod example {
//! # use std::sync::Arc;
//! # use tenancy_diesel::Registry;
//! # use tenancy_diesel::erasure::Target;
//! # async fn run(
//! #     registry: &'static Registry,
//! #     mut conn: diesel_async::AsyncPgConnection,
//! #     files: Arc<dyn Target>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::erasure::Erasure;
//!
//! let erasure = Erasure::new(registry)
//!     .requested_by("alice@example.org", "contract 4711 has ended")
//!     .target(files)
//!     .anonymise("audit_log", |fields| fields.null("actor_email").text("actor_name", "erased"))
//!     .leave("invoices_archive", "ten years, by law");
//!
//! let plan = erasure.plan(&mut conn, &7i64).await?;
//! println!("{plan}");
//! let report = erasure.execute(&mut conn, &plan, |progress| println!("{progress}")).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! # What it guarantees
//!
//! - **Confined.** It runs as the eraser, a role that the policies hold to one tenant; see
//!   [`PolicyOptions::eraser_role`](crate::PolicyOptions::eraser_role). A connection of a superuser, of a role with
//!   BYPASSRLS, of an owner, or one that begins with a tenant is refused, with the findings of the
//!   [auditor](crate::audit). The tenant is an argument, and never that of the task. Each statement names it in
//!   its condition and runs under row-level security.
//! - **Nobody else's rows.** Where a foreign key would delete or change rows that are not the tenant's, the
//!   batch is rolled back.
//! - **Resumable.** How far it came stands in `tenancy.erasures`, each row committed with its batch. It may be
//!   killed anywhere; running it again goes on, under the same id. Running it once more finds nothing.
//! - **Verified.** At the end the tables are looked for in the catalog once more, and counted.
//!
//! On synchronous connections there are `plan_blocking` and `execute_blocking`.
//!
//! What it cannot reach is in [`Report::copies`]: backups, the write-ahead log, replicas that lag, and dead row
//! versions until VACUUM.

mod catalog;
mod decisions;
mod error;
mod execute;
mod extended;
mod graph;
mod layout;
mod ledger;
mod link;
mod owner;
mod plan;
mod progress;
mod replay;
mod session;
#[cfg(feature = "bb8")]
mod sink;
mod sql;
mod steps;
mod survey;

pub use decisions::Anonymised;
pub use error::{ErasureError, UnknownTable};
pub use plan::{Plan, PlannedTable};
pub use progress::Progress;
pub use replay::{Replay, ReplayError, ReplayState, ReplayedTenant};
#[cfg(feature = "bb8")]
pub use sink::PgReceiptSink;
pub use tenancy_core::erasure::{Amount, Left, Report, Step, StepKind, Target, TargetError};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;
#[cfg(feature = "encryption")]
use tenancy_core::encryption::Keyring;
#[cfg(feature = "sealed")]
use tenancy_core::sealed::Sealer;

use self::decisions::Decision;
use self::session::Limits;
use crate::{Registry, SqlTenantId};

/// How a tenant is erased: what becomes of the tables, and what else holds data of it.
#[must_use]
pub struct Erasure<'r> {
    registry: &'r Registry,
    purpose: (String, String),
    decisions: Vec<(String, Decision)>,
    targets: Vec<Arc<dyn Target>>,
    #[cfg(feature = "encryption")]
    keyring: Option<Keyring>,
    #[cfg(feature = "sealed")]
    sealer: Option<Sealer>,
    copies: Vec<String>,
    limits: Limits,
}

impl<'r> Erasure<'r> {
    /// An erasure in the database of this registry.
    pub fn new(registry: &'r Registry) -> Self {
        Erasure {
            registry,
            purpose: Default::default(),
            decisions: Vec::new(),
            targets: Vec::new(),
            #[cfg(feature = "encryption")]
            keyring: None,
            #[cfg(feature = "sealed")]
            sealer: None,
            copies: Vec::new(),
            limits: Limits {
                batch: 5_000,
                pause: Duration::ZERO,
                statement_timeout: Duration::from_secs(600),
                lock_timeout: Duration::from_millis(500),
            },
        }
    }

    /// Who asks for it and why, for people to read: at most 256 and 2000 bytes, without control characters.
    /// An erasure needs both.
    pub fn requested_by(mut self, actor: impl Into<String>, reason: impl Into<String>) -> Self {
        self.purpose = (actor.into(), reason.into());
        self
    }

    /// Erases this target too, after the rows and before the keys, in the order of these calls.
    pub fn target(mut self, target: Arc<dyn Target>) -> Self {
        self.targets.push(target);
        self
    }

    /// Shreds the tenant's keys at the end. A tenant without keys has nothing to be shredded.
    #[cfg(feature = "encryption")]
    pub fn keys(mut self, keyring: &Keyring) -> Self {
        self.keyring = Some(keyring.clone());
        self
    }

    /// Seals the tenant for policies that take nothing else: see
    /// [`PolicyOptions::sealed`](crate::PolicyOptions::sealed).
    #[cfg(feature = "sealed")]
    pub fn sealer(mut self, sealer: &Sealer) -> Self {
        self.sealer = Some(sealer.clone());
        self
    }

    /// Keeps the rows of a table and replaces some of their fields, such as those of an audit log. The eraser
    /// needs UPDATE on the columns.
    ///
    /// The rows must not point to rows that go: set such a column to NULL, or drop the constraint.
    pub fn anonymise(
        self,
        table: impl Into<String>,
        fields: impl FnOnce(Anonymised) -> Anonymised,
    ) -> Self {
        self.decide(table, Decision::Anonymise(fields(Anonymised::new())))
    }

    /// Erases the rows of a table that the registry excludes or does not have: `legacy_events`, or
    /// `billing.legacy_events`. It needs the policies that the tables of the registry have.
    pub fn also(self, table: impl Into<String>) -> Self {
        self.decide(table, Decision::Also)
    }

    /// Leaves a table as it is, for a reason that stands in the report.
    pub fn leave(self, table: impl Into<String>, reason: impl Into<String>) -> Self {
        self.decide(table, Decision::Leave(reason.into()))
    }

    fn decide(mut self, table: impl Into<String>, decision: Decision) -> Self {
        self.decisions.push((table.into(), decision));
        self
    }

    /// Where else copies remain, for the report: `weekly dumps, kept for 90 days`.
    pub fn copy_remains(mut self, place: impl Into<String>) -> Self {
        self.copies.push(place.into());
        self
    }

    /// The most rows in a transaction, at least 1; 5,000 unless it is set. Rows that point to each other in a
    /// circle go in one transaction, however many they are.
    pub fn batch(mut self, rows: u32) -> Self {
        self.limits.batch = rows.max(1);
        self
    }

    /// The pause after each batch: the throttle. It needs tokio's time driver.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.limits.pause = pause;
        self
    }

    /// `statement_timeout` of a batch, 10 minutes unless it is set. Zero is none.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.limits.statement_timeout = timeout;
        self
    }

    /// `lock_timeout`, half a second unless it is set. Zero is none. What is held by others for longer is met
    /// again in the next round.
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.limits.lock_timeout = timeout;
        self
    }

    /// Finds what holds data of the tenant, and counts it. Nothing is changed.
    ///
    /// It works on a connection of the eraser.
    ///
    /// # Errors
    /// Any [`ErasureError`] that says why an erasure would be refused.
    #[cfg(feature = "async")]
    pub async fn plan<Id: SqlTenantId>(
        &self,
        conn: &mut AsyncPgConnection,
        tenant: &Id,
    ) -> Result<Plan<Id>, ErasureError> {
        self.make_plan(conn, tenant).await
    }

    /// `plan` on a synchronous connection. The targets are waited for on this thread.
    ///
    /// # Errors
    /// As `plan`.
    #[cfg(feature = "postgres")]
    pub fn plan_blocking<Id: SqlTenantId>(
        &self,
        conn: &mut diesel::PgConnection,
        tenant: &Id,
    ) -> Result<Plan<Id>, ErasureError> {
        tenancy_core::wait(self.make_plan(conn, tenant))
    }

    /// Carries a plan out, or goes on where it was cut off.
    ///
    /// The plan is compared with the database first. `progress` is told after each transaction.
    ///
    /// # Errors
    /// Any [`ErasureError`]. What was committed stays; plan again, and execute the new plan.
    #[cfg(feature = "async")]
    pub async fn execute<Id: SqlTenantId>(
        &self,
        conn: &mut AsyncPgConnection,
        plan: &Plan<Id>,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Report, ErasureError> {
        self.carry_out(conn, plan, &mut progress).await
    }

    /// `execute` on a synchronous connection. The targets and the key store are waited for on
    /// this thread.
    ///
    /// # Errors
    /// As `execute`.
    #[cfg(feature = "postgres")]
    pub fn execute_blocking<Id: SqlTenantId>(
        &self,
        conn: &mut diesel::PgConnection,
        plan: &Plan<Id>,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Report, ErasureError> {
        tenancy_core::wait(self.carry_out(conn, plan, &mut progress))
    }
}

impl fmt::Debug for Erasure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Erasure")
            .field("decisions", &self.decisions)
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}
