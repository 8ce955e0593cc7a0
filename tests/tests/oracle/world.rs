//! The databases: one per tenant for plain Diesel, and with all tenants for the scopes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_diesel::{Scoped, SqlTenantId};
use tenancy_tests::OrgId;
use tenancy_tests::database::{Layers, Shop};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::rows;
use crate::side::scoped::On;

/// The rows of a database by owner: the lines of all tables.
pub type State = BTreeMap<String, Vec<String>>;

/// The texts that a connection was sent.
pub type Sent = Arc<Mutex<Vec<String>>>;

/// A database with the rows of one tenant, for plain Diesel.
pub struct Alone {
    pub conn: PgConnection,
    pub sent: Sent,
    superuser: PgConnection,
    shop: Shop,
}

impl Alone {
    /// As an application of one tenant would declare it: there is no tenant to fill in, and the key of a row
    /// is its key within the tenant.
    pub fn new(tenant: Uuid) -> Self {
        let shop = Shop::new(Layers::FilterOnly);
        let mut superuser = shop.superuser();
        clear(&mut superuser);
        superuser.batch_execute(STATE).unwrap();
        let default = format!("SET DEFAULT '{tenant}'");
        superuser
            .batch_execute(&format!(
                "ALTER TABLE organisations ALTER id {default};
                 ALTER TABLE projects ALTER tenant_id {default};
                 ALTER TABLE tasks ALTER tenant_id {default};
                 ALTER TABLE comments ALTER tenant_id {default};
                 ALTER TABLE documents ALTER tenant_id {default};
                 ALTER TABLE settings ALTER tenant_id {default};
                 ALTER TABLE billing.projects ALTER customer {default};
                 ALTER TABLE billing.invoices ALTER customer {default};
                 CREATE UNIQUE INDEX ON projects (id);
                 CREATE UNIQUE INDEX ON projects (name);
                 CREATE UNIQUE INDEX ON tasks (id);
                 CREATE UNIQUE INDEX ON comments (id);
                 CREATE UNIQUE INDEX ON billing.projects (id);
                 CREATE UNIQUE INDEX ON billing.invoices (id);"
            ))
            .unwrap();
        let conn = shop.raw();
        let mut alone = Alone {
            conn,
            sent: Sent::default(),
            superuser,
            shop,
        };
        alone.connect();
        alone
    }

    /// Opens a new connection: the old one keeps every statement that it prepared.
    pub fn connect(&mut self) {
        self.conn = self.shop.raw();
        watch(&mut self.conn, &self.sent);
    }

    pub fn fill(&mut self, sql: &str) {
        clear(&mut self.superuser);
        self.superuser.batch_execute(rows::SHARED).unwrap();
        self.superuser.batch_execute(sql).unwrap();
    }

    pub fn state(&mut self) -> State {
        state(&mut self.superuser)
    }
}

/// A database with the rows of all tenants, and a scope for each of them.
pub struct Together {
    pub name: &'static str,
    pub scopes: Vec<On>,
    pub sent: Option<Sent>,
    /// For plain statements that row-level security alone confines, where there is any.
    pub plain: Option<PgConnection>,
    runtime: Option<Arc<Runtime>>,
    superuser: PgConnection,
    shop: Shop,
}

impl Together {
    pub fn new(
        name: &'static str,
        layers: Layers,
        runtime: Option<&Arc<Runtime>>,
        tenants: &[Uuid],
    ) -> Self {
        let shop = Shop::new(layers);
        let mut superuser = shop.superuser();
        superuser.batch_execute(STATE).unwrap();
        let mut together = Together {
            name,
            scopes: Vec::new(),
            sent: runtime.is_none().then(Sent::default),
            plain: None,
            runtime: runtime.cloned(),
            superuser,
            shop,
        };
        together.connect(tenants);
        together
    }

