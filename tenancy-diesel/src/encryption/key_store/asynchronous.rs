use std::fmt;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
    TransactionManager,
};
use tenancy_core::encryption::{CanonicalTenant, KeyStore, StoreFuture, TenantRecord, Written};

use super::error::{KeyStoreBuildError, KeyStoreError};
use super::rows::{self, LoadedRow};
use super::settings::Settings;
use super::{check, statements};
use crate::search_path::TRUSTED;

/// The key store in PostgreSQL, for asynchronous programs.
///
/// Its pool is a bb8 pool of diesel-async, small and of a role of its own: the application's role has no
/// privilege on the key tables. Two connections will do, because a tenant is looked up once in half a
/// lease.
///
/// ```no_run
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../../doc/setup.rs");
/// use diesel_async::AsyncPgConnection;
/// use diesel_async::pooled_connection::AsyncDieselConnectionManager;
/// use tenancy_diesel::bb8::ConnectionManager;
/// use tenancy_diesel::encryption::{EnvironmentKey, Keyring, PgKeyStore, RootId};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let manager =
///     AsyncDieselConnectionManager::<AsyncPgConnection>::new("postgres://tenancy_keys@keys/keys");
/// let pool = bb8::Pool::builder().max_size(2).build(manager).await?;
/// let store = PgKeyStore::builder(pool, "app")
///     .copies(["daily backups of the key database, kept for 14 days"])
///     .build()
///     .await?;
/// let root = EnvironmentKey::random(RootId::literal("2026-01"), "TENANCY_ROOT_KEY");
/// let keyring = Keyring::builder(store, root).build();
///
/// let manager = ConnectionManager::new("postgres://app@localhost/shop");
/// let pool = bb8::Pool::builder().build(manager).await?;
/// let pool = schema::TenantPool::builder(pool).keys(keyring.clone()).build().await?;
///
/// let tenant = Uuid::from_u128(7);
/// keyring.create_tenant(&tenant).await?; // where the tenant itself is created
/// let mut conn = pool.scope(tenant).await?;
/// # Ok(())
/// # }
/// # }
/// ```
///
/// # What it does
///
/// - Each operation is one transaction with `synchronous_commit` at least `on`, READ COMMITTED, with
///   timeouts, refused by a standby. Nothing is kept in the session, so a pooler in transaction mode
///   may stand between. (bb8's check of a connection before its use prepares a statement: switch it
///   off then, with `test_on_check_out(false)`.)
/// - Creating is `INSERT .. ON CONFLICT DO NOTHING`, replacing is an UPDATE with the revision in its
///   condition: of two writers, one gets [`Written::Conflict`].
/// - Replaced and shredded keys are deleted. PostgreSQL keeps the old versions of rows in the files of a
///   table until their space is used again; `VACUUM FULL` of the two tables removes them.
///   [`copies`](KeyStore::copies) names it, with the write-ahead log, replicas and backups.
/// - Errors are [`KeyStoreError`]: no wrapped key, no salt and no tenant is in their texts.
///
/// A future that is dropped in the middle leaves its connection to be discarded by the pool, and the
/// server rolls back.
#[derive(Clone)]
pub struct PgKeyStore {
    pool: Pool<AsyncPgConnection>,
    settings: Settings,
}

/// Builds a [`PgKeyStore`].
#[derive(Clone)]
#[must_use]
pub struct PgKeyStoreBuilder(PgKeyStore);

impl PgKeyStore {
    /// Begins with a pool that connects as the role of the key store, and the name of the role that the
    /// application's own pool connects as.
    pub fn builder(
        pool: Pool<AsyncPgConnection>,
        app_role: impl Into<String>,
    ) -> PgKeyStoreBuilder {
        PgKeyStoreBuilder(PgKeyStore {
            pool,
            settings: Settings::new(app_role.into()),
        })
    }

    async fn begin(&self) -> Result<PooledConnection<'_, AsyncPgConnection>, KeyStoreError> {
        let conn = self.pool.get().await;
        let mut conn = conn.map_err(KeyStoreError::no_connection)?;
        let begun =
            AnsiTransactionManager::begin_transaction_sql(&mut *conn, &self.settings.begin()).await;
        match begun {
            Ok(()) => Ok(conn),
            Err(error) => {
                // It may be inside of a transaction that the manager does not know of.
                AnsiTransactionManager::transaction_manager_status_mut(&mut *conn).set_in_error();
                Err(KeyStoreError::of(&error, None))
            }
        }
    }
}

