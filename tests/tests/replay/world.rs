//! A database with an eraser, real backups of it, and a directory of receipts.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tempfile::TempDir;
use tenancy_core::erasure::receipts::{
    Chain, ChainError, Directory, Issuer, ReceiptSink, SigningKey, TrustedKeys,
};
use tenancy_diesel::erasure::{Erasure, PgReceiptSink, Replay, ReplayError, Report};
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
use tenancy_testing::{PgServer, TestDatabase};

pub(crate) const A: i64 = 1;
pub(crate) const B: i64 = 2;
pub(crate) const C: i64 = 3;

const fn table(name: &'static str, class: Class, primary_key: &'static [&'static str]) -> Table {
    Table {
        path: name,
        schema: None,
        name,
        class,
        columns: &[],
        primary_key,
        encrypted: &[],
    }
}

const TABLES: &[Table] = &[
    table("organisations", Class::Root { column: "id" }, &["id"]),
    table(
        "projects",
        Class::Tenant {
            column: "tenant_id",
        },
        &["tenant_id", "id"],
    ),
];

pub(crate) const REGISTRY: Registry = Registry::new("app.tenant_id", "int8", TABLES);

pub(crate) struct World {
    server: Arc<PgServer>,
    eraser: String,
    pub(crate) database: TestDatabase,
    folder: TempDir,
    pub(crate) trusted: TrustedKeys,
    key: SigningKey,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

pub(crate) fn erasure() -> Erasure<'static> {
    Erasure::new(&REGISTRY)
        .requested_by("alice@example.org", "contract 4711 has ended")
        .batch(3)
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

impl World {
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap();
        let app = server.create_login_role("app").unwrap();
        let eraser = server.create_login_role("eraser").unwrap();
        let template = server.template("replay", |conn: &mut PgConnection| {
            conn.batch_execute(include_str!("tables.sql")).unwrap();
            let policies = PolicyOptions::new().app_role(&app).eraser_role(&eraser);
            conn.batch_execute(policies.generate(&REGISTRY).up())
                .unwrap();
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}, {eraser}"))
                .unwrap();
            tenancy_migrations::run(conn).unwrap();
            tenancy_migrations::grant_erasures(conn, &eraser)
        });
        let database = template.unwrap().create().unwrap();
        let key = SigningKey::generate().unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("sink")).unwrap();
        World {
            server,
            eraser,
            database,
            folder,
            trusted: key.public().into(),
            key,
        }
    }

    pub(crate) fn sink(&self) -> Directory {
        Directory::open(self.sink_path()).unwrap()
    }

    pub(crate) fn sink_path(&self) -> PathBuf {
        self.folder.path().join("sink")
    }

    pub(crate) fn issuer(&self) -> Issuer {
        let key = SigningKey::from_text(&self.key.to_text()).unwrap();
        Issuer::new(key, Arc::new(self.sink()))
    }

    pub(crate) fn issuer_for(&self, sink: Arc<dyn ReceiptSink>) -> Issuer {
        Issuer::new(SigningKey::from_text(&self.key.to_text()).unwrap(), sink)
    }

    /// A second database for receipts, and the role that writes there.
    pub(crate) fn archive(&self) -> (TestDatabase, String) {
        let role = self.server.create_login_role("archive").unwrap();
        let template = self.server.template("archive", |conn| {
            conn.batch_execute(&PgReceiptSink::setup_sql(&role))
        });
        (template.unwrap().create().unwrap(), role)
    }

    pub(crate) fn chain(&self) -> Result<Chain, ChainError> {
        block_on(Chain::load(&self.sink(), &self.trusted))
    }

    pub(crate) async fn eraser(&self, database: &TestDatabase) -> AsyncPgConnection {
        let url = database.url_as(&self.eraser);
        AsyncPgConnection::establish(&url).await.unwrap()
    }

    /// Erases a tenant, without a receipt.
    pub(crate) fn erase_only(&self, tenant: i64) -> Report {
        block_on(async {
            let conn = &mut self.eraser(&self.database).await;
            let plan = erasure().plan(conn, &tenant).await.unwrap();
            erasure().execute(conn, &plan, |_| ()).await.unwrap()
        })
    }

    /// Erases a tenant and issues the receipt.
    pub(crate) fn erase(&self, tenant: i64) -> Report {
        let report = self.erase_only(tenant);
        block_on(self.issuer().issue(&report)).unwrap();
        report
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(PgServer::client_program(program).unwrap())
            .args(arguments)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
    }

    pub(crate) fn dump(&self, name: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        let path = file.to_str().unwrap();
        let url = self.database.url();
        self.run("pg_dump", &["--format=custom", "--file", path, &url]);
        file
    }

    /// The backup in a database of its own.
    pub(crate) fn restore(&self, dump: &std::path::Path) -> TestDatabase {
        let template = self.server.template("replay, empty", |conn| {
            // What the backup brings itself.
            conn.batch_execute("DROP SCHEMA public")
        });
        let database = template.unwrap().create().unwrap();
        let path = dump.to_str().unwrap();
        // The schema `public` of an empty database is not part of a backup.
        execute(&database, "CREATE SCHEMA public");
        self.run(
            "pg_restore",
            &["--exit-on-error", "--dbname", &database.url(), path],
        );
        execute(
            &database,
            &format!("GRANT USAGE ON SCHEMA public TO {}", self.eraser),
        );
        database
    }

    /// What the receipts of the first database say about this one.
    pub(crate) async fn plan(&self, database: &TestDatabase) -> Result<Replay<i64>, ReplayError> {
        let chain = Chain::load(&self.sink(), &self.trusted).await.unwrap();
        let conn = &mut self.eraser(database).await;
        Replay::plan(&erasure(), conn, &chain, self.database.name()).await
    }

    pub(crate) fn replay(&self, database: &TestDatabase, again: bool) -> Vec<Report> {
        block_on(async {
            let mut replay = self.plan(database).await.unwrap();
            if again {
                replay = replay.also_again();
            }
            let conn = &mut self.eraser(database).await;
            replay.execute(&erasure(), conn, |_| ()).await.unwrap()
        })
    }
}

pub(crate) fn execute(database: &TestDatabase, sql: &str) {
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute(sql).unwrap();
}

/// Every row of a tenant as text.
pub(crate) fn rows(database: &TestDatabase, tenant: i64) -> Vec<String> {
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let query = format!(
        "SELECT t::text AS text FROM organisations AS t WHERE id = {tenant} \
         UNION ALL SELECT t::text FROM projects AS t WHERE tenant_id = {tenant} ORDER BY 1"
    );
    let lines: Vec<Line> = sql_query(query).load(&mut conn).unwrap();
    lines.into_iter().map(|line| line.text).collect()
}
