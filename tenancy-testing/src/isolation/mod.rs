//! A probe that attacks a database as its application would be attacked.
//!
//! [`IsolationProbe`] walks the registry and the catalog, plants a row of two tenants in each scoped
//! table, and then tries, as the application role in the session of one of them, to read, change,
//! add and take away rows of the other, with raw SQL, so that row-level security alone must hold. All
//! of it happens in one transaction, which is rolled back. PostgreSQL 15 or newer is needed, and a superuser's
//! connection.

mod answers;
mod catalog;
mod functions;
mod plant;
mod report;
mod rows;
mod session;
mod structure;
mod tables;
mod value;
mod views;

use std::collections::BTreeSet;
use std::rc::Rc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use tenancy_diesel::{Class, Registry, quote_literal};

pub use self::report::{Attack, Finding, IsolationReport, NotAttacked, ObjectKind, Session};

pub(crate) use self::rows::rows_of;

use self::catalog::{Catalog, Relation};
use self::plant::{Planted, Row, Whose};
use self::session::{State, count};
use self::value::Counter;
use crate::seal::Seal;

/// Limits for a database that others use: a lock that does not come is no answer.
const LIMITS: &str = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'";

/// What to attack, and how.
///
/// ```
/// # use tenancy_diesel::Registry;
/// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[]);
/// use tenancy_testing::isolation::IsolationProbe;
///
/// # fn audit(superuser: &mut diesel::PgConnection) -> diesel::QueryResult<()> {
/// let report = IsolationProbe::new(&REGISTRY, "shop_app")
///     // A column whose CHECK the probe cannot guess. `{n}` differs from row to row.
///     .value("products", "barcode", "'4006381' || {n}")
///     .exclude("sign_in(text)", "finds the tenant of an address before there is a scope")
///     .run(superuser)?;
/// assert!(report.is_sound(), "{report}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct IsolationProbe {
    registry: &'static Registry,
    role: String,
    tenants: [String; 2],
    values: Vec<(String, String, String)>,
    exclusions: Vec<(String, String)>,
    accepted: Vec<(String, Attack, String)>,
    variables: Vec<(String, String)>,
    seal: Seal,
}

impl IsolationProbe {
    /// Attacks the tables of a registry as `role`, with two made-up tenants.
    pub fn new(registry: &'static Registry, role: impl Into<String>) -> Self {
        IsolationProbe {
            registry,
            role: role.into(),
            tenants: made_up_tenants(registry.tenant_type),
            values: Vec::new(),
            exclusions: Vec::new(),
            accepted: Vec::new(),
            variables: Vec::new(),
            seal: Seal::default(),
        }
    }

    /// Takes these tenants, as their canonical texts: the first attacks the second.
    ///
    /// Rows that they have already take part, and help where the probe cannot make some.
    pub fn tenants(mut self, attacker: impl Into<String>, victim: impl Into<String>) -> Self {
        self.tenants = [attacker.into(), victim.into()];
        self
    }

    /// Fills a column of planted rows with an SQL expression.
    ///
    /// `table` is a path of the registry, or a name as findings write it. In the expression, `{n}`
    /// stands for a number that differs from row to row, and `{tenant}` for the tenant as a text
    /// constant.
    pub fn value(
        mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        sql: impl Into<String>,
    ) -> Self {
        self.values.push((table.into(), column.into(), sql.into()));
        self
    }

    /// Leaves an object out, named as findings name it.
    pub fn exclude(mut self, object: impl Into<String>, reason: impl Into<String>) -> Self {
        self.exclusions.push((object.into(), reason.into()));
        self
    }

    /// Accepts that one attack on an object gets through.
    pub fn accept(
        mut self,
        object: impl Into<String>,
        attack: Attack,
        reason: impl Into<String>,
    ) -> Self {
        self.accepted.push((object.into(), attack, reason.into()));
        self
    }

    /// Sets another variable that policies read, such as the id of a user, in every session.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Seals the attacker's tenant, for policies of
    /// [`PolicyOptions::sealed`](tenancy_diesel::PolicyOptions::sealed).
    #[cfg(feature = "sealed")]
    pub fn sealer(self, sealer: tenancy_diesel::sealed::Sealer) -> Self {
        self.seal(sealer.into())
    }

    pub(crate) fn seal(mut self, seal: Seal) -> Self {
        self.seal = seal;
        self
    }