impl PgKeyStoreBuilder {
    /// How long a statement, the wait for a lock and a pause inside of a transaction may take: 5 seconds
    /// unless set. The wait for a connection is the pool's own setting.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.settings.set_timeout(timeout);
        self
    }

    /// Names copies of the key tables that PostgreSQL does not know of, and how long they are kept.
    /// Receipts of shredding repeat them.
    pub fn copies<I>(mut self, copies: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.0.settings.add_copies(copies);
        self
    }

    /// Checks the roles and the tables, and builds the store.
    ///
    /// Checked are: the tables are there; the server is a primary; the pool's role is not the
    /// application's, no superuser, not the owner of the tables, directly or by membership, and has the
    /// privileges that it needs; the application's role has no privilege on the tables, also not
    /// through a membership (of `pg_read_all_data`, say), by CREATEROLE or as a superuser. In a key
    /// database of its own the application's role need not exist.
    ///
    /// # Errors
    /// [`KeyStoreBuildError`], for each of them.
    pub async fn build(self) -> Result<PgKeyStore, KeyStoreBuildError> {
        let PgKeyStoreBuilder(store) = self;
        let conn = store.pool.get().await;
        let mut conn = conn.map_err(KeyStoreBuildError::no_connection)?;
        let findings = conn.transaction(async |conn| {
            conn.batch_execute(TRUSTED).await?;
            check::statement(&store.settings).get_result(conn).await
        });
        let findings: check::Findings = findings.await.map_err(KeyStoreBuildError::Query)?;
        drop(conn);
        findings.judge(&store.settings)?;
        Ok(store)
    }
}

impl KeyStore for PgKeyStore {
    fn load<'a>(&'a self, tenant: &'a CanonicalTenant) -> StoreFuture<'a, Option<TenantRecord>> {
        Box::pin(async move {
            let mut conn = self.begin().await?;
            let rows = statements::load(tenant).load::<LoadedRow>(&mut *conn).await;
            let rows = end(&mut conn, rows, Some(tenant)).await?;
            Ok(rows::record(rows)?)
        })
    }

    fn create<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        Box::pin(async move {
            let insert = statements::create(tenant, record)?;
            let mut conn = self.begin().await?;
            let written = match insert.execute(&mut *conn).await {
                Ok(0) => Ok(Written::Conflict),
                Ok(_) => insert_keys(&mut conn, tenant, record).await,
                Err(error) => Err(error),
            };
            Ok(end(&mut conn, written, Some(tenant)).await?)
        })
    }

    fn replace<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        expected: u64,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        Box::pin(async move {
            let update = statements::replace(tenant, expected, record)?;
            let mut conn = self.begin().await?;
            let written = match update.execute(&mut *conn).await {
                Ok(0) => Ok(Written::Conflict),
                Ok(_) => exchange_keys(&mut conn, tenant, record).await,
                Err(error) => Err(error),
            };
            Ok(end(&mut conn, written, Some(tenant)).await?)
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a CanonicalTenant>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<CanonicalTenant>> {
        Box::pin(async move {
            let mut conn = self.begin().await?;
            let page = statements::tenants(after, limit).load(&mut *conn).await;
            let page = end(&mut conn, page, after).await?;
            Ok(rows::tenants(page)?)
        })
    }

    fn copies(&self) -> Vec<String> {
        self.settings.copies()
    }
}

async fn exchange_keys(
    conn: &mut AsyncPgConnection,
    tenant: &CanonicalTenant,
    record: &TenantRecord,
) -> QueryResult<Written> {
    statements::delete_keys(tenant).execute(conn).await?;
    insert_keys(conn, tenant, record).await
}

async fn insert_keys(
    conn: &mut AsyncPgConnection,
    tenant: &CanonicalTenant,
    record: &TenantRecord,
) -> QueryResult<Written> {
    if let Some(insert) = statements::insert_keys(tenant, record) {
        insert.execute(conn).await?;
    }
    Ok(Written::Done)
}

/// Commits, or rolls back what failed.
async fn end<R>(
    conn: &mut AsyncPgConnection,
    result: QueryResult<R>,
    tenant: Option<&CanonicalTenant>,
) -> Result<R, KeyStoreError> {
    let ended = match result {
        Ok(value) => AnsiTransactionManager::commit_transaction(conn)
            .await
            .map(|()| value),
        Err(error) => {
            // A failed ROLLBACK marks the connection as broken; the first error is the one to know.
            let _ = AnsiTransactionManager::rollback_transaction(conn).await;
            Err(error)
        }
    };
    ended.map_err(|error| KeyStoreError::of(&error, tenant))
}

impl fmt::Debug for PgKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgKeyStore").finish_non_exhaustive()
    }
}

impl fmt::Debug for PgKeyStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgKeyStoreBuilder").finish_non_exhaustive()
    }
}
