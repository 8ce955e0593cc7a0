//! A database of its own for one test, with an eraser.

use std::collections::BTreeMap;
use std::ops::Deref;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::erasure::{Erasure, ErasureError, Plan, Report};
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
use tenancy_testing::{Fixture, Setup, SetupResult, TenantDatabase};

pub(crate) const A: i64 = 1;
pub(crate) const B: i64 = 2;

const fn table(name: &'static str, class: Class, primary_key: &'static [&'static str]) -> Table {
    Table {
        path: name,
        schema: None,
        name,
        class,
        columns: &[],
        primary_key,
        encrypted: &[],
    }
}

const TENANT: Class = Class::Tenant {
    column: "tenant_id",
};

pub(crate) const TABLES: &[Table] = &[
    table("organisations", Class::Root { column: "id" }, &["id"]),
    table("users", TENANT, &["tenant_id", "id"]),
    table("projects", TENANT, &["tenant_id", "id"]),
    table("tasks", TENANT, &["tenant_id", "id"]),
    table("documents", TENANT, &["id"]),
    table(
        "pages",
        Class::Via {
            column: "document_id",
            owner: "documents",
            owner_key: "id",
        },
        &["document_id", "number"],
    ),
    table("events", TENANT, &["tenant_id", "id", "day"]),
    table("odd \"table", TENANT, &["tenant_id", "id \"x"]),
    table("audit_log", TENANT, &["tenant_id", "id"]),
    table("countries", Class::Shared, &["code"]),
];

pub(crate) const REGISTRY: Registry = Registry::new("app.tenant_id", "int8", TABLES);

static SHOP: Fixture<i64> = Fixture::new(&REGISTRY, set_up).tenants(|| [A, B]);

pub(crate) fn policies(app: &str, eraser: &str) -> PolicyOptions {
    PolicyOptions::new().app_role(app).eraser_role(eraser)
}

/// For the audit log, whose rows stay.
pub(crate) fn grant_fields(eraser: &str) -> String {
    format!("GRANT UPDATE (project_id, actor_email, actor_name, detail) ON audit_log TO {eraser}")
}

fn set_up(db: &mut Setup<'_, i64>) -> SetupResult {
    let eraser = db.role("eraser")?;
    let app = db.app_role().to_owned();
    let conn = db.conn();
    conn.batch_execute(include_str!("tables.sql"))?;
    let policies = policies(&app, &eraser).generate(&REGISTRY);
    conn.batch_execute(policies.up())?;
    conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}, {eraser}"))?;
    conn.batch_execute(&grant_fields(&eraser))?;
    tenancy_migrations::run(conn)?;
    tenancy_migrations::grant_erasures(conn, &eraser)?;
    Ok(())
}

pub(crate) struct World(TenantDatabase<i64>);

impl Deref for World {
    type Target = TenantDatabase<i64>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// What every erasure of these tests does with the audit log.
pub(crate) fn erasure() -> Erasure<'static> {
    erasure_of(&REGISTRY)
}

pub(crate) fn erasure_of(registry: &'static Registry) -> Erasure<'static> {
    Erasure::new(registry)
        .requested_by("alice@example.org", "contract 4711 has ended")
        .anonymise("audit_log", |fields| {
            fields
                .null("project_id")
                .null("actor_email")
                .text("actor_name", "erased")
                .text("detail", "{}")
        })
}

impl World {
    pub(crate) fn new() -> Self {
        World(SHOP.database())
    }

    pub(crate) fn eraser(&self) -> String {
        self.server().role_name("eraser")
    }

    pub(crate) fn url_of(&self, role: &str) -> String {
        self.url().replace(self.app_role(), role)
    }

    pub(crate) async fn connect(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.url_of(&self.eraser()))
            .await
            .unwrap()
    }

    pub(crate) async fn plan(&self, erasure: &Erasure<'_>) -> Result<Plan<i64>, ErasureError> {
        erasure.plan(&mut self.connect().await, &A).await
    }

    pub(crate) async fn erase(&self, erasure: &Erasure<'_>) -> Result<Report, ErasureError> {
        let mut conn = self.connect().await;
        let plan = erasure.plan(&mut conn, &A).await?;
        erasure.execute(&mut conn, &plan, |_| ()).await
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.superuser().batch_execute(sql).unwrap();
    }

    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let lines: Vec<Line> = sql_query(sql).load(&mut self.superuser()).unwrap();
        lines.into_iter().map(|line| line.text).collect()
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        let number: Number = sql_query(sql).get_result(&mut self.superuser()).unwrap();
        number.number
    }

    /// A checksum of the rows of each table that are not the tenant's.
    pub(crate) fn others(&self) -> BTreeMap<String, String> {
        self.checksums("<> 1")
    }

    pub(crate) fn of_a(&self) -> BTreeMap<String, String> {
        self.checksums("= 1")
    }

    fn checksums(&self, is: &str) -> BTreeMap<String, String> {
        let conditions = TABLES.iter().map(|table| {
            let condition = match table.class {
                Class::Root { .. } => format!("id {is}"),
                Class::Via { .. } => format!("document_id / 1000 {is}"),
                Class::Tenant { .. } => format!("tenant_id {is}"),
                _ => "true".to_owned(),
            };
            (table.name, condition)
        });
        let sums = conditions.map(|(name, condition)| {
            let quoted = name.replace('"', "\"\"");
            let sql = format!(
                "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS text \
                 FROM \"{quoted}\" AS t WHERE {condition}"
            );
            (name.to_owned(), self.texts(&sql).remove(0))
        });
        sums.collect()
    }

    /// How many rows of the tenant there are, those of the audit log aside.
    pub(crate) fn rows_of_a(&self) -> i64 {
        let counts = TABLES.iter().filter_map(|table| {
            let condition = match table.class {
                Class::Root { .. } => "id = 1",
                Class::Via { .. } => "document_id / 1000 = 1",
                Class::Tenant { .. } => "tenant_id = 1",
                _ => return None,
            };
            let name = table.name.replace('"', "\"\"");
            (table.name != "audit_log")
                .then(|| format!("(SELECT count(*) FROM \"{name}\" WHERE {condition})"))
        });
        let counts: Vec<String> = counts.collect();
        self.number(&format!("SELECT {} AS number", counts.join(" + ")))
    }

    /// The fields of the audit log that name people.
    pub(crate) fn people_of_a(&self) -> i64 {
        self.number(
            "SELECT count(*) AS number FROM audit_log WHERE tenant_id = 1 \
             AND (actor_email IS NOT NULL OR actor_name <> 'erased' OR detail::text <> '{}')",
        )
    }

    pub(crate) fn assert_erased(&self) {
        assert_eq!((self.rows_of_a(), self.people_of_a()), (0, 0));
        let log = "SELECT count(*) AS number FROM audit_log WHERE tenant_id = 1";
        assert_eq!(self.number(log), 12);
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
