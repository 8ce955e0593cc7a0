//! The databases of a test: two that tenants share, and one that tenant A has to itself.

use std::sync::{Arc, LazyLock};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::{A, B, OrgId, schema};

use crate::names::scoped::types;

const FIXTURES: [&str; 2] = [
    include_str!("../../fixtures/shop.sql"),
    include_str!("fixture.sql"),
];

/// Tables of the fixtures with a tenant column.
const TABLES: [&str; 11] = [
    "projects",
    "tasks",
    "comments",
    "documents",
    "settings",
    "arrays",
    "ranges",
    "documents_of_json",
    "hosts",
    "samples",
    "moments",
];

/// Databases of their own for one test.
pub(crate) struct World {
    /// With the filter and row-level security, and with the filter alone.
    pub(crate) shared: [Shared; 2],
    own: TestDatabase,
    /// Whether the test changes rows.
    is_written: bool,
}

/// A database with the rows of A and B.
pub(crate) struct Shared {
    database: TestDatabase,
    app: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap();
        let app = server.create_login_role("app").unwrap();
        let shared = [true, false].map(|policies| Shared {
            database: shared(&server, &app, policies),
            app: app.clone(),
        });
        World {
            shared,
            own: own(&server),
            is_written: true,
        }
    }

    /// Databases that several tests read and none changes.
    pub(crate) fn to_read() -> &'static Self {
        static WORLD: LazyLock<World> = LazyLock::new(|| World {
            is_written: false,
            ..World::new()
        });
        &WORLD
    }

    /// Plain Diesel, on the database that has the rows of A alone.
    pub(crate) fn plain(&self) -> PgConnection {
        PgConnection::establish(&self.own.url()).unwrap()
    }

    /// The same, asynchronous.
    pub(crate) async fn async_plain(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.own.url()).await.unwrap()
    }

    /// Every row of the database of A, if the test changes rows.
    pub(crate) fn rows(&self) -> Option<Vec<String>> {
        self.is_written.then(|| rows(&mut self.plain(), A))
    }

    /// Every row of a tenant in a shared database, if the test changes rows.
    pub(crate) fn rows_of(&self, shared: &Shared, tenant: OrgId) -> Option<Vec<String>> {
        self.is_written.then(|| shared.rows_of(tenant))
    }
}

impl Shared {
    /// The scope of A.
    pub(crate) fn scope(&self) -> schema::Scoped<PgConnection> {
        let conn = PgConnection::establish(&self.database.url_as(&self.app)).unwrap();
        Scoped::open(conn, A).unwrap()
    }

    /// The same, asynchronous.
    pub(crate) async fn async_scope(&self) -> schema::Scoped<AsyncPgConnection> {
        let conn = AsyncPgConnection::establish(&self.database.url_as(&self.app)).await;
        Scoped::open(conn.unwrap(), A).unwrap()
    }

    /// The superuser, who sees every row.
    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// Every row of a tenant.
    pub(crate) fn rows_of(&self, tenant: OrgId) -> Vec<String> {
        rows(&mut self.superuser(), tenant)
    }
}

fn shared(server: &Arc<PgServer>, app: &str, policies: bool) -> TestDatabase {
    let key = format!("parity, shared, {policies}");
    let template = server.template(&key, |conn: &mut PgConnection| -> QueryResult<()> {
        fill(conn, &[(A, "a", 0), (B, "b", 30)])?;
        for registry in [&schema::REGISTRY, &types::REGISTRY] {
            let script = PolicyOptions::new().app_role(app).generate(registry);
            conn.batch_execute(script.up())?;
            for table in registry.tables.iter().filter(|t| t.class.is_scoped()) {
                let schema = table.schema.unwrap_or("public");
                if !policies {
                    conn.batch_execute(&format!(
                        "ALTER TABLE {schema}.{} DISABLE ROW LEVEL SECURITY",
                        table.name
                    ))?;
                }
            }
        }
        conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}"))
    });
    template.unwrap().create().unwrap()
}

/// In the database of one tenant, the tenant column is a default that nobody names, and keys are unique
/// without it.
fn own(server: &Arc<PgServer>) -> TestDatabase {
    let template = server.template("parity, own", |conn: &mut PgConnection| {
        fill(conn, &[(A, "a", 0)])?;
        for table in TABLES {
            let key = if table == "settings" {
                "tenant_id"
            } else {
                "id"
            };
            conn.batch_execute(&format!(
                "ALTER TABLE {table} ALTER tenant_id SET DEFAULT '{}';
                 ALTER TABLE {table} ADD CONSTRAINT {table}_own_key UNIQUE ({key});",
                A.0
            ))?;
        }
        conn.batch_execute(
            "CREATE UNIQUE INDEX ON projects (name);
             CREATE UNIQUE INDEX ON documents (title) WHERE title <> ''",
        )
    });
    template.unwrap().create().unwrap()
}

fn fill(conn: &mut PgConnection, tenants: &[(OrgId, &str, i32)]) -> QueryResult<()> {
    for fixture in FIXTURES {
        conn.batch_execute(fixture)?;
    }
    conn.batch_execute("INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France')")?;
    for (id, name, n) in tenants {
        let rows = include_str!("rows.sql")
            .replace("{id}", &id.0.to_string())
            .replace("{name}", name)
            .replace("{n}", &n.to_string());
        conn.batch_execute(&rows)?;
    }
    Ok(())
}

fn rows(superuser: &mut PgConnection, tenant: OrgId) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        row: String,
    }
    let mut selects: Vec<String> = TABLES
        .iter()
        .map(|table| {
            format!(
                "SELECT '{table} ' || t::text AS row FROM {table} t WHERE tenant_id = '{}'",
                tenant.0
            )
        })
        .collect();
    selects.push(format!(
        "SELECT 'files ' || f::text AS row FROM files f JOIN documents d ON d.id = f.document_id
         WHERE d.tenant_id = '{}'",
        tenant.0
    ));
    let query = format!("{} ORDER BY row", selects.join(" UNION ALL "));
    let rows: Vec<Row> = diesel::sql_query(query).load(superuser).unwrap();
    rows.into_iter().map(|row| row.row).collect()
}
