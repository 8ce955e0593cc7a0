//! A database with encrypted columns, key tables, and a role for each.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2;
use diesel::sql_types::Text;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::encryption::{
    BlockingPgKeyStore, Clock, FixedKey, KeyStore, Keyring, Moment, PgKeyStore, RootId, RootKey,
    SecretString,
};
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::OrgId;

use crate::schema;

/// The lease of the tests' tenants, by the tests' clock.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// A database of its own for one test. Nobody has keys yet.
#[derive(Debug)]
pub(crate) struct Vault {
    database: TestDatabase,
    app: String,
    keys: String,
    /// Stands still until a test moves it.
    pub(crate) clock: TestClock,
}

impl Vault {
    pub(crate) fn new() -> Self {
        Vault::on(&PgServer::shared().unwrap())
    }

    /// On a server of its own, for tests that other databases would disturb.
    pub(crate) fn alone() -> Self {
        let statistics = "shared_preload_libraries=pg_stat_statements";
        Vault::on(&PgServer::start_with(&[statistics]).unwrap())
    }

    fn on(server: &Arc<PgServer>) -> Self {
        let [app, keys] = ["app", "keys"].map(|name| server.create_login_role(name).unwrap());
        let template = server
            .template("vault", |conn: &mut PgConnection| {
                tenancy_migrations::run(conn).unwrap();
                tenancy_migrations::grant_keys(conn, &keys).unwrap();
                conn.batch_execute(include_str!("fixture.sql"))?;
                let policies = PolicyOptions::new()
                    .app_role(&app)
                    .generate(&schema::REGISTRY);
                conn.batch_execute(policies.up())?;
                conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}"))
            })
            .unwrap();
        Vault {
            database: template.create().unwrap(),
            app,
            keys,
            clock: TestClock::default(),
        }
    }

    /// The name of the application role.
    pub(crate) fn app_role(&self) -> &str {
        &self.app
    }

    /// The name of the role of the key store.
    pub(crate) fn keys_role(&self) -> &str {
        &self.keys
    }

    /// The URL of the application role.
    pub(crate) fn url(&self) -> String {
        self.database.url_as(&self.app)
    }

    /// The URL of the superuser.
    pub(crate) fn superuser_url(&self) -> String {
        self.database.url()
    }

    /// The URL of any role.
    pub(crate) fn url_as(&self, role: &str) -> String {
        self.database.url_as(role)
    }

    /// The name of the database.
    pub(crate) fn name(&self) -> &str {
        self.database.name()
    }

    /// A connection of the application role.
    pub(crate) fn raw(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap()
    }

    /// A connection of the role of the key store.
    pub(crate) fn keys(&self) -> PgConnection {
        PgConnection::establish(&self.url_as(&self.keys)).unwrap()
    }

    /// A connection of the superuser.
    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.superuser_url()).unwrap()
    }

    /// Runs SQL as the superuser.
    pub(crate) fn sql(&self, sql: &str) {
        let done = self.superuser().batch_execute(sql);
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The one column of a query, as the superuser sees it.
    pub(crate) fn lines(&self, query: &str) -> Vec<String> {
        lines(&mut self.superuser(), query)
    }

    /// The pool of a key store. bb8's own check of a connection would leave a prepared statement on it.
    pub(crate) async fn key_pool(
        &self,
        role: &str,
        size: u32,
    ) -> bb8::Pool<AsyncDieselConnectionManager<AsyncPgConnection>> {
        bb8::Pool::builder()
            .max_size(size)
            .test_on_check_out(false)
            .build(AsyncDieselConnectionManager::new(self.url_as(role)))
            .await
            .unwrap()
    }

    /// A key store with a pool of its own.
    pub(crate) async fn key_store(&self) -> PgKeyStore {
        let pool = self.key_pool(&self.keys, 2).await;
        PgKeyStore::builder(pool, &self.app).build().await.unwrap()
    }

    /// A key store for synchronous programs.
    pub(crate) fn blocking_key_store(&self) -> BlockingPgKeyStore {
        let manager = r2d2::ConnectionManager::new(self.url_as(&self.keys));
        let pool = r2d2::Pool::builder().max_size(2).build(manager).unwrap();
        BlockingPgKeyStore::builder(pool, &self.app)
            .build()
            .unwrap()
    }

    /// A keyring as another process would have it: it shares the root key and the tables, and the
    /// clock.
    pub(crate) async fn keyring(&self) -> Keyring {
        self.keyring_over(self.key_store().await)
    }

    /// A keyring that knows of no tenant yet, over any store.
    pub(crate) fn keyring_over(&self, store: impl KeyStore) -> Keyring {
        let builder = Keyring::builder(store, root());
        builder.clock(self.clock.clone()).build()
    }

    /// The same for synchronous programs.
    pub(crate) fn blocking_keyring(&self) -> Keyring {
        self.keyring_over(self.blocking_key_store())
    }

    /// A pool whose scopes have keys.
    pub(crate) async fn pool(&self, keyring: &Keyring) -> schema::TenantPool {
        let pool = bb8::Pool::builder()
            .max_size(8)
            .build(ConnectionManager::new(self.url()))
            .await
            .unwrap();
        let pool = schema::TenantPool::builder(pool).keys(keyring.clone());
        pool.build().await.unwrap()
    }

    /// A scope without keys.
    pub(crate) fn scope_without_keys(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        Scoped::open(self.raw(), tenant).unwrap()
    }

    /// A scope with the keys of its tenant. The keyring is a blocking one.
    pub(crate) fn scope(&self, keyring: &Keyring, tenant: OrgId) -> schema::Scoped<PgConnection> {
        let keys = keyring.unlock_blocking(&tenant).unwrap();
        self.scope_without_keys(tenant).with_keys(keys).unwrap()
    }

    /// An asynchronous scope without keys.
    pub(crate) async fn async_scope_without_keys(
        &self,
        tenant: OrgId,
    ) -> schema::Scoped<AsyncPgConnection> {
        let conn = AsyncPgConnection::establish(&self.url()).await.unwrap();
        Scoped::open(conn, tenant).unwrap()
    }

    /// An asynchronous scope with the keys of its tenant.
    pub(crate) async fn async_scope(
        &self,
        keyring: &Keyring,
        tenant: OrgId,
    ) -> schema::Scoped<AsyncPgConnection> {
        let keys = keyring.unlock(&tenant).await.unwrap();
        let scope = self.async_scope_without_keys(tenant).await;
        scope.with_keys(keys).unwrap()
    }
}

/// The root key of the tests, in hexadecimal digits.
pub(crate) const ROOT_KEY: &str =
    "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The root key that all keyrings of the tests share.
pub(crate) fn root() -> FixedKey {
    let text = SecretString::from(ROOT_KEY.to_owned());
    FixedKey::new(RootId::literal("tests"), RootKey::from_hex(&text).unwrap())
}

/// A clock that moves when a test says so.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestClock(Arc<Mutex<Duration>>);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        let now = *self.0.lock().unwrap();
        Moment {
            monotonic: now,
            wall: now,
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The rows of a query with one column, as texts.
pub(crate) fn lines(conn: &mut PgConnection, query: &str) -> Vec<String> {
    diesel::sql_query(format!("SELECT q.c::text AS line FROM ({query}) AS q (c)"))
        .load::<Line>(conn)
        .unwrap_or_else(|error| panic!("{query}: {error}"))
        .into_iter()
        .map(|line| line.line)
        .collect()
}

/// The message with which the server refused.
pub(crate) fn refusal<T: std::fmt::Debug>(result: QueryResult<T>) -> String {
    match result {
        Err(diesel::result::Error::DatabaseError(_, info)) => info.message().to_owned(),
        other => panic!("the server did not refuse: {other:?}"),
    }
}
