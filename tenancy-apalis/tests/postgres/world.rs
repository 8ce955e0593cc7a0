//! A database with notes of two tenants, keys for them, and the tables of apalis.

use std::sync::LazyLock;

use apalis_core::error::BoxDynError;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_postgres::{Config, PgPool, PostgresStorage};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use tenancy_apalis::{InScope, Job, JobId, JobOptions, TenantJob, TenantLayer};
use tenancy_diesel::bb8::{ConnectionManager, Lease};
use tenancy_diesel::encryption::{FixedKey, Keyring, MemoryKeyStore, RootId, RootKey};
use tenancy_diesel::insert_into;
use tenancy_testing::{Fixture, TenantDatabase};

use crate::schema::{self, notes};

pub(crate) const A: i32 = 1;
pub(crate) const B: i32 = 2;

pub(crate) type Conn = schema::Scoped<Lease>;
pub(crate) type Storage = PostgresStorage<TenantJob<Note>>;

/// Writes a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: i32,
    pub(crate) body: String,
}

impl Job for Note {
    const KIND: &'static str = "note";
}

pub(crate) fn note(id: i32, body: &str) -> Note {
    Note {
        id,
        body: body.to_owned(),
    }
}

/// The handler of most tests.
pub(crate) async fn write(
    _: TenantJob<Note>,
    InScope { job, mut scope }: InScope<Note, Conn>,
) -> Result<(), BoxDynError> {
    assert!(job.attempt() > 0);
    Ok(write_in(&mut scope, job.id, &job.body).await?)
}

pub(crate) async fn write_in(conn: &mut Conn, id: i32, body: &str) -> QueryResult<()> {
    insert_into(notes::table)
        .values((notes::id.eq(id), notes::body.eq(body)))
        .execute(conn)
        .await?;
    Ok(())
}

static NOTES: Fixture<i32> = Fixture::new(&schema::REGISTRY, |db| {
    let queue = db.role("queue")?;
    let policies = db.policy_options().generate(&schema::REGISTRY);
    let app = db.app_role().to_owned();
    let conn = db.conn();
    conn.batch_execute(
        "CREATE TABLE notes (tenant_id int4, id int4, body text NOT NULL, PRIMARY KEY (tenant_id, id))",
    )?;
    conn.batch_execute(policies.up())?;
    conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}, {queue}"))?;
    tenancy_migrations::run(conn)?;
    Ok(())
})
.tenants(|| [A, B]);

pub(crate) struct World {
    pub(crate) database: TenantDatabase<i32>,
    pub(crate) keyring: Keyring,
    pub(crate) tenants: schema::TenantPool,
    pub(crate) queue: PgPool,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = NOTES.database();
        let administrator = PgPool::connect(&database.superuser_url()).await.unwrap();
        PostgresStorage::setup(&administrator).await.unwrap();
        let role = database.server().role_name("queue");
        let mut superuser = database.superuser();
        superuser
            .batch_execute(&format!(
                "GRANT USAGE ON SCHEMA apalis TO {role};
                 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA apalis TO {role}"
            ))
            .unwrap();
        drop(superuser);
        let url = database.url().replace(database.app_role(), &role);
        let root = RootKey::generate().unwrap();
        let root = FixedKey::new(RootId::literal("tests"), root);
        let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
        for tenant in [A, B] {
            keyring.create_tenant(&tenant).await.unwrap();
        }
        // One connection, which all tenants have in turns.
        let pool = bb8::Pool::builder()
            .max_size(1)
            .connection_timeout(std::time::Duration::from_millis(200))
            .test_on_check_out(false);
        let pool = pool.build(ConnectionManager::new(database.url()));
        let pool = schema::TenantPool::builder(pool.await.unwrap()).keys(keyring.clone());
        World {
            tenants: pool.build().await.unwrap(),
            queue: PgPool::connect(&url).await.unwrap(),
            keyring,
            database,
        }
    }

    pub(crate) fn storage(&self) -> Storage {
        PostgresStorage::new(&self.queue)
            .with_config(Config::default().queue("notes").batch_size(4))
    }

    pub(crate) async fn enqueue(&self, tenant: i32, job: &Note) -> JobId {
        self.enqueue_with(tenant, job, &JobOptions::new()).await
    }

    pub(crate) async fn enqueue_with(
        &self,
        tenant: i32,
        job: &Note,
        options: &JobOptions,
    ) -> JobId {
        let scope = self.tenants.scope(tenant).await.unwrap();
        let mut storage = self.storage();
        let id = tenancy_apalis::enqueue(&mut storage, &scope, job, options).await;
        id.unwrap()
    }

    /// Runs the handler of most tests until nothing is left to do.
    pub(crate) async fn run(&self) {
        let worker = WorkerBuilder::new(self.name())
            .backend(self.storage())
            .layer(TenantLayer::new(self.tenants.clone()))
            .build(write);
        let settled = self.settled();
        worker.run_until(settled).await.unwrap();
    }

    pub(crate) fn name(&self) -> String {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("worker-{number}")
    }

    /// Until each task is done, or was given up.
    pub(crate) fn settled(
        &self,
    ) -> impl Future<Output = Result<(), std::io::Error>> + Send + use<> {
        let queue = self.queue.clone();
        async move {
            let open = "SELECT count(*) FROM apalis.jobs
                 WHERE NOT (status IN ('Done', 'Killed') OR status = 'Failed' AND attempts >= max_attempts)";
            while sqlx::query_scalar::<_, i64>(open)
                .fetch_one(&queue)
                .await
                .unwrap()
                > 0
            {
                tokio::task::yield_now().await;
            }
            Ok(())
        }
    }

    /// The statuses of all tasks, and what apalis has kept of their results.
    pub(crate) fn statuses(&self) -> Vec<String> {
        self.lines("SELECT status || ' ' || coalesce(last_result::text, '') FROM apalis.jobs")
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.lines("SELECT tenant_id || ' ' || id || ' ' || body FROM notes")
    }

    pub(crate) fn lines(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = diesel::sql_types::Text)]
            line: String,
        }
        let query = format!("SELECT q.c::text AS line FROM ({query}) AS q (c) ORDER BY 1");
        let lines: Vec<Line> =
            diesel::RunQueryDsl::load(diesel::sql_query(query), &mut self.database.superuser())
                .unwrap();
        lines.into_iter().map(|line| line.line).collect()
    }

    pub(crate) fn administer(&self, sql: &str) {
        let done = self.database.superuser().batch_execute(sql);
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
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
