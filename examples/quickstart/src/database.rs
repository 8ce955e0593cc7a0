//! The server, its roles, its tables and the pool.

use std::env;
use std::net::SocketAddr;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::bootstrap_sql;
use tenancy_diesel::encryption::{FixedKey, Keyring, PgKeyStore, RootId, RootKey};
use tenancy_testing::{HarnessError, PgServer, TestDatabase};

use crate::policies::{self, APP_ROLE, KEYS_ROLE};
use crate::{Result, schema};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The role that runs migrations. It acts as the owner of the tables, who cannot log in.
pub(crate) const MIGRATOR: &str = "tenancy_migrator";

/// What a deployment runs, in this order: the library's own objects, among them the key tables and the type
/// of encrypted columns; then the application's tables, and the policies for them.
pub(crate) fn migrate(migrator: &mut PgConnection) -> Result {
    tenancy_migrations::run(migrator)?;
    tenancy_migrations::grant_keys(migrator, KEYS_ROLE)?;
    migrator.run_pending_migrations(MIGRATIONS)?;
    Ok(())
}

/// A migrated database on a server that ends with this value.
#[derive(Debug)]
pub(crate) struct Database {
    // Dropped before its server.
    database: TestDatabase,
    server: Arc<PgServer>,
}

impl Database {
    /// Starts a server, creates the roles and runs the migrations.
    pub(crate) fn start() -> Result<Self> {
        // The migration names the roles that its policies are for, and roles belong to a whole
        // server. On a server that others use, they could meet roles of the same name, and dropping
        // them afterwards could hit somebody else's.
        if env::var_os("TENANCY_TEST_DATABASE_URL").is_some_and(|url| !url.is_empty()) {
            return Err(format!(
                "this example creates the role `{APP_ROLE}`, which a server of yours should not \
                 get from an example; unset TENANCY_TEST_DATABASE_URL, and it starts a private \
                 server from the PostgreSQL that is installed"
            )
            .into());
        }
        let server = PgServer::start()?;
        let database = server
            .template("empty", |_| Ok::<_, HarnessError>(()))?
            .create()?;

        // A superuser runs this script once, by hand, after reading it.
        let mut superuser = PgConnection::establish(&database.url())?;
        superuser.batch_execute(&bootstrap_sql(&policies::options()))?;

        migrate(&mut PgConnection::establish(&database.url_as(MIGRATOR))?)?;

        Ok(Database { database, server })
    }

    /// The keys of the organisations, which lie in the database under a root key that does not.
    pub(crate) async fn keyring(&self) -> Result<Keyring> {
        // A role and a small pool of their own: the application's role cannot reach the key tables.
        let url = self.database.url_as(KEYS_ROLE);
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
        let pool = bb8::Pool::builder().max_size(2).build(manager).await?;
        let store = PgKeyStore::builder(pool, APP_ROLE)
            .copies(["the folder of this temporary server, until the program ends"])
            .build()
            .await?;
        // For this demonstration only: nobody else knows this root key, so all that is encrypted is lost
        // when the program ends. Yours comes from a file or from the environment, by `FileKey` or
        // `EnvironmentKey`, and is kept as safe as the data is worth.
        let root = FixedKey::new(RootId::literal("quickstart"), RootKey::generate()?);
        Ok(Keyring::builder(store, root).build())
    }

    /// The pool of the application. A scope from it has the keys of its organisation.
    pub(crate) async fn pool(&self, keyring: &Keyring) -> Result<schema::TenantPool> {
        let manager = ConnectionManager::new(self.app_url());
        let pool = bb8::Pool::builder().max_size(4).build(manager).await?;
        // Refuses a database whose policies do not hold this role to one tenant.
        Ok(schema::TenantPool::builder(pool)
            .keys(keyring.clone())
            .build()
            .await?)
    }

    /// The URL of the application's role.
    pub(crate) fn app_url(&self) -> String {
        self.database.url_as(APP_ROLE)
    }

    /// The URL of a superuser.
    pub(crate) fn superuser_url(&self) -> String {
        self.database.url()
    }

    /// A connection of the application's role that is in nobody's scope.
    pub(crate) async fn raw(&self) -> Result<AsyncPgConnection> {
        Ok(AsyncPgConnection::establish(&self.app_url()).await?)
    }

    /// A connection of a superuser, who sees every row: the truth to compare with.
    pub(crate) async fn superuser(&self) -> Result<AsyncPgConnection> {
        Ok(AsyncPgConnection::establish(&self.superuser_url()).await?)
    }

    /// A connection of the migrator, who acts as the owner of the tables.
    pub(crate) async fn owner(&self) -> Result<AsyncPgConnection> {
        Ok(AsyncPgConnection::establish(&self.database.url_as(MIGRATOR)).await?)
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.server.socket_addr()?)
    }
}