    /// Attacks, as a superuser who becomes the application role, and rolls everything back.
    ///
    /// A connection that has never had the variable set also tries what a session without a tenant
    /// can do; on any other, that part is left out and the report says so.
    ///
    /// # Errors
    /// What the server answers when the probe itself cannot work: `conn` is no superuser's, the role
    /// does not exist, a table cannot be locked in time, or the policies take sealed tenants and there is no
    /// sealer.
    pub fn run(&self, conn: &mut PgConnection) -> QueryResult<IsolationReport> {
        let mut report = None;
        let rolled_back = conn.transaction(|conn| {
            report = Some(Probe::new(self, conn).run()?);
            Err::<(), _>(Error::RollbackTransaction)
        });
        match (rolled_back, report) {
            (Err(Error::RollbackTransaction), Some(report)) => Ok(report),
            (Err(error), _) => Err(error),
            (Ok(()), _) => Err(Error::RollbackTransaction),
        }
    }

    fn value_for(&self, table: &str, column: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(of, name, _)| of == table && name == column)
            .map(|(_, _, sql)| sql.as_str())
    }
}

/// Two tenant ids as canonical texts.
pub(crate) fn made_up_tenants(tenant_type: &str) -> [String; 2] {
    let tenants = match tenant_type {
        "uuid" => [
            "7e570000-0000-4000-8000-00000000000a",
            "7e570000-0000-4000-8000-00000000000b",
        ],
        "int4" | "int8" => ["1999999901", "1999999902"],
        _ => ["probe-a", "probe-b"],
    };
    tenants.map(str::to_owned)
}

/// A run.
struct Probe<'c> {
    conn: &'c mut PgConnection,
    settings: &'c IsolationProbe,
    catalog: Catalog,
    /// The scoped tables, without those that are excluded.
    scoped: Vec<Rc<Relation>>,
    planted: Planted,
    counter: Counter,
    /// The victim's rows as they were planted.
    victim: Vec<State>,
    /// Statements that fill the materialized views again.
    refreshes: Vec<String>,
    unanswered: Vec<(String, String)>,
    answered: BTreeSet<String>,
    /// Names of the settings that met something.
    met: BTreeSet<String>,
    report: IsolationReport,
}

impl<'c> Probe<'c> {
    fn new(settings: &'c IsolationProbe, conn: &'c mut PgConnection) -> Self {
        Probe {
            conn,
            settings,
            catalog: Catalog::new(settings.registry, &settings.role),
            scoped: Vec::new(),
            planted: Planted::new(),
            counter: Counter::default(),
            victim: Vec::new(),
            refreshes: Vec::new(),
            unanswered: Vec::new(),
            answered: BTreeSet::new(),
            met: BTreeSet::new(),
            report: IsolationReport::default(),
        }
    }

    fn run(mut self) -> QueryResult<IsolationReport> {
        self.conn.batch_execute(LIMITS)?;
        let sessions = self.sessions()?;
        for setting in self.role_settings()? {
            self.conn.batch_execute(&setting)?;
        }
        let known = self.find_tables()?;
        self.check_role()?;
        self.check_unregistered(&known)?;

        let targets = self.plant()?;
        let views = self.find_views()?;
        let functions = self.find_functions()?;
        self.victim = self.victim_state()?;
        let mut questions = Self::view_questions(&views);
        questions.extend(Self::function_questions(&functions));

        for session in sessions {
            for (table, own, theirs) in &targets {
                self.attack_table(table, session, own, theirs)?;
            }
            let alone = self.clear(&self.settings.tenants[0]);
            self.after(&alone, |probe| {
                for (table, own, theirs) in &targets {
                    probe.attack_all_rows(table, session, own, theirs)?;
                }
                for view in &views {
                    probe.attack_all_rows_of_view(view, session)?;
                }
                Ok(())
            })?;
            for view in &views {
                self.insert_through(view, session)?;
            }
            for function in &functions {
                self.attack_procedure(function, session)?;
            }
            self.compare(session, &questions)?;
        }
        self.check_seal()?;
        self.report_unanswered();
        self.report_unknown_settings();
        Ok(self.report)
    }

    /// A session without a tenant comes first: once the variable was set, it is empty, not unset.
    fn sessions(&mut self) -> QueryResult<Vec<Session>> {
        let variable = quote_literal(self.settings.registry.variable);
        let set = format!("SELECT count(current_setting({variable}, true)) AS n");
        let mut sessions = vec![Session::Tenant, Session::Empty];
        if count(self.conn, &set)? == 0 {
            sessions.insert(0, Session::Unset);
        } else {
            let why = "the connection had the variable set before, so it cannot be unset any more";
            self.report.skip(self.settings.registry.variable, why);
        }
        Ok(sessions)
    }

    /// Where policies refuse the variable, every attack fails, which says nothing of the database. Last,
    /// because a variable that was set cannot be unset.
    fn check_seal(&mut self) -> QueryResult<()> {
        let oids: Vec<String> = self.scoped.iter().map(|t| t.oid.to_string()).collect();
        let readers = format!(
            "SELECT count(*) AS n FROM pg_catalog.pg_policy
             WHERE polrelid = ANY ('{{{}}}'::pg_catalog.oid[])
                 AND strpos(pg_catalog.pg_get_expr(polqual, polrelid), 'sealed_tenant(') > 0",
            oids.join(",")
        );
        if count(self.conn, &readers)? == 0 {
            return Ok(());
        }
        let variable = quote_literal(self.settings.registry.variable);
        let ask = format!("SELECT count(tenancy.sealed_tenant({variable}, true)) AS n");
        self.attempt(
            Some(Session::Tenant),
            &[],
            |conn| count(conn, &ask),
            |_, _| Ok(()),
        )?
        .map(drop)
    }

