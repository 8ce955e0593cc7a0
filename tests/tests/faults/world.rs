//! A server of its own with two hundred tenants, and a pool of eight connections through a network.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::RunQueryDsl;
use tenancy_diesel::PolicyOptions;
use tenancy_diesel::bb8::{ConnectionManager, Lease};
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::OrgId;
use tenancy_tests::schema::{self, Scoped, TenantPool, projects};
use uuid::Uuid;

use crate::ledger::{Key, Ledger};
use crate::network::Network;

pub(crate) const TENANTS: u128 = 200;
pub(crate) const CONNECTIONS: u32 = 8;

pub(crate) struct World {
    server: Arc<PgServer>,
    database: TestDatabase,
    app: String,
    pub(crate) network: Network,
    pub(crate) pool: TenantPool,
    pub(crate) ledger: Ledger,
    next: AtomicI32,
}

pub(crate) fn tenant(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(0x7e57_0000_0000 + n))
}

impl World {
    pub(crate) async fn new() -> Self {
        // What was acknowledged has to survive the crash of a server process.
        let server = PgServer::start_with(&["synchronous_commit=on"]).unwrap();
        let app = server.create_login_role("app").unwrap();
        let template = server
            .template("faults", |conn| set_up(conn, &app))
            .unwrap();
        let database = template.create().unwrap();
        let network = Network::to(server.socket_addr().unwrap()).await;
        let url = through(&database.url_as(&app), &network);
        let pool = bb8::Pool::builder()
            .max_size(CONNECTIONS)
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(30))
            .build(ConnectionManager::new(url))
            .await
            .unwrap();
        World {
            pool: TenantPool::builder(pool).build().await.unwrap(),
            server,
            database,
            app,
            network,
            ledger: Ledger::default(),
            next: AtomicI32::new(10),
        }
    }

    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// A row that nobody has written yet.
    pub(crate) fn row(&self, n: u128) -> Key {
        (n, self.next.fetch_add(1, Ordering::SeqCst))
    }

    /// Takes a lease, reads everything, and complains about a row of somebody else.
    pub(crate) async fn look(&self, n: u128) -> Result<(), Error> {
        let mut conn = self.pool.scope(tenant(n)).await?;
        self.ledger.count_lease(1);
        let names: Vec<String> = projects::table
            .select(projects::name)
            .load(&mut conn)
            .await?;
        assert_own(n, &names);
        Ok(())
    }

    /// [`look`](Self::look), again where the fault before has broken the idle connection that it gets.
    pub(crate) async fn look_patiently(&self, n: u128) {
        let mut failures = 0;
        while let Err(error) = self.look(n).await {
            failures += 1;
            assert!(failures <= CONNECTIONS, "{error:?} again and again");
        }
    }

    /// Inserts a row and tells the ledger what the client was told.
    pub(crate) async fn insert(&self, conn: &mut Scoped<Lease>, key: Key) -> QueryResult<usize> {
        let result = new_row(key).execute(conn).await;
        self.note(key, &result);
        result
    }

    /// What the client was told about a row.
    pub(crate) fn note<R>(&self, key: Key, result: &Result<R, impl AsQueryError>) {
        match result {
            Ok(_) => self.ledger.acknowledge(key),
            Err(error) if error.outcome_is_unknown() => self.ledger.doubt(key),
            Err(_) => self.ledger.refuse(key),
        }
    }

    /// The rows of all tenants that were not there at the beginning, each in the right place.
    pub(crate) fn check(&self) {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Uuid)]
            tenant_id: Uuid,
            #[diesel(sql_type = Integer)]
            id: i32,
            #[diesel(sql_type = Text)]
            name: String,
        }
        let rows: Vec<Row> = diesel::RunQueryDsl::load(
            diesel::sql_query("SELECT tenant_id, id, name::text FROM projects"),
            &mut self.superuser(),
        )
        .unwrap();
        let keys: BTreeSet<Key> = rows
            .iter()
            .map(|row| {
                let n = row.tenant_id.as_u128() - 0x7e57_0000_0000;
                assert_own(n, std::slice::from_ref(&row.name));
                (n, row.id)
            })
            .filter(|(_, id)| *id > 1)
            .collect();
        self.ledger.check(&keys);
    }

    /// All connections can be had at once.
    pub(crate) async fn check_pool(&self) {
        let mut scopes = Vec::new();
        for n in 0..u128::from(CONNECTIONS) {
            scopes.push(
                self.pool
                    .scope(tenant(n))
                    .await
                    .expect("a connection is lost"),
            );
        }
        drop(scopes);
    }

    /// Ends the sessions of the application, or only the one with this process id.
    pub(crate) fn terminate(&self, pid: Option<i32>) {
        let sessions: i64 = diesel::RunQueryDsl::get_result(
            diesel::select(diesel::dsl::sql::<BigInt>(&format!(
                "(SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                  WHERE usename = '{}' AND pid = {})",
                self.app,
                pid.map_or("pid".to_owned(), |pid| pid.to_string()),
            ))),
            &mut self.superuser(),
        )
        .unwrap();
        assert!(sessions > 0 || pid.is_none(), "the session is gone already");
    }

    /// Kills a process of the server, which then ends all others, recovers and goes on. On a server of
    /// somebody else, the sessions of the application are ended in its place.
    pub(crate) fn crash(&self) {
        if std::env::var_os("TENANCY_TEST_DATABASE_URL").is_some() {
            return self.terminate(None);
        }
        let mut conn = self.superuser();
        let pid: i32 = diesel::RunQueryDsl::get_result(
            diesel::select(diesel::dsl::sql::<Integer>("pg_backend_pid()")),
            &mut conn,
        )
        .unwrap();
        let killed = Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        // Until it has noticed, it would let us in; while it recovers, it does not.
        while conn.batch_execute("SELECT 1").is_ok() {}
        while PgConnection::establish(&self.database.url()).is_err() {
            std::thread::yield_now();
        }
    }

    pub(crate) fn is_private(&self) -> bool {
        std::env::var_os("TENANCY_TEST_DATABASE_URL").is_none()
            && Arc::strong_count(&self.server) > 0
    }
}

