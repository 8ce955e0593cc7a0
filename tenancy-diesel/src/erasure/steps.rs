//! The steps of an erasure: the tables, the targets, the keys, the verification, the report.

use std::time::Instant;

#[cfg(feature = "encryption")]
use tenancy_core::encryption::KeyringError;
use tenancy_core::erasure::{Amount, Left, Report, Step, StepKind, Target, TargetError};

use super::error::ErasureError;
use super::execute::{self, Reporter, Run};
use super::layout::Layout;
use super::link::{Door, Link};
use super::session::Mode;
use super::{Erasure, Plan, ledger};
use crate::SqlTenantId;
use crate::purpose::Purpose;

/// Where copies of deleted rows are in every database.
const STANDING_COPIES: [&str; 4] = [
    "backups of the database and its archived write-ahead log, until they are removed",
    "replicas and logical subscribers, until they have followed",
    "dead row versions in the tables and indexes, until VACUUM has run",
    "tenancy.erasures and tenancy.crossings, which name the tenant: what was done, and who looked",
];

impl Erasure<'_> {
    pub(super) async fn make_plan<D: Door, Id: SqlTenantId>(
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

    pub(super) async fn carry_out<D: Door, Id: SqlTenantId>(
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
