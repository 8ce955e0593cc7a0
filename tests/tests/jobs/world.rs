//! A database with a queue, a role for the workers, and keys for two tenants.

use std::ops::Deref;
use std::sync::LazyLock;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use tenancy_diesel::encryption::{FixedKey, Keyring, MemoryKeyStore, RootId, RootKey};
use tenancy_diesel::jobs::{DeadLetter, Job, Queue, Worker};
use tenancy_testing::{Fixture, Setup, SetupResult, TenantDatabase};
use tenancy_tests::database::rows;
use tenancy_tests::{A, B, OrgId, pools, schema};

static SHOP: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, set_up).tenants(|| [A, B]);

fn set_up(db: &mut Setup<'_, OrgId>) -> SetupResult {
    let worker = db.role("worker")?;
    let policies = db.policy_options().generate(&schema::REGISTRY);
    let app = db.app_role().to_owned();
    let conn = db.conn();
    conn.batch_execute(include_str!("../../fixtures/shop.sql"))?;
    conn.batch_execute(&rows())?;
    conn.batch_execute(policies.up())?;
    conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public, billing TO {app}"))?;
    conn.batch_execute("TRUNCATE comments")?;
    tenancy_migrations::run(conn)?;
    tenancy_migrations::grant_jobs(conn, &app, &worker)?;
    Ok(())
}

pub(crate) use crate::job::*;

#[derive(Debug)]
pub(crate) struct World {
    database: TenantDatabase<OrgId>,
    pub(crate) keyring: Keyring,
    pub(crate) tenants: schema::TenantPool,
}

impl Deref for World {
    type Target = TenantDatabase<OrgId>;

    fn deref(&self) -> &Self::Target {
        &self.database
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        World::with_connections(4).await
    }

    pub(crate) async fn with_connections(size: u32) -> Self {
        let database = SHOP.database();
        let digits = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
        let root = RootKey::from_hex(&digits.into()).unwrap();
        let root = FixedKey::new(RootId::literal("tests"), root);
        let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
        for tenant in [A, B] {
            keyring.create_tenant(&tenant).await.unwrap();
        }
        let pool = pools::raw_bb8(&database.url(), size).await;
        let tenants = schema::TenantPool::builder(pool).keys(keyring.clone());
        World {
            tenants: tenants.build().await.unwrap(),
            keyring,
            database,
        }
    }

    pub(crate) fn worker_role(&self) -> String {
        self.server().role_name("worker")
    }

    pub(crate) async fn pool_as(
        &self,
        role: &str,
    ) -> diesel_async::pooled_connection::bb8::Pool<AsyncPgConnection> {
        let url = self.url().replace(self.app_role(), role);
        bb8::Pool::builder()
            .max_size(3)
            .test_on_check_out(false)
            .build(AsyncDieselConnectionManager::new(url))
            .await
            .unwrap()
    }

    pub(crate) async fn queue(&self) -> Queue {
        let pool = self.pool_as(&self.worker_role()).await;
        Queue::build(pool, self.app_role()).await.unwrap()
    }

    /// A worker without handlers, one job at a time, whose failed jobs come back at once.
    pub(crate) async fn builder(&self) -> ShopBuilder {
        Worker::builder(self.tenants.clone(), self.queue().await)
            .concurrency(1)
            .attempts(3)
            .backoff(Duration::ZERO, Duration::ZERO)
    }

    /// A worker that writes comments.
    pub(crate) async fn worker(&self) -> ShopWorker {
        let builder = self.builder().await.handle(write_comment);
        builder.build().await.unwrap()
    }

    pub(crate) async fn scope(&self, tenant: OrgId) -> Conn {
        self.tenants.scope(tenant).await.unwrap()
    }

    pub(crate) async fn enqueue<T: Job>(&self, tenant: OrgId, job: &T) {
        let mut conn = self.scope(tenant).await;
        let enqueued = tenancy_diesel::jobs::enqueue(&mut conn, job).await;
        assert!(enqueued.unwrap().is_new);
    }

    /// All comments, as the superuser sees them: whose they are and what they say.
    pub(crate) fn comments(&self) -> Vec<String> {
        self.lines(
            "SELECT CASE tenant_id WHEN '00000000-0000-0000-0000-00000000000a' THEN 'A' ELSE 'B' END
                 || ' ' || id || ' ' || body
             FROM comments ORDER BY tenant_id, id",
        )
    }

    pub(crate) fn lines(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let query = format!("SELECT q.c::text AS line FROM ({query}) AS q (c)");
        let lines: Vec<Line> = diesel::sql_query(query)
            .load(&mut self.superuser())
            .unwrap();
        lines.into_iter().map(|line| line.line).collect()
    }

    pub(crate) fn number(&self, query: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let Number { n } = diesel::sql_query(format!("SELECT ({query}) AS n"))
            .get_result(&mut self.superuser())
            .unwrap();
        n
    }

    /// How many jobs are in the queue, dead letters included.
    pub(crate) fn waiting(&self) -> i64 {
        self.number("SELECT count(*) FROM tenancy.jobs")
    }

    pub(crate) fn administer(&self, sql: &str) {
        let done = self.superuser().batch_execute(sql);
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Why jobs are dead, sorted.
    pub(crate) async fn dead(&self) -> Vec<DeadLetter> {
        let mut dead = self.queue().await.dead_letters(100).await.unwrap();
        dead.sort_by(|a, b| a.failure.cmp(&b.failure));
        dead
    }

    /// The only envelope of the queue.
    pub(crate) fn envelope(&self) -> Vec<u8> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Binary)]
            envelope: Vec<u8>,
        }
        let rows: Vec<Row> = diesel::sql_query("SELECT envelope FROM tenancy.jobs")
            .load(&mut self.superuser())
            .unwrap();
        let [Row { envelope }] = <[Row; 1]>::try_from(rows).map_err(|r| r.len()).unwrap();
        envelope
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