    /// Opens new connections: the old ones keep every statement that they prepared.
    pub fn connect(&mut self, tenants: &[Uuid]) {
        let scope = |&tenant: &Uuid| match &self.runtime {
            None => {
                let mut conn = self.shop.raw();
                if let Some(sent) = &self.sent {
                    watch(&mut conn, sent);
                }
                On::Sync(Scoped::open(conn, OrgId(tenant)).unwrap())
            }
            Some(runtime) => On::Async(
                runtime.block_on(self.shop.async_scope(OrgId(tenant))),
                Arc::clone(runtime),
            ),
        };
        self.scopes = tenants.iter().map(scope).collect();
        let suffices = self.shop.has_policies() && self.runtime.is_none();
        self.plain = suffices.then(|| self.shop.raw());
    }

    pub fn fill(&mut self, sql: &[String]) {
        clear(&mut self.superuser);
        self.superuser.batch_execute(rows::SHARED).unwrap();
        self.superuser.batch_execute(&sql.concat()).unwrap();
    }

    pub fn state(&mut self) -> State {
        state(&mut self.superuser)
    }
}

/// Lets row-level security show a tenant's rows on a plain connection.
pub fn show(conn: &mut PgConnection, tenant: Uuid) {
    conn.batch_execute(&format!("SET {} = '{tenant}'", OrgId::VARIABLE))
        .unwrap();
}

fn clear(superuser: &mut PgConnection) {
    superuser
        .batch_execute(
            "DELETE FROM billing.invoices; DELETE FROM billing.projects; DELETE FROM settings;
             DELETE FROM files; DELETE FROM documents; DELETE FROM comments; DELETE FROM tasks;
             DELETE FROM projects; DELETE FROM organisations; DELETE FROM countries;
             DELETE FROM legacy_events;",
        )
        .unwrap();
}

/// Remembers the statements that are sent, but not what a scope sends around them.
fn watch(conn: &mut PgConnection, sent: &Sent) {
    let sent = Arc::clone(sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            // What cannot be rendered is not sent; `to_string` would panic.
            let mut text = String::new();
            if write!(text, "{query}").is_err() {
                return;
            }
            if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "("]
                .iter()
                .any(|verb| text.starts_with(verb))
            {
                sent.lock().unwrap().push(text);
            }
        }
    });
}

/// Every row of every table, by owner. Rows of nobody show too. A function, so that its plan is kept.
const STATE: &str = "
    CREATE FUNCTION state() RETURNS TABLE (owner text, line text) LANGUAGE plpgsql AS $$ BEGIN
        RETURN QUERY
        SELECT t.id::text, 'organisations ' || t::text FROM organisations t
        UNION ALL SELECT t.tenant_id::text, 'projects ' || t::text FROM projects t
        UNION ALL SELECT t.tenant_id::text, 'tasks ' || t::text FROM tasks t
        UNION ALL SELECT t.tenant_id::text, 'comments ' || t::text FROM comments t
        UNION ALL SELECT t.tenant_id::text, 'documents ' || t::text FROM documents t
        UNION ALL SELECT coalesce(d.tenant_id::text, 'nobody'), 'files ' || t::text
                  FROM files t LEFT JOIN documents d ON d.id = t.document_id
        UNION ALL SELECT t.tenant_id::text, 'settings ' || t::text FROM settings t
        UNION ALL SELECT t.customer::text, 'billing.projects ' || t::text FROM billing.projects t
        UNION ALL SELECT t.customer::text, 'billing.invoices ' || t::text FROM billing.invoices t
        UNION ALL SELECT 'everybody', 'countries ' || t::text FROM countries t
        UNION ALL SELECT 'everybody', 'legacy_events ' || t::text FROM legacy_events t;
    END $$;";

fn state(superuser: &mut PgConnection) -> State {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        owner: String,
        #[diesel(sql_type = Text)]
        line: String,
    }
    let lines: Vec<Line> = diesel::sql_query("SELECT owner, line FROM state()")
        .load(superuser)
        .unwrap();
    let mut state = State::new();
    for Line { owner, line } in lines {
        state.entry(owner).or_default().push(line);
    }
    for lines in state.values_mut() {
        lines.sort_unstable();
    }
    state
}
