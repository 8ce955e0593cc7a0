use std::fmt;
use std::future::ready;
use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager, Connection, SimpleConnection, TransactionManager,
};
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::{PgConnection, QueryResult, RunQueryDsl};
use tenancy_core::encryption::{CanonicalTenant, KeyStore, StoreFuture, TenantRecord, Written};

use super::error::{KeyStoreBuildError, KeyStoreError};
use super::rows::{self, LoadedRow};
use super::settings::Settings;
use super::{check, statements};
use crate::search_path::TRUSTED;

/// The key store in PostgreSQL, for programs without asynchronous code.
///
/// Its futures do their work at once, on the thread that polls them, and block it. In an asynchronous
/// program use `PgKeyStore`, which does the same otherwise.
///
/// ```no_run
/// use diesel::PgConnection;
/// use diesel::r2d2::{ConnectionManager, Pool};
/// use tenancy_diesel::Scoped;
/// use tenancy_diesel::encryption::{BlockingPgKeyStore, FileKey, Keyring, RootId};
///
/// # fn run(conn: PgConnection) -> Result<(), Box<dyn std::error::Error>> {
/// let manager = ConnectionManager::<PgConnection>::new("postgres://tenancy_keys@keys/keys");
/// let store = BlockingPgKeyStore::builder(Pool::builder().max_size(2).build(manager)?, "app").build()?;
/// let root = FileKey::random(RootId::literal("2026-01"), "/etc/shop/root.key");
/// let keyring = Keyring::builder(store, root).build();
///
/// let keys = keyring.unlock_blocking(&7i64)?;
/// let mut conn = Scoped::open(conn, 7i64)?.with_keys(keys)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BlockingPgKeyStore {
    pool: Pool<ConnectionManager<PgConnection>>,
    settings: Settings,
}

/// Builds a [`BlockingPgKeyStore`].
#[derive(Clone)]
#[must_use]
pub struct BlockingPgKeyStoreBuilder(BlockingPgKeyStore);

impl BlockingPgKeyStore {
    /// Begins with a pool that connects as the role of the key store, and the name of the role that the
    /// application's own connections have.
    pub fn builder(
        pool: Pool<ConnectionManager<PgConnection>>,
        app_role: impl Into<String>,
    ) -> BlockingPgKeyStoreBuilder {
        BlockingPgKeyStoreBuilder(BlockingPgKeyStore {
            pool,
            settings: Settings::new(app_role.into()),
        })
    }

    fn transaction<R>(
        &self,
        tenant: Option<&CanonicalTenant>,
        run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> Result<R, KeyStoreError> {
        let mut conn = self.pool.get().map_err(KeyStoreError::no_connection)?;
        let conn: &mut PgConnection = &mut conn;
        if let Err(error) =
            AnsiTransactionManager::begin_transaction_sql(conn, &self.settings.begin())
        {
            // It may be inside of a transaction that the manager does not know of.
            AnsiTransactionManager::transaction_manager_status_mut(conn).set_in_error();
            return Err(KeyStoreError::of(&error, None));
        }
        let ended = match run(conn) {
            Ok(value) => AnsiTransactionManager::commit_transaction(conn).map(|()| value),
            Err(error) => {
                // A failed ROLLBACK marks the connection as broken; the first error is the one to know.
                let _ = AnsiTransactionManager::rollback_transaction(conn);
                Err(error)
            }
        };
        ended.map_err(|error| KeyStoreError::of(&error, tenant))
    }

    fn load(&self, tenant: &CanonicalTenant) -> Result<Option<TenantRecord>, KeyStoreError> {
        let rows = self.transaction(Some(tenant), |conn| {
            statements::load(tenant).load::<LoadedRow>(conn)
        })?;
        rows::record(rows)
    }

    fn create(
        &self,
        tenant: &CanonicalTenant,
        record: &TenantRecord,
    ) -> Result<Written, KeyStoreError> {
        let insert = statements::create(tenant, record)?;
        self.transaction(Some(tenant), |conn| match insert.execute(conn)? {
            0 => Ok(Written::Conflict),
            _ => insert_keys(conn, tenant, record),
        })
    }

    fn replace(
        &self,
        tenant: &CanonicalTenant,
        expected: u64,
        record: &TenantRecord,
    ) -> Result<Written, KeyStoreError> {
        let update = statements::replace(tenant, expected, record)?;
        self.transaction(Some(tenant), |conn| match update.execute(conn)? {
            0 => Ok(Written::Conflict),
            _ => {
                statements::delete_keys(tenant).execute(conn)?;
                insert_keys(conn, tenant, record)
            }
        })
    }

    fn tenants(
        &self,
        after: Option<&CanonicalTenant>,
        limit: usize,
    ) -> Result<Vec<CanonicalTenant>, KeyStoreError> {
        let page = self.transaction(after, |conn| statements::tenants(after, limit).load(conn))?;
        rows::tenants(page)
    }
}

impl BlockingPgKeyStoreBuilder {
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

    /// Checks the roles and the tables, as the `build` of `PgKeyStore` does, and builds the store.
    ///
    /// # Errors
    /// [`KeyStoreBuildError`].
    pub fn build(self) -> Result<BlockingPgKeyStore, KeyStoreBuildError> {
        let BlockingPgKeyStoreBuilder(store) = self;
        let mut conn = store
            .pool
            .get()
            .map_err(KeyStoreBuildError::no_connection)?;
        let findings = conn.transaction(|conn| {
            conn.batch_execute(TRUSTED)?;
            check::statement(&store.settings).get_result(conn)
        });
        let findings: check::Findings = findings.map_err(KeyStoreBuildError::Query)?;
        drop(conn);
        findings.judge(&store.settings)?;
        Ok(store)
    }
}

fn insert_keys(
    conn: &mut PgConnection,
    tenant: &CanonicalTenant,
    record: &TenantRecord,
) -> QueryResult<Written> {
    if let Some(insert) = statements::insert_keys(tenant, record) {
        insert.execute(conn)?;
    }
    Ok(Written::Done)
}

impl KeyStore for BlockingPgKeyStore {
    fn load<'a>(&'a self, tenant: &'a CanonicalTenant) -> StoreFuture<'a, Option<TenantRecord>> {
        Box::pin(ready(self.load(tenant).map_err(Into::into)))
    }

    fn create<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        Box::pin(ready(self.create(tenant, record).map_err(Into::into)))
    }

    fn replace<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        expected: u64,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        Box::pin(ready(
            self.replace(tenant, expected, record).map_err(Into::into),
        ))
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a CanonicalTenant>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<CanonicalTenant>> {
        Box::pin(ready(self.tenants(after, limit).map_err(Into::into)))
    }

    fn copies(&self) -> Vec<String> {
        self.settings.copies()
    }
}

impl fmt::Debug for BlockingPgKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingPgKeyStore").finish_non_exhaustive()
    }
}

impl fmt::Debug for BlockingPgKeyStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingPgKeyStoreBuilder")
            .finish_non_exhaustive()
    }
}
