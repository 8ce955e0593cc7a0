//! The isolation auditor: what is wrong with a database whose rows belong to tenants, and how to mend it.
//!
//! [`Audit`] reads the catalog of a live database in one read-only transaction, compares it with the
//! program's registry in both directions, and judges it by [`rules`]. What it finds is typed: a stable
//! [rule](Rule), a [`Severity`], the [`Object`], the evidence and, where there is one, the exact mend as SQL.
//!
//! The rules are the same that [`TenantPool`](crate::pool::TenantPool) asks before it hands out the
//! first scope; it asks those that hold for the role of its connection.
//!
//! The catalog is readable by every role, so an audit needs no privilege. What asks for the rows
//! themselves is asked for by [`Audit::read_rows`], and needs a role that sees all of them.

mod catalog;
mod context;
mod finding;
mod judged;
pub mod leakproof;
mod mend;
mod report;
mod rows;
mod rule;
mod rules;

pub use finding::{Finding, Object, ObjectKind, Severity};
pub use report::Report;
pub use rule::{Rule, Subject};
pub use rules::{mended_release, rules};

#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
use diesel::prelude::*;
#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;
use tenancy_core::Registry;

use crate::PolicyOptions;
use catalog::{Catalog, Questions};
use context::Context;
use rows::Interview;

/// What to audit.
///
/// ```no_run
/// # #[cfg(feature = "postgres")]
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # use diesel::prelude::*;
/// # use tenancy_diesel::{PolicyOptions, Registry};
/// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[]);
/// use tenancy_diesel::audit::{Audit, Severity};
///
/// let mut conn = PgConnection::establish("postgres://auditor@localhost/shop")?;
/// let report = Audit::new(&REGISTRY)
///     .policies(PolicyOptions::new().app_role("shop_app"))
///     .run(&mut conn)?;
/// assert!(report.worst() < Some(Severity::Error), "{report}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Audit<'r> {
    registry: &'r Registry,
    options: PolicyOptions,
    rows: bool,
    version: Option<i32>,
    /// Only the rules of the boot check, for the role of the connection.
    boot: bool,
}

impl<'r> Audit<'r> {
    /// Audits a database against this registry.
    pub fn new(registry: &'r Registry) -> Self {
        Audit {
            registry,
            options: PolicyOptions::new(),
            rows: false,
            version: None,
            boot: false,
        }
    }

    /// What a pool asks before it hands out scopes: whether the role of the connection is held to one
    /// tenant by the policies of the registry's tables.
    ///
    /// It has to run on a connection of the application. The other roles are not known, so policies for
    /// roles that this one cannot reach are not judged, and either answer to a missing tenant is right.
    /// It changes nothing, and runs on a standby too.
    ///
    /// A pool refuses findings of [`Severity::Error`].
    pub fn boot(registry: &'r Registry) -> Self {
        Audit {
            boot: true,
            ..Audit::new(registry)
        }
    }

    /// The options with which the policies were generated: roles, and what a session without a tenant
    /// gets.
    pub fn policies(mut self, options: PolicyOptions) -> Self {
        self.options = options;
        self
    }

    /// Also asks what only the rows can answer: rows without a tenant, and rows whose foreign key, said
    /// to be valid, points nowhere.
    ///
    /// It reads whole tables, and needs a role that sees all rows: a superuser or one with BYPASSRLS. A
    /// question that takes longer than a minute, or waits two seconds for a lock, is given up. What could not
    /// be answered is a finding.
    pub fn read_rows(mut self, yes: bool) -> Self {
        self.rows = yes;
        self
    }

    /// Judges the database as if the server had this version, written like `server_version_num`: 150020
    /// for 15.20. For a standby or another server that will hold the same database.
    pub fn server_version(mut self, number: i32) -> Self {
        self.version = Some(number);
        self
    }

    /// Runs the audit. Changes nothing; inside of an open transaction it takes a savepoint.
    ///
    /// # Errors
    /// What the server answers when the catalog cannot be read.
    #[cfg(feature = "postgres")]
    pub fn run<C>(&self, conn: &mut C) -> QueryResult<Report>
    where
        C: LoadConnection<Backend = diesel::pg::Pg>,
    {
        let mut report = None;
        let rolled_back = conn.transaction(|conn| {
            let catalog = self.located(Catalog::load(conn, &self.questions())?);
            let mut context = Context::new(self, &catalog);
            let mut interview = Interview::new(&context, self.rows);
            interview.run(conn)?;
            report = Some(self.judge(&mut context, interview));
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        });
        finish(rolled_back, report)
    }

    /// [`run`](Self::run) on an asynchronous connection.
    ///
    /// # Errors
    /// As `run`.
    #[cfg(feature = "async")]
    pub async fn run_async(&self, conn: &mut AsyncPgConnection) -> QueryResult<Report> {
        use diesel_async::AsyncConnection;

        let mut report = None;
        let rolled_back = conn
            .transaction(async |conn| {
                let catalog = Catalog::load_async(conn, &self.questions()).await?;
                let catalog = self.located(catalog);
                let mut context = Context::new(self, &catalog);
                let mut interview = Interview::new(&context, self.rows);
                interview.run_async(conn).await?;
                report = Some(self.judge(&mut context, interview));
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
            .await;
        finish(rolled_back, report)
    }

    fn questions(&self) -> Questions<'_> {
        Questions {
            variable: self.registry.variable,
            role: (!self.boot).then_some(self.options.app.as_str()),
            boot: self.boot,
        }
    }

    /// The catalog as the application looks into it.
    fn located(&self, mut catalog: Catalog) -> Catalog {
        if !self.boot {
            catalog.look_as(&self.options.app);
        }
        catalog
    }

    fn judge<'c>(&self, context: &mut Context<'c>, interview: Interview<'c>) -> Report {
        let queries = Catalog::queries(self.boot) + interview.queries();
        context.answers = interview.finish();
        let mut report = Report::new(context, queries);
        for rule in rules() {
            let is_asked = match rule.subject {
                Subject::Rows => self.rows,
                _ => rule.boot || !self.boot,
            };
            if is_asked {
                report.ask(rule, context);
            }
        }
        report
    }
}

/// The transaction is rolled back in any case, so that nothing that was set in it stays.
fn finish(rolled_back: QueryResult<()>, report: Option<Report>) -> QueryResult<Report> {
    match (rolled_back, report) {
        (Err(diesel::result::Error::RollbackTransaction), Some(report)) => Ok(report),
        (Err(error), _) => Err(error),
        (Ok(()), _) => Err(diesel::result::Error::RollbackTransaction),
    }
}
