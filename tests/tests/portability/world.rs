//! Two databases of one schema. The source has the tenants A and B with the same keys, the target has B.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bytea, Integer, Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde_json::Value;
use tempfile::TempDir;
use tenancy_core::encryption::{
    FixedKey, Keyring, Label, MemoryKeyStore, Padding, RootId, RootKey, RowId, TenantKeys, wait,
};
use tenancy_diesel::portability::{Export, Import, ImportReport, Manifest, PortabilityError};
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::{A, B, OrgId};
use uuid::Uuid;

use crate::schema::{self, EMAIL, REGISTRY};

/// A tenant of the target that has nothing yet.
pub(crate) const C: OrgId = OrgId(Uuid::from_u128(0xc));

pub(crate) const EMAIL_LABEL: Label = Label::literal("people.email");
pub(crate) const PIN_LABEL: Label = Label::literal("people.pin");

/// A secret that is sealed in A's rows and nowhere else.
pub(crate) const SECRET: &str = "Canary-7f3a@a.example";

pub(crate) struct World {
    pub(crate) source: TestDatabase,
    pub(crate) target: TestDatabase,
    pub(crate) app: String,
    pub(crate) old: Keyring,
    pub(crate) new: Keyring,
    folder: TempDir,
}

/// Keys of the source and of the target. No test changes them, and Argon2 takes its time.
static KEYRINGS: LazyLock<[Keyring; 2]> = LazyLock::new(|| [keyring(&[A, B]), keyring(&[A, B, C])]);

fn keyring(tenants: &[OrgId]) -> Keyring {
    let root = FixedKey::new(RootId::literal("tests"), RootKey::generate().unwrap());
    let keyring = Keyring::builder(Arc::new(MemoryKeyStore::new()), root).build();
    for tenant in tenants {
        wait(keyring.create_tenant(tenant)).unwrap();
    }
    keyring
}

impl World {
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap();
        let app = server.create_login_role("app").unwrap();
        let template = server.template("portability", |conn: &mut PgConnection| {
            conn.batch_execute(include_str!("fixture.sql"))?;
            let policies = PolicyOptions::new().app_role(&app).generate(&REGISTRY);
            conn.batch_execute(policies.up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public, billing TO {app}"))
        });
        let template = template.unwrap();
        let world = World {
            source: template.create().unwrap(),
            target: template.create().unwrap(),
            app,
            old: KEYRINGS[0].clone(),
            new: KEYRINGS[1].clone(),
            folder: TempDir::new().unwrap(),
        };
        for (tenant, name, n) in [(A, "a", 0), (B, "b", 100)] {
            seed(&world.source, &world.old, tenant, name, n);
        }
        seed(&world.target, &world.new, B, "b", 100);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn source_scope(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        self.scope(&self.source.url_as(&self.app), tenant)
    }

    pub(crate) fn target_scope(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        self.scope(&self.target.url_as(&self.app), tenant)
    }

    fn scope(&self, url: &str, tenant: OrgId) -> schema::Scoped<PgConnection> {
        Scoped::open(PgConnection::establish(url).unwrap(), tenant).unwrap()
    }

    pub(crate) async fn async_scope(
        &self,
        database: &TestDatabase,
        tenant: OrgId,
    ) -> schema::Scoped<AsyncPgConnection> {
        let url = database.url_as(&self.app);
        Scoped::open(AsyncPgConnection::establish(&url).await.unwrap(), tenant).unwrap()
    }

    pub(crate) fn old_keys(&self, tenant: OrgId) -> TenantKeys {
        self.old.unlock_blocking(&tenant).unwrap()
    }

    pub(crate) fn new_keys(&self, tenant: OrgId) -> TenantKeys {
        self.new.unlock_blocking(&tenant).unwrap()
    }

    /// Exports A, with its encrypted values opened.
    pub(crate) fn export(&self, name: &str) -> Manifest {
        let keys = self.old_keys(A);
        let export = with_row_ids(Export::new(&REGISTRY).keys(&keys));
        let scope = &mut self.source_scope(A);
        export.run_blocking(scope, self.path(name)).unwrap()
    }

    /// Exports A, with its encrypted values sealed.
    pub(crate) fn export_sealed(&self, name: &str) -> Manifest {
        let scope = &mut self.source_scope(A);
        let export = Export::new(&REGISTRY);
        export.run_blocking(scope, self.path(name)).unwrap()
    }

    /// Imports into C of the target.
    pub(crate) fn import(&self, name: &str) -> Result<ImportReport, PortabilityError> {
        let (old, new) = (self.old_keys(A), self.new_keys(C));
        let import = Import::new(&REGISTRY).keys(&new).source_keys(&old);
        let import = complete(import);
        import.run_blocking(&mut self.target_scope(C), self.path(name))
    }

    pub(crate) fn execute(&self, database: &TestDatabase, sql: &str) {
        superuser(database).batch_execute(sql).unwrap();
    }

    /// Changes the manifest of an export.
    pub(crate) fn edit_manifest(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        let path = self.path(name).join("manifest.json");
        let mut manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        edit(&mut manifest);
        fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    }

    /// The whole text of the manifest, to be put back after a change.
    pub(crate) fn manifest(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name).join("manifest.json")).unwrap()
    }

    pub(crate) fn put_manifest(&self, name: &str, text: &[u8]) {
        fs::write(self.path(name).join("manifest.json"), text).unwrap();
    }

    /// The file of a table, and its place in the manifest.
    pub(crate) fn file(&self, name: &str, table: &str) -> (PathBuf, usize) {
        let manifest = fs::read(self.path(name).join("manifest.json")).unwrap();
        let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
        let place = manifest
            .tables
            .iter()
            .position(|t| t.table == table)
            .unwrap();
        let file = self
            .path(name)
            .join(format!("tables/{:04}.jsonl", place + 1));
        (file, place)
    }

    /// Writes other lines into the file of a table, and a manifest that fits them.
    pub(crate) fn forge(&self, name: &str, table: &str, lines: &[u8]) {
        use sha2::{Digest, Sha256};

        let (file, place) = self.file(name, table);
        fs::write(file, lines).unwrap();
        let digest: String = Sha256::digest(lines)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.edit_manifest(name, |manifest| {
            let table = &mut manifest["tables"][place];
            table["rows"] = lines.split_inclusive(|byte| *byte == b'\n').count().into();
            table["bytes"] = lines.len().into();
            table["sha256"] = digest.into();
        });
    }

    /// Changes the rows of a table, and the manifest so that it fits them.
    pub(crate) fn edit(&self, name: &str, table: &str, edit: impl Fn(&mut Value)) {
        let (file, _) = self.file(name, table);
        let text = fs::read_to_string(file).unwrap();
        let mut lines = String::new();
        for line in text.lines() {
            let mut row = serde_json::from_str(line).unwrap();
            edit(&mut row);
            lines += &format!("{row}\n");
        }
        self.forge(name, table, lines.as_bytes());
    }

    /// Every row of a tenant as text, without the tenant and with its values opened.
    pub(crate) fn rows(
        &self,
        database: &TestDatabase,
        keyring: &Keyring,
        tenant: OrgId,
    ) -> Vec<String> {
        let keys = keyring.unlock_blocking(&tenant).unwrap();
        rows(&mut superuser(database), &keys, tenant)
    }

    /// How many rows a tenant has in the target.
    pub(crate) fn imported(&self) -> usize {
        self.rows(&self.target, &self.new, C).len()
    }
}

