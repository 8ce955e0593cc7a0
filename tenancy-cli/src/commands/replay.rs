//! Erases again what a restored backup brought back.

use std::io::Write;

use clap::Args;
use diesel::{PgConnection, RunQueryDsl};
use tenancy_core::encryption::wait;
use tenancy_core::erasure::receipts::{Chain, Issuer};
use tenancy_diesel::erasure::{Erasure, Replay as Plan, ReplayState};
use tenancy_diesel::{InvalidTenantId, SqlTenantId};

use super::erase::{Work, issue};
use super::keys::bar;
use super::receipt::SigningSettings;
use crate::args::Context;
use crate::failure::{Failure, Outcome, chain};
use crate::tenant::{self, WithIds};
use crate::terminal;

const HELP: &str = "\
The receipts outside of the database say who was erased; the ledger in the database was restored with the rest. A \
tenant whose erasure the ledger lacks was erased after the backup was taken, and is erased again. All receipts are \
verified first. Without --yes nothing is changed, and the exit code 1 says that there is something to do.

Do this before the application is let at the restored database. Connect as the eraser, and give the same --also, \
--leave, --anonymise and --keys as for the erasures. Restore the backup of the keys before, and not after.

Examples:
  tenancy replay --sink /mnt/receipts --public-key receipt.pub
  tenancy replay --sink /mnt/receipts --public-key receipt.pub --database shop --yes \\
      --by alice --reason 'backup of Monday restored' --keys --signing-key file:receipt.key";

/// Erases again what a restored backup brought back. Nothing brings it back then.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Replay {
    /// Erases; without it, what would be erased is shown
    #[arg(long, requires = "by", requires = "reason")]
    yes: bool,
    /// Who asks for it
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "WHY")]
    reason: Option<String>,
    /// What the database was called when its tenants were erased; as now, unless given
    ///
    /// Receipts of other databases are left alone: another tenant may have the same id there.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Also those tenants that the ledger has as erased, and that have rows
    ///
    /// Their rows may have been restored without the ledger. Or their ids were given to new tenants.
    #[arg(long)]
    also_again: bool,
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    signing: SigningSettings,
}

struct Job<'a> {
    options: &'a Replay,
    erasure: Erasure<'static>,
    conn: PgConnection,
    receipts: Chain,
    database: String,
    issuer: Option<Issuer>,
}

impl WithIds for Job<'_> {
    type Output = Outcome;

    fn run<Id: SqlTenantId>(
        mut self,
        parse: &(dyn Fn(&str) -> Result<Id, InvalidTenantId> + Sync),
    ) -> Result<Outcome, Failure> {
        let plan = Plan::plan_blocking_as(
            &self.erasure,
            &mut self.conn,
            &self.receipts,
            &self.database,
            parse,
        );
        let mut plan = plan?;
        let waits = self.show(&plan)?;
        if !self.options.yes {
            return Ok(Outcome::found(!plan.tenants().is_empty()));
        }
        if self.options.also_again {
            plan = plan.also_again();
        }
        let rows = plan.tenants().iter().map(|tenant| tenant.plan.rows());
        let bar = bar(Some(rows.sum()));
        let mut at = (String::new(), 0);
        let reports = plan.execute_blocking(&self.erasure, &mut self.conn, |progress| {
            if at.0 != progress.name || progress.done < at.1 {
                at = (progress.name.clone(), 0);
                bar.set_message(terminal::printable(&progress.name).into_owned());
            }
            bar.inc(progress.done.saturating_sub(at.1));
            at.1 = progress.done;
        });
        bar.finish_and_clear();
        let reports = reports?;
        writeln!(
            terminal::stdout(),
            "{} erased again",
            terminal::counted(reports.len(), "tenant")
        )?;
        if let Some(issuer) = &self.issuer {
            for report in &reports {
                issue(issuer, report)?;
            }
        }
        Ok(Outcome::found(waits && !self.options.also_again))
    }
}

impl Job<'_> {
    /// Shows what there is to do. Whether some tenants wait for a word.
    fn show<Id: SqlTenantId>(&self, plan: &Plan<Id>) -> Result<bool, Failure> {
        let mut out = terminal::stdout();
        let mut table = terminal::table(terminal::width());
        table.set_header(["receipt", "tenant", "state", "rows"]);
        let mut waits = false;
        for tenant in plan.tenants() {
            let state = match tenant.state {
                ReplayState::Missing => "erased after the backup",
                _ => {
                    waits = true;
                    "erased, and there again"
                }
            };
            table.add_row([
                tenant.receipt.to_string(),
                terminal::printable(&tenant.plan.tenant().canonical()).into_owned(),
                state.to_owned(),
                tenant.plan.rows().to_string(),
            ]);
        }
        if !plan.tenants().is_empty() {
            writeln!(out, "{table}")?;
        }
        writeln!(
            out,
            "{} to be erased again, {} as their receipts say",
            terminal::counted(plan.tenants().len(), "tenant"),
            plan.known()
        )?;
        match plan.of_other_databases() {
            0 => {}
            others => terminal::note(&format!(
                "{} of other databases than {}",
                terminal::counted(others, "receipt"),
                terminal::printable(&self.database)
            )),
        }
        if waits && !self.options.also_again {
            terminal::note(
                "Those that are there again are left as they are: if they are no new tenants, give --also-again",
            );
        }
        Ok(waits)
    }
}

impl Replay {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let registry = context.source.needed()?;
        let mut erasure = self.work.erasure(registry, context)?;
        if let (Some(by), Some(reason)) = (&self.by, &self.reason) {
            erasure = erasure.requested_by(by, reason);
        }
        let receipts = self.receipts()?;
        let issuer = self.signing.issuer_if_it_signs()?;
        let mut conn = self.work.connect()?;
        let database = match &self.database {
            Some(name) => name.clone(),
            None => current_database(&mut conn)?,
        };
        tenant::with_ids(
            registry,
            Job {
                options: &self,
                erasure,
                conn,
                receipts,
                database,
                issuer,
            },
        )
    }

    fn receipts(&self) -> Result<Chain, Failure> {
        let sink = self.signing.sink.open()?;
        let trusted = self.signing.trust.trusted()?;
        wait(Chain::load(&sink, &trusted)).map_err(|error| {
            Failure::refused(format!(
                "the receipts are not sound, so nothing was erased: {}",
                chain(&error)
            ))
        })
    }
}

fn current_database(conn: &mut PgConnection) -> Result<String, Failure> {
    let name = diesel::dsl::sql::<diesel::sql_types::Text>("SELECT current_database()::text");
    Ok(name.get_result(conn)?)
}
