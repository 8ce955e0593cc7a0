//! A database with a role that reads all tenants, one that records it, and one that reads the records.

use std::ops::Deref;
use std::sync::LazyLock;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use tenancy_diesel::crossing::{BuildError, CrossTenant, CrossTenantPool};
use tenancy_testing::{Fixture, Setup, SetupResult, TenantDatabase};
use tenancy_tests::database::rows;
use tenancy_tests::{A, B, OrgId, schema};

pub(crate) type SyncPool = Pool<ConnectionManager<PgConnection>>;
pub(crate) type AsyncPool = diesel_async::pooled_connection::bb8::Pool<AsyncPgConnection>;

static SHOP: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, set_up).tenants(|| [A, B]);

fn set_up(db: &mut Setup<'_, OrgId>) -> SetupResult {
    let [support, recorder, auditor] =
        ["support", "recorder", "record_auditor"].map(|name| db.role(name));
    let (support, recorder, auditor) = (support?, recorder?, auditor?);
    let policies = db
        .policy_options()
        .admin_role(&support)
        .generate(&schema::REGISTRY);
    let app = db.app_role().to_owned();
    let conn = db.conn();
    conn.batch_execute(include_str!("../../fixtures/shop.sql"))?;
    conn.batch_execute(&rows())?;
    conn.batch_execute(policies.up())?;
    conn.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA public, billing TO {app}, {support};
         GRANT SELECT ON countries TO {support};"
    ))?;
    tenancy_migrations::run(conn)?;
    tenancy_migrations::grant_crossings(conn, &recorder, &auditor)?;
    Ok(())
}

/// One row of the table of records.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct Record {
    #[diesel(sql_type = Text)]
    pub(crate) opening: String,
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Text)]
    pub(crate) who: String,
    #[diesel(sql_type = Text)]
    pub(crate) why: String,
    #[diesel(sql_type = Text)]
    pub(crate) roles: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) what: Option<String>,
}

#[derive(Debug)]
pub(crate) struct World(TenantDatabase<OrgId>);

impl Deref for World {
    type Target = TenantDatabase<OrgId>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl World {
    pub(crate) fn new() -> Self {
        World(SHOP.database())
    }

    pub(crate) fn role(&self, name: &str) -> String {
        self.server().role_name(name)
    }

    pub(crate) fn url_of(&self, role: &str) -> String {
        let url = self.url();
        url.replace(self.app_role(), role)
    }

    pub(crate) fn sync_pool_of(&self, url: &str, size: u32) -> SyncPool {
        Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .build(ConnectionManager::new(url))
            .unwrap()
    }

    pub(crate) fn try_pool(
        &self,
        reading: &str,
        recording: &str,
    ) -> Result<CrossTenantPool<SyncPool>, BuildError> {
        CrossTenantPool::builder(
            self.sync_pool_of(&self.url_of(reading), 2),
            self.sync_pool_of(&self.url_of(recording), 1),
        )
        .app_role(self.app_role())
        .build()
    }

    pub(crate) fn pool(&self) -> CrossTenantPool<SyncPool> {
        self.try_pool(&self.role("support"), &self.role("recorder"))
            .unwrap()
    }

    pub(crate) fn open(&self) -> CrossTenant<SyncPool> {
        self.pool().open("alice", "ticket 1").unwrap()
    }

    pub(crate) async fn async_pool_of(&self, url: &str, size: u32) -> AsyncPool {
        bb8::Pool::builder()
            .max_size(size)
            .test_on_check_out(false)
            .build(AsyncDieselConnectionManager::new(url))
            .await
            .unwrap()
    }

    pub(crate) async fn async_pool(&self, size: u32) -> CrossTenantPool<AsyncPool> {
        CrossTenantPool::builder(
            self.async_pool_of(&self.url_of(&self.role("support")), size)
                .await,
            self.async_pool_of(&self.url_of(&self.role("recorder")), 1)
                .await,
        )
        .app_role(self.app_role())
        .build()
        .await
        .unwrap()
    }

    /// All records in the order in which they were written, as the auditor reads them.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut auditor = self.connect_as(&self.role("record_auditor"));
        sql_query(
            "SELECT opening::text, kind, actor AS who, reason AS why, reader || ' ' || recorded_by AS roles,
                 coalesce(statement, tenant) AS what
             FROM tenancy.crossings ORDER BY id",
        )
        .load(&mut auditor)
        .unwrap()
    }

    /// The kinds of the records.
    pub(crate) fn kinds(&self) -> Vec<String> {
        self.records().into_iter().map(|r| r.kind).collect()
    }

    /// What the administrator counts.
    pub(crate) fn number(&self, query: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let Number { n } = sql_query(query).get_result(&mut self.superuser()).unwrap();
        n
    }

    pub(crate) fn administer(&self, sql: &str) {
        self.superuser().batch_execute(sql).unwrap();
    }
}

/// Runs a future on a runtime with several threads.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    });
    RUNTIME.block_on(future)
}