    /// Finds the tables of the registry, and says which of them exist.
    fn find_tables(&mut self) -> QueryResult<Vec<u32>> {
        let (mut known, mut scoped) = (Vec::new(), Vec::new());
        for table in self.settings.registry.tables {
            let Some(oid) = self.catalog.find(self.conn, table)? else {
                let what = "the table is not in the database";
                self.found_in(table.path, ObjectKind::Table, Attack::Missing, None, what);
                continue;
            };
            known.push(oid);
            match table.class {
                Class::Excluded { reason } => {
                    let excluded = (table.path.to_owned(), reason.to_owned());
                    self.report.excluded.push(excluded);
                }
                Class::Shared => self.check_shared(table.path, oid)?,
                _ => {}
            }
            if table.class.is_scoped() {
                scoped.push(oid);
            }
        }
        for oid in scoped {
            let table = self.catalog.relation(self.conn, oid)?;
            self.scoped.push(table);
            let children = self.catalog.children(self.conn, oid)?;
            known.extend(children.iter().map(|child| child.oid));
        }
        Ok(known)
    }

    /// Plants a row of each tenant in each table, parents first, and lists what to attack.
    fn plant(&mut self) -> QueryResult<Vec<(Rc<Relation>, Rc<Row>, Rc<Row>)>> {
        let mut targets = Vec::new();
        for table in self.scoped.clone() {
            let own = self.row(table.oid, Whose::Attacker)?;
            let theirs = self.row(table.oid, Whose::Victim)?;
            if self.is_excluded(&table.path) {
                continue;
            }
            self.check_privileges(&table)?;
            match (own, theirs) {
                (Ok(own), Ok(theirs)) => targets.push((table, own, theirs)),
                (Err(why), _) | (_, Err(why)) => {
                    let what = format!("no row could be made: {why}");
                    self.found_in(&table.path, ObjectKind::Table, Attack::NoRow, None, what);
                }
            }
        }
        for table in self.scoped.clone() {
            for child in self.catalog.children(self.conn, table.oid)? {
                if self.is_excluded(&child.path) {
                    continue;
                }
                self.check_child(&child)?;
                if let Some((own, theirs)) = self.rows_in(&child)? {
                    targets.push((child, own, theirs));
                }
            }
        }
        Ok(targets)
    }

    /// Whether an object is left out, which is noted.
    fn is_excluded(&mut self, object: &str) -> bool {
        let mut exclusions = self.settings.exclusions.iter();
        let Some(exclusion) = exclusions.find(|(name, _)| name == object) else {
            return false;
        };
        if self.met.insert(object.to_owned()) {
            self.report.excluded.push(exclusion.clone());
        }
        true
    }

    fn found_in(
        &mut self,
        object: &str,
        kind: ObjectKind,
        attack: Attack,
        session: Option<Session>,
        what: impl Into<String>,
    ) {
        let mut accepted = self.settings.accepted.iter();
        let Some((_, _, reason)) = accepted.find(|(of, a, _)| of == object && *a == attack) else {
            self.report.add(object, kind, attack, session, what);
            return;
        };
        if self.met.insert(format!("{object} {attack:?}")) {
            let accepted = (object.to_owned(), format!("{attack:?}: {reason}"));
            self.report.excluded.push(accepted);
        }
    }

    fn has_finding(&self, object: &str) -> bool {
        let mut findings = self.report.findings.iter();
        findings.any(|finding| finding.object == object)
    }

    /// A setting that meets nothing is out of date, and may have hidden a renamed object.
    fn report_unknown_settings(&mut self) {
        let exclusions = self.settings.exclusions.iter().map(|(object, _)| {
            let what = "it is excluded, and there is nothing of this name to attack";
            (object, object.clone(), what)
        });
        let accepted = self.settings.accepted.iter().map(|(object, attack, _)| {
            let what = "an attack is accepted that does not get through";
            (object, format!("{object} {attack:?}"), what)
        });
        let unmet: Vec<_> = exclusions
            .chain(accepted)
            .filter(|(_, name, _)| !self.met.contains(name))
            .map(|(object, _, what)| (object.clone(), what))
            .collect();
        for (object, what) in unmet {
            self.report.add(
                &object,
                ObjectKind::Table,
                Attack::UnknownObject,
                None,
                what,
            );
        }
    }
}