/// With what the columns that are bound to their rows need.
pub(crate) fn with_row_ids(export: Export<'_>) -> Export<'_> {
    export.row_ids("people", "pin", |key| Some(RowId::new(key.get("id")?)))
}

/// The same, and the blind index.
pub(crate) fn complete(import: Import<'_>) -> Import<'_> {
    import
        .row_ids("people", "pin", |key| Some(RowId::new(key.get("id")?)))
        .blind_index("people", "email_index", "email", EMAIL)
}

pub(crate) fn superuser(database: &TestDatabase) -> PgConnection {
    PgConnection::establish(&database.url()).unwrap()
}

fn seed(database: &TestDatabase, keyring: &Keyring, tenant: OrgId, name: &str, n: i32) {
    let conn = &mut superuser(database);
    let id = tenant.0;
    conn.batch_execute(&format!(
        r#"BEGIN;
        INSERT INTO organisations VALUES ('{id}', 'org {name}');
        INSERT INTO teams VALUES ('{id}', 1), ('{id}', 2);
        INSERT INTO people (tenant_id, id, team_id, name, country) VALUES
            ('{id}', 1, 1, 'Ada {name}', 'de'), ('{id}', 2, 1, E'Bob\n"{name}"\t\\', NULL),
            ('{id}', 3, 2, '=HYPERLINK("http://x")', 'fr'), ('{id}', 4, 2, '', NULL);
        UPDATE people SET parent_id = 4 WHERE tenant_id = '{id}' AND id = 1;
        UPDATE people SET parent_id = 2 WHERE tenant_id = '{id}' AND id = 2;
        UPDATE teams SET lead_id = 3 WHERE tenant_id = '{id}' AND id = 1;
        INSERT INTO things (tenant_id, id, "odd ""name", flag, small, big, amount, ratio, short, fixed, raw, status,
                            sponsor) OVERRIDING SYSTEM VALUE VALUES
            ('{id}', 7, 'odd {name} 🦀', true, -3, 9007199254740993, 1234567890.10, 0.1, 'five5', 'a', '\x00ff', 'done', '{id}'),
            ('{id}', 8, NULL, NULL, NULL, NULL, NULL, 'NaN', NULL, NULL, NULL, 'open', NULL),
            ('{id}', 900, 'null', false, 0, -1, -0.01, '-Infinity', '', '', '', 'open', NULL);
        INSERT INTO moments VALUES
            ('{id}', '2026-01-01 00:00:00.123456+02', '0044-03-15 BC', '1 year 2 days 03:04:05.6', 'null', '{{a,"b,c",NULL,"NULL"}}',
             '10.1.2.3/8', '[1,5)'),
            ('{id}', 'infinity', NULL, NULL, '{{"a": [1, null, "ü"]}}', '{{}}', '::1', 'empty'),
            ('{id}', '1999-12-31', NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO documents VALUES ('{id}', {n} + 1, 'plan {name}'), ('{id}', {n} + 2, 'other {name}');
        INSERT INTO files VALUES ({n} + 1, {n} + 1, 'plan-{name}.pdf'), ({n} + 2, {n} + 1, 'draft-{name}.pdf');
        INSERT INTO notes VALUES ('{id}', 1, {n} + 2, 'note {name}'), ('{id}', 2, NULL, 'loose {name}');
        INSERT INTO settings VALUES ('{id}', 'dark {name}');
        INSERT INTO legacy_events VALUES ({n}, '{id}');
        INSERT INTO billing.people SELECT '{id}', i, i * 100 FROM generate_series(1, 1234) AS i;
        COMMIT"#
    ))
    .unwrap();
    let keys = keyring.unlock_blocking(&tenant).unwrap();
    let padding = Padding::Blocks(std::num::NonZeroU16::new(64).unwrap());
    let email = keys.column(&EMAIL_LABEL).unwrap().padded(padding);
    let pin = keys.column(&PIN_LABEL).unwrap();
    let index = keys.blind_index(&EMAIL_LABEL, EMAIL).unwrap();
    let addresses = [
        format!("Canary-7f3a@{name}.example"),
        format!("bob@{name}.example"),
    ];
    for (id, address) in (1..).zip(&addresses) {
        sql_query("UPDATE people SET email = $1, email_index = $2, pin = $3 WHERE tenant_id = $4::uuid AND id = $5")
            .bind::<Bytea, _>(email.seal(address).unwrap())
            .bind::<Bytea, _>(index.of(address))
            .bind::<Bytea, _>(pin.seal_row(&RowId::new(&id.to_string()), &(1000 + id)).unwrap())
            .bind::<Text, _>(tenant.0.to_string())
            .bind::<Integer, _>(id)
            .execute(conn)
            .unwrap();
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Nullable<Bytea>)]
    email: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    email_index: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    pin: Option<Vec<u8>>,
}

fn rows(conn: &mut PgConnection, keys: &TenantKeys, tenant: OrgId) -> Vec<String> {
    let id = tenant.0;
    let mut found = Vec::new();
    for table in REGISTRY
        .tables
        .iter()
        .filter(|table| table.class.is_scoped())
    {
        let name = format!("{}.{}", table.schema.unwrap_or("public"), table.name);
        let of_tenant = match table.path {
            "organisations" => format!("t.id = '{id}'"),
            "files" => {
                format!("document_id IN (SELECT id FROM documents WHERE tenant_id = '{id}')")
            }
            "billing::people" => format!("t.customer = '{id}'"),
            _ => format!("t.tenant_id = '{id}'"),
        };
        let encrypted = "'{tenant_id, customer, email, email_index, pin}'::text[]";
        let query = format!(
            "SELECT '{}: ' || replace((to_jsonb(t) - {encrypted})::text, '{id}', 'TENANT') AS line \
             FROM {name} AS t WHERE {of_tenant} ORDER BY 1",
            table.path
        );
        let lines: Vec<Line> = sql_query(query).load(conn).unwrap();
        found.extend(lines.into_iter().map(|line| line.line));
    }
    let email = keys.column(&EMAIL_LABEL).unwrap();
    let pin = keys.column(&PIN_LABEL).unwrap();
    let index = keys.blind_index(&EMAIL_LABEL, EMAIL).unwrap();
    let people = sql_query(
        "SELECT id, email::bytea, email_index, pin FROM people WHERE tenant_id = $1::uuid ORDER BY id",
    );
    let people: Vec<Person> = people.bind::<Text, _>(id.to_string()).load(conn).unwrap();
    for person in people {
        let address = person
            .email
            .as_ref()
            .map(|sealed| email.open::<String>(sealed).unwrap());
        let row = RowId::new(&person.id.to_string());
        let pin = person
            .pin
            .map(|sealed| pin.open_row::<i32>(&row, &sealed).unwrap());
        let length = person.email.map(|sealed| sealed.len());
        let is_found = address
            .as_ref()
            .map(|address| Some(index.of(address)) == person.email_index);
        found.push(format!(
            "{}: {address:?} {length:?} {is_found:?} {pin:?}",
            person.id
        ));
    }
    found
}
