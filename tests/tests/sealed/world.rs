use std::ops::Deref;
use std::time::{Duration, SystemTime};

use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_diesel::{OnMissing, PolicyOptions, Scoped};
use tenancy_testing::{Fixture, TenantDatabase};
use tenancy_tests::database::set_up_with;
use tenancy_tests::schema::{REGISTRY, Scoped as ShopScope};
use tenancy_tests::sealed::prepare;
pub(crate) use tenancy_tests::sealed::{OWNER, create_key, sealer, sealer_of};
use tenancy_tests::{A, B, OrgId};

pub(crate) const VARIABLE: &str = "app.tenant_id";

/// What a value looks like that was sealed this long ago.
pub(crate) fn sealed_before(tenant: OrgId, ago: Duration) -> String {
    let sealed = sealer().seal_at(VARIABLE, &tenant, SystemTime::now() - ago);
    sealed.text().to_owned()
}

pub(crate) fn sealed(tenant: OrgId) -> String {
    sealed_before(tenant, Duration::ZERO)
}

static SEALED: Fixture<OrgId> = Fixture::new(&REGISTRY, |db| {
    prepare(db)?;
    let policies = db.policy_options().sealed();
    set_up_with(db, &policies)
})
.sealer(sealer)
.tenants(|| [A, B]);

static STRICT: Fixture<OrgId> = Fixture::new(&REGISTRY, |db| {
    prepare(db)?;
    let policies = db.policy_options().sealed().on_missing(OnMissing::Error);
    set_up_with(db, &policies)
})
.sealer(sealer)
.tenants(|| [A, B]);

/// The control: the same database, whose policies read the plain variable.
static PLAIN: Fixture<OrgId> = Fixture::new(&REGISTRY, |db| {
    prepare(db)?;
    let policies: PolicyOptions = db.policy_options();
    set_up_with(db, &policies)
})
.tenants(|| [A, B]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Sealed,
    Strict,
    Plain,
}

/// A database of the mode, for one test.
pub(crate) struct Shop {
    database: TenantDatabase<OrgId>,
    pub(crate) mode: Mode,
}

impl Shop {
    pub(crate) fn new(mode: Mode) -> Self {
        let database = match mode {
            Mode::Sealed => SEALED.database(),
            Mode::Strict => STRICT.database(),
            Mode::Plain => PLAIN.database(),
        };
        Shop { database, mode }
    }

    /// A scope as the mode needs it.
    pub(crate) fn open<C: tenancy_diesel::ScopeConnection>(
        &self,
        conn: C,
        tenant: OrgId,
    ) -> ShopScope<C> {
        let scope = Scoped::open(conn, tenant).unwrap();
        match self.mode {
            Mode::Plain => scope,
            Mode::Sealed | Mode::Strict => scope.with_sealer(&sealer()),
        }
    }

    pub(crate) fn scope_of(&self, tenant: OrgId) -> ShopScope<PgConnection> {
        self.scope(tenant)
    }

    /// A connection of the owner of the library's objects.
    pub(crate) fn owner(&self) -> PgConnection {
        let owner = self.server().role_name(OWNER);
        self.connect_as(&owner)
    }

    /// What the variable holds in a scope of the tenant.
    pub(crate) fn value_of(&self, tenant: OrgId) -> String {
        match self.mode {
            Mode::Plain => tenant.0.to_string(),
            Mode::Sealed | Mode::Strict => sealed(tenant),
        }
    }
}

impl Deref for Shop {
    type Target = TenantDatabase<OrgId>;

    fn deref(&self) -> &Self::Target {
        &self.database
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A query with one column `line`.
pub(crate) fn lines(
    conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
    sql: &str,
) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> = diesel::sql_query(sql).load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Which names of projects a statement shows that A must not see.
pub(crate) fn foreign(names: &[String]) -> Vec<&String> {
    let own = ["alpha a", "beta a", "gamma a"];
    names
        .iter()
        .filter(|name| !own.contains(&name.as_str()))
        .collect()
}
