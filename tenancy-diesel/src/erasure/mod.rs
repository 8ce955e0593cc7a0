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
use std::time::{Duration, Instant};

#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;
use tenancy_core::CanonicalTenant;
#[cfg(feature = "encryption")]
use tenancy_core::encryption::{Keyring, KeyringError};
#[cfg(feature = "sealed")]
use tenancy_core::sealed::Sealer;

use self::catalog::Catalog;
use self::decisions::Decision;
use self::execute::{Reporter, Run};
use self::layout::{Layout, QUEUE};
use self::link::{Door, Link};
use self::session::{Limits, Mode, Session};
use crate::purpose::Purpose;
use crate::{Registry, ScopeError, SqlTenantId};

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

/// What the database has, with what is done about it.
struct Survey {
    layout: Layout,
    rows: Vec<u64>,
    unfinished: Option<String>,
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

    async fn make_plan<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
    ) -> Result<Plan<Id>, ErasureError> {
        let canonical = self.check(conn, tenant)?;
        let survey = self.survey(conn, tenant, &canonical).await?;
        let mut targets = Vec::new();
        for target in &self.targets {
            let amount = target.count(&canonical).await;
            targets.push((target.name().to_owned(), amount.map_err(of(&**target))?));
        }
        Ok(Plan {
            tenant: tenant.clone(),
            layout: survey.layout,
            rows: survey.rows,
            targets,
            shreds: self.shreds(),
            unfinished: survey.unfinished,
        })
    }

    async fn carry_out<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        plan: &Plan<Id>,
        progress: Reporter<'_>,
    ) -> Result<Report, ErasureError> {
        let purpose = Purpose::parse(&self.purpose.0, &self.purpose.1)?;
        let tenant = self.check(conn, &plan.tenant)?;
        let survey = self.survey(conn, &plan.tenant, &tenant).await?;
        unchanged(&plan.layout, &survey.layout)?;
        let mut session = self.session(conn, &plan.tenant)?;
        let erasure = ledger::begin(&mut session, tenant.as_str(), &purpose).await?;
        let mut run = Run {
            session,
            layout: &plan.layout,
            tenant,
            erasure,
            batch: self.limits.batch,
            progress,
            done: vec![0; plan.layout.tables.len()],
            total: survey.rows.clone(),
            rounds: execute::rounds(),
        };
        run.tables(survey.rows).await?;
        for target in &self.targets {
            self.erase(&mut run, &**target).await?;
        }
        #[cfg(feature = "encryption")]
        let keys = self.shred(&mut run, &plan.tenant).await?;
        #[cfg(not(feature = "encryption"))]
        let keys = Vec::new();
        self.verify(&mut run).await?;
        run.finish(|report, now| self.complete(report, &plan.layout, now, keys))
            .await
    }

    fn check<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
    ) -> Result<CanonicalTenant, ErasureError> {
        let canonical = CanonicalTenant::of(tenant).map_err(ScopeError::from)?;
        if self.registry.variable != tenant.variable() || self.registry.tenant_type != Id::PG_TYPE {
            return Err(ErasureError::OtherSchema);
        }
        if !conn.is_free() {
            return Err(ErasureError::InTransaction);
        }
        let mut names: Vec<&str> = self.targets.iter().map(|target| target.name()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ErasureError::TargetTwice {
                name: pair[0].to_owned(),
            }),
            None => Ok(canonical),
        }
    }

    fn session<'c, D: Door, Id: SqlTenantId>(
        &self,
        conn: &'c mut D,
        tenant: &Id,
    ) -> Result<Session<D::Link<'c, Id>>, ErasureError> {
        #[cfg(feature = "sealed")]
        let sealing = self.sealer.as_ref();
        #[cfg(not(feature = "sealed"))]
        let sealing = None;
        let link = conn.open(tenant.clone(), sealing)?;
        Ok(Session::new(link, self.limits))
    }

    /// What the catalog and the caller say of the tables, whether the role is confined to the tenant in all of
    /// them, and how many rows there are.
    async fn survey<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
        canonical: &CanonicalTenant,
    ) -> Result<Survey, ErasureError> {
        let mut session = self.session(conn, tenant)?;
        let closure = session.begin(Mode::Read).await?;
        let found = self.look(&mut session).await;
        let (layout, registry) = session.finish(closure, found).await?;
        drop(session);

        let report = conn.audit(&registry).await?;
        let findings: Vec<_> = report.errors().cloned().collect();
        if !findings.is_empty() {
            return Err(ErasureError::NotConfined { findings });
        }

        let mut session = self.session(conn, tenant)?;
        let closure = session.begin(Mode::Read).await?;
        let counted = async {
            let rows = execute::count(&mut session, &layout, canonical).await?;
            session.set(crate::search_path::TRUSTED).await?;
            let unfinished = ledger::unfinished(&mut session, canonical.as_str()).await?;
            Ok((rows, unfinished))
        };
        let counted = counted.await;
        let (rows, unfinished) = session.finish(closure, counted).await?;
        Ok(Survey {
            layout,
            rows,
            unfinished,
        })
    }

    async fn look<L: Link>(
        &self,
        session: &mut Session<L>,
    ) -> Result<(Layout, Registry), ErasureError> {
        let catalog = Catalog::load(session, self.registry).await?;
        if catalog.server.is_standby {
            return Err(ErasureError::Standby);
        }
        if !catalog.server.has_ledger {
            return Err(ErasureError::NotMigrated);
        }
        if !catalog.server.keeps_ledger {
            return Err(ErasureError::Privileges {
                missing: vec![
                    "those of the ledger; see `tenancy_migrations::grant_erasures`".to_owned(),
                ],
            });
        }
        self.refuse_forgotten_queue(&catalog)?;
        let (layout, owners) = Layout::of(&catalog, self.registry, &self.decisions)?;
        Ok((layout, owners.registry))
    }

    /// Jobs of the tenant in the library's own queue are erased by the queue.
    fn refuse_forgotten_queue(&self, catalog: &Catalog) -> Result<(), ErasureError> {
        let is_target = self.targets.iter().any(|target| target.name() == "jobs");
        let is_left = |(name, decision): &(String, Decision)| {
            name == QUEUE && matches!(decision, Decision::Leave(_))
        };
        if !catalog.server.has_jobs || is_target || self.decisions.iter().any(is_left) {
            return Ok(());
        }
        Err(ErasureError::UnknownTables {
            tables: vec![UnknownTable {
                table: QUEUE.to_owned(),
                why: "has jobs of tenants; give the queue to `target`, or leave it".to_owned(),
            }],
        })
    }

    async fn erase<L: Link>(
        &self,
        run: &mut Run<'_, L>,
        target: &dyn Target,
    ) -> Result<(), ErasureError> {
        let since = Instant::now();
        let amount = target.erase(&run.tenant).await.map_err(of(target))?;
        run.note(StepKind::Target, target.name(), amount, since)
            .await?;
        let left = target.count(&run.tenant).await.map_err(of(target))?;
        if left.items == 0 {
            Ok(())
        } else {
            Err(ErasureError::TargetHolds {
                name: target.name().to_owned(),
                items: left.items,
            })
        }
    }

    /// Returns where copies of the keys may remain.
    #[cfg(feature = "encryption")]
    async fn shred<L: Link, Id: SqlTenantId>(
        &self,
        run: &mut Run<'_, L>,
        tenant: &Id,
    ) -> Result<Vec<String>, ErasureError> {
        let Some(keyring) = &self.keyring else {
            return Ok(Vec::new());
        };
        let since = Instant::now();
        let receipt = match keyring.shred(tenant).await {
            Ok(receipt) => receipt,
            Err(KeyringError::NoKeys) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let keys = receipt.generations.len() + receipt.index_versions.len();
        let amount = Amount::items(keys as u64);
        run.note(StepKind::Keys, "keys", amount, since).await?;
        let copies = receipt
            .copies
            .iter()
            .map(|copy| format!("the keys: {copy}"));
        Ok(copies.collect())
    }

    fn shreds(&self) -> bool {
        #[cfg(feature = "encryption")]
        return self.keyring.is_some();
        #[cfg(not(feature = "encryption"))]
        return false;
    }

    /// Looks for the tables once more, and counts. Rows that came meanwhile are erased too.
    async fn verify<L: Link>(&self, run: &mut Run<'_, L>) -> Result<(), ErasureError> {
        let closure = run.session.begin(Mode::Read).await?;
        let found = self.look(&mut run.session).await;
        let (layout, _) = run.session.finish(closure, found).await?;
        unchanged(run.layout, &layout)?;
        let rows = run.count().await?;
        run.tables(rows).await
    }

    /// What is not in the ledger's rows.
    fn complete(&self, report: &mut Report, layout: &Layout, now: String, keys: Vec<String>) {
        for table in &layout.tables {
            let (kind, name) = (table.step(), table.shown.as_str());
            let is_known = |step: &Step| step.kind == kind && step.name == name;
            if !report.steps.iter().any(is_known) {
                let mut step = Step::new(kind, name, Amount::items(0));
                step.started.clone_from(&now);
                step.finished.clone_from(&now);
                report.steps.push(step);
            }
        }
        let left = layout.left.iter();
        report.left = left
            .map(|(table, reason)| Left::new(table, reason, None))
            .collect();
        report.verified_tables = layout.tables.len() as u64;
        report.copies = STANDING_COPIES.map(str::to_owned).to_vec();
        report.copies.extend(keys);
        for target in &self.targets {
            let copies = target.copies();
            let copies = copies
                .iter()
                .map(|copy| format!("{}: {copy}", target.name()));
            report.copies.extend(copies);
        }
        report.copies.extend(self.copies.iter().cloned());
        report.finished = now;
    }
}

/// Where copies of deleted rows are in every database.
const STANDING_COPIES: [&str; 4] = [
    "backups of the database and its archived write-ahead log, until they are removed",
    "replicas and logical subscribers, until they have followed",
    "dead row versions in the tables and indexes, until VACUUM has run",
    "tenancy.erasures and tenancy.crossings, which name the tenant: what was done, and who looked",
];

fn unchanged(plan: &Layout, now: &Layout) -> Result<(), ErasureError> {
    let what = if plan.tables != now.tables {
        "the tables"
    } else if plan.left != now.left {
        "what is left"
    } else if plan != now {
        "the foreign keys"
    } else {
        return Ok(());
    };
    Err(ErasureError::Changed { what })
}

fn of(target: &dyn Target) -> impl FnOnce(TargetError) -> ErasureError {
    let name = target.name().to_owned();
    |source| ErasureError::Target { name, source }
}

impl fmt::Debug for Erasure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Erasure")
            .field("decisions", &self.decisions)
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}
