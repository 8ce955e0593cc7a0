//! Databases with two tenants whose rows have the same keys.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, Template, TestDatabase};

use crate::{A, B, OrgId, schema};

/// Which of the two layers a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layers {
    /// The filter and row-level security.
    Both,
    /// The filter alone: the tables have no policies.
    FilterOnly,
}

/// A database of its own for one test.
#[derive(Debug)]
pub struct Shop {
    database: TestDatabase,
    app: String,
    layers: Layers,
}

impl Shop {
    /// A fresh copy of the template, in milliseconds.
    pub fn new(layers: Layers) -> Self {
        let server = PgServer::shared().unwrap_or_else(|error| panic!("{error}"));
        let app = server
            .create_login_role("app")
            .unwrap_or_else(|error| panic!("{error}"));
        let database = template(&server, layers, &app)
            .create()
            .unwrap_or_else(|error| panic!("{error}"));
        Shop {
            database,
            app,
            layers,
        }
    }

    /// Runs a test on a database with both layers and on one with the filter alone.
    pub fn each(test: impl Fn(&Shop)) {
        for layers in [Layers::Both, Layers::FilterOnly] {
            test(&Shop::new(layers));
        }
    }

    /// Whether the tables have policies.
    pub fn has_policies(&self) -> bool {
        self.layers == Layers::Both
    }

    /// The URL of the superuser.
    pub fn superuser_url(&self) -> String {
        self.database.url()
    }

    /// The URL of the application role.
    pub fn url(&self) -> String {
        self.database.url_as(&self.app)
    }

    /// A connection of the application role.
    pub fn raw(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A connection of the superuser, who sees every row.
    pub fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A scope on a connection of its own.
    pub fn scope(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        Scoped::open(self.raw(), tenant).unwrap_or_else(|error| panic!("{error}"))
    }

    /// An asynchronous scope on a connection of its own.
    pub async fn async_scope(
        &self,
        tenant: OrgId,
    ) -> schema::Scoped<diesel_async::AsyncPgConnection> {
        Scoped::open(self.async_raw().await, tenant).unwrap_or_else(|error| panic!("{error}"))
    }

    /// An asynchronous connection of the application role.
    pub async fn async_raw(&self) -> diesel_async::AsyncPgConnection {
        <diesel_async::AsyncPgConnection as diesel_async::AsyncConnection>::establish(&self.url())
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Every row of a tenant, as text, for comparison before and after.
    pub fn rows_of(&self, tenant: OrgId) -> Vec<String> {
        use diesel::RunQueryDsl;
        use diesel::sql_types::{Text, Uuid};
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            row: String,
        }
        diesel::sql_query(
            "SELECT row FROM (
                 SELECT 'organisations ' || o::text AS row FROM organisations o WHERE id = $1
                 UNION ALL SELECT 'projects ' || p::text FROM projects p WHERE tenant_id = $1
                 UNION ALL SELECT 'tasks ' || t::text FROM tasks t WHERE tenant_id = $1
                 UNION ALL SELECT 'comments ' || c::text FROM comments c WHERE tenant_id = $1
                 UNION ALL SELECT 'documents ' || d::text FROM documents d WHERE tenant_id = $1
                 UNION ALL SELECT 'files ' || f::text FROM files f JOIN documents d
                           ON d.id = f.document_id WHERE d.tenant_id = $1
                 UNION ALL SELECT 'settings ' || s::text FROM settings s WHERE tenant_id = $1
                 UNION ALL SELECT 'billing.projects ' || p::text FROM billing.projects p
                           WHERE customer = $1
                 UNION ALL SELECT 'billing.invoices ' || i::text FROM billing.invoices i
                           WHERE customer = $1
             ) rows ORDER BY row",
        )
        .bind::<Uuid, _>(tenant.0)
        .load::<Row>(&mut self.superuser())
        .unwrap_or_else(|error| panic!("{error}"))
        .into_iter()
        .map(|row| row.row)
        .collect()
    }
}

fn template(server: &std::sync::Arc<PgServer>, layers: Layers, app: &str) -> Template {
    let key = format!("shop {layers:?}");
    server
        .template(&key, |conn: &mut PgConnection| -> diesel::QueryResult<()> {
            conn.batch_execute(include_str!("../fixtures/shop.sql"))?;
            conn.batch_execute(&rows())?;
            let policies = PolicyOptions::new().app_role(app).generate(&schema::REGISTRY);
            conn.batch_execute(policies.up())?;
            conn.batch_execute(&format!(
                "GRANT USAGE ON SCHEMA public, billing TO {app}; GRANT SELECT ON legacy_events TO {app}"
            ))?;
            if layers == Layers::FilterOnly {
                for table in schema::REGISTRY.tables.iter().filter(|t| t.class.is_scoped()) {
                    let schema = table.schema.unwrap_or("public");
                    conn.batch_execute(&format!(
                        "ALTER TABLE {schema}.{} DISABLE ROW LEVEL SECURITY",
                        table.name
                    ))?;
                }
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The same keys for both tenants, with values that tell whose they are.
fn rows() -> String {
    let mut sql = String::from(
        "INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France'), ('xx', 'Nowhere');",
    );
    for (tenant, name, n) in [(A, "a", 0), (B, "b", 100)] {
        let id = tenant.0;
        sql += &format!(
            "INSERT INTO organisations VALUES ('{id}', 'org {name}');
             INSERT INTO projects VALUES
                 ('{id}', 1, 'alpha {name}', 'de', NULL),
                 ('{id}', 2, 'beta {name}', NULL, 1),
                 ('{id}', 3, 'gamma {name}', 'fr', 1);
             INSERT INTO tasks VALUES
                 ('{id}', 1, 1, 'one {name}', 'open', 1, false),
                 ('{id}', 2, 1, 'two {name}', 'done', 2, true),
                 ('{id}', 3, 2, 'three {name}', 'open', 3, false);
             INSERT INTO comments VALUES
                 ('{id}', 1, 1, 'first {name}'), ('{id}', 2, 3, 'second {name}');
             INSERT INTO documents VALUES ('{id}', {doc}, 'plan {name}');
             INSERT INTO files VALUES ({doc}, {doc}, 'plan-{name}.pdf');
             INSERT INTO settings VALUES ('{id}', 'theme {name}', NULL);
             INSERT INTO billing.projects VALUES ('{id}', 1, 'bill {name}', {budget});
             INSERT INTO billing.invoices VALUES ('{id}', 1, 1, {budget}), ('{id}', 2, 1, 7);",
            doc = n + 1,
            budget = n + 10,
        );
    }
    // Keys that only B has.
    let b = B.0;
    sql += &format!(
        "INSERT INTO projects VALUES ('{b}', 9, 'only b', 'xx', NULL);
         INSERT INTO tasks VALUES ('{b}', 9, 9, 'only b', 'open', 9, false);
         INSERT INTO legacy_events VALUES (1, '{b}', 'login');"
    );
    sql
}
