//! A database of its own for one test, and keys in memory with a clock that is set by hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bytea, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use tenancy_core::encryption::{
    Clock, FixedKey, KdfCost, Keyring, MemoryKeyStore, Moment, RootId, RootKey, RootKind, wait,
};
use tenancy_diesel::encryption::operations::{
    EncryptPlaintext, Inventory, Limits, OperationError, Plain, PlaintextReport, Reencrypt,
    ReencryptReport, remaining, remaining_blocking,
};
use tenancy_diesel::encryption::{BlindIndex, Encrypted, KeyGeneration, RowBound, RowId};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::{A, B, OrgId};
use uuid::Uuid;

use crate::schema::{self, accounts, devices, documents, pages, people, settings, vault};

/// The two kinds of connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Blocking,
    Async,
}

pub(crate) const MODES: [Mode; 2] = [Mode::Blocking, Mode::Async];
pub(crate) const LEASE: Duration = Duration::from_secs(60);
pub(crate) const ROWS: i32 = 7;

#[derive(Debug, Clone)]
pub(crate) struct ManualClock(Arc<Mutex<Moment>>);

impl ManualClock {
    pub(crate) fn pass(&self, time: Duration) {
        let mut moment = self.0.lock().unwrap();
        moment.monotonic += time;
        moment.wall += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct World {
    database: TestDatabase,
    app: String,
    pub(crate) store: Arc<MemoryKeyStore>,
    pub(crate) clock: ManualClock,
    pub(crate) keyring: Keyring,
}

impl World {
    /// Both tenants with the same rows, sealed under the first generation.
    pub(crate) fn new() -> Self {
        let world = World::empty();
        for (tenant, name) in [(A, "a"), (B, "b")] {
            wait(world.keyring.create_tenant(&tenant)).unwrap();
            world.seed(tenant, name);
        }
        world
    }

    fn empty() -> Self {
        let server = PgServer::shared().unwrap();
        let app = server.create_login_role("app").unwrap();
        let template = server.template("encryption operations", |conn: &mut PgConnection| {
            conn.batch_execute(include_str!("fixture.sql"))?;
            let policies = PolicyOptions::new()
                .app_role(&app)
                .generate(&schema::REGISTRY);
            conn.batch_execute(policies.up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public, vault TO {app}"))
        });
        let database = template.unwrap().create().unwrap();
        let store = Arc::new(MemoryKeyStore::new());
        let clock = ManualClock(Arc::new(Mutex::new(Moment {
            monotonic: Duration::from_secs(1_000),
            wall: Duration::from_secs(1_700_000_000),
        })));
        let keyring = keyring(&store, &clock);
        World {
            database,
            app,
            store,
            clock,
            keyring,
        }
    }

    fn seed(&self, tenant: OrgId, name: &str) {
        let mut conn = self.scope(tenant);
        let value = |what: &str, id: i32| Encrypted::new(format!("{what} {id} {name}"));
        let first = if tenant == A { 1 } else { 1001 };
        insert_into(documents::table)
            .values((documents::id.eq(first), documents::title.eq("plan")))
            .execute(&mut conn)
            .unwrap();
        insert_into(settings::table)
            .values(settings::secret.eq(value("secret", 0)))
            .execute(&mut conn)
            .unwrap();
        for id in 1..=ROWS {
            let note = (id % 3 == 0).then(|| value("note", id));
            insert_into(accounts::table)
                .values((
                    accounts::id.eq(id),
                    accounts::api_key.eq(value("key", id)),
                    accounts::note.eq(note),
                ))
                .execute(&mut conn)
                .unwrap();
            insert_into(devices::table)
                .values((
                    devices::id.eq(Uuid::from_u128(id as u128 * 7919)),
                    devices::token.eq(value("token", id)),
                ))
                .execute(&mut conn)
                .unwrap();
            insert_into(pages::table)
                .values((
                    pages::document_id.eq(first),
                    pages::number.eq(id),
                    pages::body.eq(value("body", id)),
                ))
                .execute(&mut conn)
                .unwrap();
            insert_into(vault::accounts::table)
                .values((
                    vault::accounts::id.eq(id),
                    vault::accounts::secret.eq(value("vault", id)),
                ))
                .execute(&mut conn)
                .unwrap();
        }
        for (i, place) in ["Zürich", "a'b", "", "ä\\ö\"", "zz"]
            .into_iter()
            .enumerate()
        {
            self.reading(tenant, place, i, &format!("reading {i} {name}"));
            self.reading(tenant, place, i + 1, &format!("reading {i} {name} later"));
        }
    }

    /// chrono is not among the features of these tests, so the time goes through SQL.
    fn reading(&self, tenant: OrgId, place: &str, hour: usize, value: &str) {
        let keys = self.keyring.unlock_blocking(&tenant).unwrap();
        let label = tenancy_core::encryption::Label::literal("readings.value");
        let sealed = keys.column(&label).unwrap().seal(value).unwrap();
        sql_query(format!(
            "INSERT INTO readings VALUES ($1::uuid, $2, '2026-01-01 {hour:02}:00:00.123456+02', {hour}, $3)"
        ))
        .bind::<Text, _>(tenant.0.to_string())
        .bind::<Text, _>(place)
        .bind::<Bytea, _>(sealed)
        .execute(&mut self.superuser())
        .unwrap();
    }

    /// People with plaintexts and nothing sealed.
    pub(crate) fn people(&self, count: i32) {
        for (tenant, name) in [(A, "a"), (B, "b")] {
            let mut conn = self.scope(tenant);
            for i in 0..count {
                let email = (i % 4 != 3).then(|| format!("Person-{i}@{name}.Example"));
                insert_into(people::table)
                    .values((
                        people::name.eq(format!("person {i}")),
                        people::plain_email.eq(email),
                        people::plain_pin.eq(i - 3),
                        people::plain_photo.eq(vec![0u8, 0xF9, i as u8]),
                    ))
                    .execute(&mut conn)
                    .unwrap();
            }
        }
    }

    pub(crate) fn scope(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        let keys = self.keyring.unlock_blocking(&tenant).unwrap();
        let scope = self.scope_without_keys(tenant);
        scope.with_keys(keys).unwrap()
    }

    pub(crate) fn scope_without_keys(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        Scoped::open(PgConnection::establish(&self.url()).unwrap(), tenant).unwrap()
    }

    pub(crate) async fn async_scope(
        &self,
        tenant: OrgId,
    ) -> schema::Scoped<diesel_async::AsyncPgConnection> {
        use diesel_async::{AsyncConnection, AsyncPgConnection};
        Scoped::open(
            AsyncPgConnection::establish(&self.url()).await.unwrap(),
            tenant,
        )
        .unwrap()
    }

    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// The name of the application role.
    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    pub(crate) fn url(&self) -> String {
        self.database.url_as(&self.app)
    }

    pub(crate) fn new_generation(&self) -> KeyGeneration {
        wait(self.keyring.new_generation(&A)).unwrap()
    }

    pub(crate) fn reencrypt(
        &self,
        mode: Mode,
        job: Reencrypt<'_>,
    ) -> Result<ReencryptReport, OperationError> {
        match mode {
            Mode::Blocking => job.run_blocking(&mut self.scope_without_keys(A), &self.keyring),
            Mode::Async => {
                block_on(async { job.run(&mut self.async_scope(A).await, &self.keyring).await })
            }
        }
    }

    pub(crate) fn encrypt<T: Plain>(
        &self,
        mode: Mode,
        job: EncryptPlaintext<'_, T>,
    ) -> Result<PlaintextReport, OperationError> {
        match mode {
            Mode::Blocking => job.run_blocking(&mut self.scope_without_keys(A), &self.keyring),
            Mode::Async => {
                block_on(async { job.run(&mut self.async_scope(A).await, &self.keyring).await })
            }
        }
    }

    pub(crate) fn remaining(&self, mode: Mode) -> Inventory {
        let (registry, limits) = (&schema::REGISTRY, Limits::new());
        let inventory = match mode {
            Mode::Blocking => {
                remaining_blocking(&mut self.scope_without_keys(A), registry, &limits)
            }
            Mode::Async => block_on(async {
                remaining(&mut self.async_scope(A).await, registry, &limits).await
            }),
        };
        inventory.unwrap()
    }

    /// Every value of a tenant, opened, with where it stands.
    pub(crate) fn values(&self, tenant: OrgId) -> Vec<String> {
        let mut conn = self.scope(tenant);
        let mut values = Vec::new();
        let rows: Vec<(i32, Encrypted<String>, Option<Encrypted<String>>)> = accounts::table
            .select((accounts::id, accounts::api_key, accounts::note))
            .load(&mut conn)
            .unwrap();
        for (id, key, note) in rows {
            let note = note.map(Encrypted::into_inner);
            values.push(format!("accounts {id}: {} {note:?}", key.expose()));
        }
        let rows: Vec<(Uuid, Encrypted<String>)> = devices::table
            .select((devices::id, devices::token))
            .load(&mut conn)
            .unwrap();
        for (id, token) in rows {
            values.push(format!("devices {id}: {}", token.expose()));
        }
        let rows: Vec<(i32, Encrypted<String>)> = pages::table
            .select((pages::number, pages::body))
            .load(&mut conn)
            .unwrap();
        for (id, body) in rows {
            values.push(format!("pages {id}: {}", body.expose()));
        }
        let rows: Vec<Option<Encrypted<String>>> = settings::table
            .select(settings::secret)
            .load(&mut conn)
            .unwrap();
        for secret in rows {
            values.push(format!("settings: {:?}", secret.map(Encrypted::into_inner)));
        }
        let rows: Vec<(i32, Encrypted<String>)> = vault::accounts::table
            .select((vault::accounts::id, vault::accounts::secret))
            .load(&mut conn)
            .unwrap();
        for (id, secret) in rows {
            values.push(format!("vault {id}: {}", secret.expose()));
        }
        let rows: Vec<(String, i64, Encrypted<String>)> = schema::readings::table
            .select((
                schema::readings::place,
                schema::readings::number,
                schema::readings::value,
            ))
            .load(&mut conn)
            .unwrap();
        for (place, number, value) in rows {
            values.push(format!("readings {place} {number}: {}", value.expose()));
        }
        values.sort();
        values
    }

    /// Every row of a tenant as it is stored.
    pub(crate) fn stored(&self, tenant: OrgId) -> Vec<String> {
        let of_tenant = [
            "accounts",
            "devices",
            "documents",
            "people",
            "readings",
            "settings",
            "vault.accounts",
        ];
        let id = tenant.0;
        let mut tables: Vec<String> = of_tenant
            .iter()
            .map(|table| {
                format!(
                    "SELECT '{table} ' || t::text AS text FROM {table} t WHERE tenant_id = '{id}'"
                )
            })
            .collect();
        tables.push(format!(
            "SELECT 'pages ' || p::text FROM pages p JOIN documents d ON d.id = p.document_id \
             WHERE d.tenant_id = '{id}'"
        ));
        self.texts(&format!("{} ORDER BY 1", tables.join(" UNION ALL ")))
    }

    /// The column `text` of what the superuser reads.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            text: String,
        }
        let lines: Vec<Line> = sql_query(sql).load(&mut self.superuser()).unwrap();
        lines.into_iter().map(|line| line.text).collect()
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.superuser().batch_execute(sql).unwrap();
    }

    /// Makes the key of an account one that opens for its row alone.
    pub(crate) fn bind_account_to_its_row(&self, id: i32, value: &str) {
        let bound = RowBound::seal(RowId::new(&id.to_string()), value);
        update(accounts::table.find(id))
            .set(accounts::api_key.eq(bound))
            .execute(&mut self.scope(A))
            .unwrap();
    }

    pub(crate) fn found_by_email(&self, email: &str) -> Vec<String> {
        use tenancy_diesel::encryption::BlindIndexExpressionMethods;
        people::table
            .filter(people::email_index.matches(email))
            .select(people::name)
            .order(people::name)
            .load(&mut self.scope(A))
            .unwrap()
    }

    pub(crate) fn write_email(&self, name: &str, email: &str) {
        update(people::table.find(name))
            .set((
                people::email.eq(Encrypted::new(email.to_owned())),
                people::email_index.eq(BlindIndex::new(email)),
            ))
            .execute(&mut self.scope(A))
            .unwrap();
    }
}

/// A keyring as another process would have it: its own memory, the same store and root.
pub(crate) fn keyring(store: &Arc<MemoryKeyStore>, clock: &ManualClock) -> Keyring {
    let digits = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    let root = FixedKey::new(
        RootId::literal("2026-01"),
        RootKey::from_hex(&digits.into()).unwrap(),
    );
    Keyring::builder(Arc::clone(store), root)
        .cost(KdfCost::recommended(RootKind::Random))
        .clock(clock.clone())
        .build()
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

pub(crate) fn generation(number: u32) -> KeyGeneration {
    KeyGeneration::new(number).unwrap()
}

/// Small pages, so that there are several.
pub(crate) fn small() -> Limits {
    Limits::new().rows(2)
}
