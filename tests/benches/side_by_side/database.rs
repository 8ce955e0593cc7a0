//! A thousand tenants with a million rows, once with policies and once without.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::PolicyOptions;
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::OrgId;
use uuid::Uuid;

use crate::scoped::schema::REGISTRY;

pub(crate) const TENANTS: u128 = 1_000;
/// Of each tenant.
pub(crate) const ITEMS: i32 = 1_000;
pub(crate) const ORDERS: i32 = 200;

pub(crate) fn tenant(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(n + 1))
}

const TABLES: &str = "
    CREATE TABLE customers (
        tenant_id uuid NOT NULL, id int4 NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, id));
    CREATE TABLE orders (
        tenant_id uuid NOT NULL, id int4 NOT NULL, customer_id int4 NOT NULL, note text NOT NULL,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, customer_id) REFERENCES customers);
    CREATE TABLE items (
        tenant_id uuid NOT NULL, id int4 NOT NULL, order_id int4 NOT NULL, name text NOT NULL,
        quantity int4 NOT NULL,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, order_id) REFERENCES orders);";

/// `{tenant}` is the number of a tenant as an id.
const ROWS: &str = "
    INSERT INTO customers SELECT {tenant}, n, 'customer ' || n
        FROM generate_series(1, 1000) AS t, generate_series(1, 50) AS n;
    INSERT INTO orders SELECT {tenant}, n, n % 50 + 1, 'order ' || n
        FROM generate_series(1, 1000) AS t, generate_series(1, 200) AS n;
    INSERT INTO items SELECT {tenant}, n, n % 200 + 1, 'item ' || n, 1
        FROM generate_series(1, 1000) AS t, generate_series(1, 1000) AS n;
    CREATE INDEX ON items (tenant_id, order_id);
    CREATE INDEX ON orders (tenant_id, customer_id);
    VACUUM ANALYZE customers; VACUUM ANALYZE orders; VACUUM ANALYZE items;";

pub(crate) struct Databases {
    pub(crate) server: std::sync::Arc<PgServer>,
    /// With policies, which read the session's tenant.
    pub(crate) secured: TestDatabase,
    /// Without, as an application has it that filters by hand.
    pub(crate) open: TestDatabase,
    pub(crate) app: String,
}

impl Databases {
    pub(crate) fn new() -> Self {
        let server = PgServer::start_with(&["shared_buffers=512MB"]).unwrap();
        let app = server.create_login_role("app").unwrap();
        let make = |secured: bool| {
            let key = if secured { "secured" } else { "open" };
            let template = server
                .template(key, |conn| set_up(conn, &app, secured))
                .unwrap();
            template.create().unwrap()
        };
        Databases {
            secured: make(true),
            open: make(false),
            app: app.clone(),
            server: server.clone(),
        }
    }
}

fn set_up(conn: &mut PgConnection, app: &str, secured: bool) -> QueryResult<()> {
    conn.batch_execute(TABLES)?;
    let rows = ROWS.replace("{tenant}", "lpad(to_hex(t), 32, '0')::uuid");
    for statement in rows.split(';').filter(|sql| !sql.trim().is_empty()) {
        conn.batch_execute(statement)?;
    }
    if secured {
        let policies = PolicyOptions::new().app_role(app).generate(&REGISTRY);
        return conn.batch_execute(policies.up());
    }
    conn.batch_execute(&format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}"
    ))
}