/// The statement that inserts a row.
pub(crate) fn new_row(
    (n, id): Key,
) -> impl for<'a> diesel_async::methods::ExecuteDsl<Scoped<Lease>> + Send {
    insert_into(projects::table)
        .values((projects::id.eq(id), projects::name.eq(format!("t{n}/{id}"))))
}

pub(crate) fn assert_own(n: u128, names: &[String]) {
    let own = format!("t{n}/");
    assert!(!names.is_empty(), "tenant {n} does not see its own row");
    for name in names {
        assert!(
            name.starts_with(&own),
            "LEAK: {name} in the scope of tenant {n}"
        );
    }
}

/// Whether an error leaves open what happened to the transaction.
pub(crate) trait AsQueryError {
    fn outcome_is_unknown(&self) -> bool;
}

impl AsQueryError for QueryError {
    fn outcome_is_unknown(&self) -> bool {
        match self {
            QueryError::DatabaseError(kind, info) => {
                matches!(kind, DatabaseErrorKind::ClosedConnection)
                    || [
                        "closed",
                        "terminating",
                        "lost",
                        "communicating",
                        "unexpected",
                    ]
                    .iter()
                    .any(|word| info.message().contains(word))
            }
            QueryError::BrokenTransactionManager => true,
            _ => false,
        }
    }
}

impl AsQueryError for Error {
    fn outcome_is_unknown(&self) -> bool {
        matches!(self, Error::Query(error) if error.outcome_is_unknown())
    }
}

fn set_up(conn: &mut PgConnection, app: &str) -> QueryResult<()> {
    let policies = PolicyOptions::new()
        .app_role(app)
        .generate(&schema::REGISTRY);
    conn.batch_execute(include_str!("../../fixtures/shop.sql"))?;
    // So that COMMIT can fail.
    conn.batch_execute(
        "ALTER TABLE tasks ADD CONSTRAINT late FOREIGN KEY (tenant_id, project_id)
             REFERENCES projects DEFERRABLE INITIALLY DEFERRED;
         ALTER TABLE tasks DROP CONSTRAINT tasks_tenant_id_project_id_fkey",
    )?;
    for n in 0..TENANTS {
        let id = tenant(n).0;
        conn.batch_execute(&format!(
            "INSERT INTO organisations VALUES ('{id}', 't{n}/org');
             INSERT INTO projects VALUES ('{id}', 1, 't{n}/base')"
        ))?;
    }
    conn.batch_execute(policies.up())?;
    conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public, billing TO {app}"))
}

fn through(url: &str, network: &Network) -> String {
    let (credentials, place) = url.rsplit_once('@').unwrap();
    let (_, database) = place.split_once('/').unwrap();
    format!("{credentials}@{}/{database}", network.address())
}
