//! A database of its own for one test, and its index through both kinds of connection.

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::search::{
    BlockingPgIndex, Document, Hit, Language, PgIndex, Search, SearchError, SearchTables,
    TenantIndex,
};
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::OrgId;

use crate::schema;

/// The two kinds of connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Blocking,
    Async,
}

pub(crate) const MODES: [Mode; 2] = [Mode::Blocking, Mode::Async];

pub(crate) struct World {
    database: TestDatabase,
    app: String,
    eraser: String,
    mode: Mode,
}

impl World {
    pub(crate) fn new(mode: Mode) -> Self {
        let server = PgServer::shared().unwrap();
        let app = server.create_login_role("app").unwrap();
        let eraser = server.create_login_role("eraser").unwrap();
        let template = server.template("search", |conn: &mut PgConnection| {
            let tables = SearchTables::of::<OrgId>().migrations();
            conn.batch_execute(tables.as_slice()[0].up())?;
            let policies = PolicyOptions::new()
                .app_role(&app)
                .eraser_role(&eraser)
                .generate(&schema::REGISTRY);
            conn.batch_execute(policies.up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}, {eraser}"))?;
            tenancy_migrations::run(conn).unwrap();
            tenancy_migrations::grant_erasures(conn, &eraser).unwrap();
            Ok::<_, diesel::result::Error>(())
        });
        World {
            database: template.unwrap().create().unwrap(),
            app,
            eraser,
            mode,
        }
    }

    pub(crate) fn each(test: impl Fn(&World)) {
        for mode in MODES {
            test(&World::new(mode));
        }
    }

    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    pub(crate) fn eraser_role(&self) -> &str {
        &self.eraser
    }

    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    pub(crate) fn scope(&self, tenant: OrgId) -> schema::Scoped<PgConnection> {
        let conn = PgConnection::establish(&self.database.url_as(&self.app)).unwrap();
        Scoped::open(conn, tenant).unwrap()
    }

    pub(crate) async fn async_scope(&self, tenant: OrgId) -> schema::Scoped<AsyncPgConnection> {
        Scoped::open(self.raw_async().await, tenant).unwrap()
    }

    /// A connection of the role that erases.
    pub(crate) async fn eraser(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.database.url_as(&self.eraser))
            .await
            .unwrap()
    }

    /// The application's connection, without a scope.
    pub(crate) async fn raw_async(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.database.url_as(&self.app))
            .await
            .unwrap()
    }

    pub(crate) fn try_put(
        &self,
        tenant: OrgId,
        document: &Document<'_>,
    ) -> Result<(), SearchError> {
        match self.mode {
            Mode::Blocking => BlockingPgIndex::new(&mut self.scope(tenant)).put(document),
            Mode::Async => block_on(async {
                PgIndex::new(&mut self.async_scope(tenant).await)
                    .put(document)
                    .await
            }),
        }
    }

    pub(crate) fn put(&self, tenant: OrgId, id: &str, title: &str, body: &str) {
        self.try_put(tenant, &note(id, title, body)).unwrap();
    }

    pub(crate) fn try_search(
        &self,
        tenant: OrgId,
        search: &Search<'_>,
    ) -> Result<Vec<Hit>, SearchError> {
        match self.mode {
            Mode::Blocking => BlockingPgIndex::new(&mut self.scope(tenant)).search(search),
            Mode::Async => block_on(async {
                PgIndex::new(&mut self.async_scope(tenant).await)
                    .search(search)
                    .await
            }),
        }
    }

    pub(crate) fn hits(&self, tenant: OrgId, text: &str) -> Vec<Hit> {
        let search = Search::new(text).language(Language::ENGLISH).limit(1000);
        self.try_search(tenant, &search).unwrap()
    }

    /// The ids that are found, sorted.
    pub(crate) fn ids(&self, tenant: OrgId, text: &str) -> Vec<String> {
        let mut ids: Vec<_> = self
            .hits(tenant, text)
            .into_iter()
            .map(|hit| hit.id)
            .collect();
        ids.sort();
        ids
    }

    pub(crate) fn remove(&self, tenant: OrgId, kind: &str, id: &str) -> bool {
        let removed = match self.mode {
            Mode::Blocking => BlockingPgIndex::new(&mut self.scope(tenant)).remove(kind, id),
            Mode::Async => block_on(async {
                PgIndex::new(&mut self.async_scope(tenant).await)
                    .remove(kind, id)
                    .await
            }),
        };
        removed.unwrap()
    }

    pub(crate) fn count(&self, tenant: OrgId) -> u64 {
        let count = match self.mode {
            Mode::Blocking => BlockingPgIndex::new(&mut self.scope(tenant)).count(),
            Mode::Async => block_on(async {
                PgIndex::new(&mut self.async_scope(tenant).await)
                    .count()
                    .await
            }),
        };
        count.unwrap()
    }

    pub(crate) fn clear(&self, tenant: OrgId) -> u64 {
        let count = match self.mode {
            Mode::Blocking => BlockingPgIndex::new(&mut self.scope(tenant)).clear(),
            Mode::Async => block_on(async {
                PgIndex::new(&mut self.async_scope(tenant).await)
                    .clear()
                    .await
            }),
        };
        count.unwrap()
    }

    /// The words of a tenant's document, as the table has them.
    pub(crate) fn words(&self, tenant: OrgId, id: &str) -> Vec<String> {
        let rows = sql_query("SELECT word AS text FROM search_by_word WHERE tenant_id = $1::uuid AND id = $2 ORDER BY 1")
            .bind::<Text, _>(tenant.0.to_string())
            .bind::<Text, _>(id);
        texts(rows.load(&mut self.superuser()).unwrap())
    }
}

#[derive(QueryableByName)]
pub(crate) struct Line {
    #[diesel(sql_type = Text)]
    pub(crate) text: String,
}

pub(crate) fn texts(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(|line| line.text).collect()
}

pub(crate) fn note<'a>(id: &'a str, title: &'a str, body: &'a str) -> Document<'a> {
    Document {
        kind: "note",
        id,
        title,
        body,
        language: Language::ENGLISH,
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}
