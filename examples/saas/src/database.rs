//! Migrations, the keys and the pool.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::encryption::{KeySource, Keyring, PgKeyStore};
use tenancy_diesel::jobs::Queue;

use crate::policies::{APP_ROLE, ERASER_ROLE, KEYS_ROLE, WORKER_ROLE};
use crate::{BoxError, schema};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// What a deployment runs, in this order: the library's own objects, among them the key tables and the type
/// of encrypted columns; then the application's tables, and the policies for them.
///
/// # Errors
/// What the server says to a migration.
pub fn migrate(migrator: &mut PgConnection) -> Result<(), BoxError> {
    tenancy_migrations::run(migrator)?;
    tenancy_migrations::grant_keys(migrator, KEYS_ROLE)?;
    tenancy_migrations::grant_jobs(migrator, APP_ROLE, WORKER_ROLE)?;
    tenancy_migrations::grant_erasures(migrator, ERASER_ROLE)?;
    migrator.run_pending_migrations(MIGRATIONS)?;
    Ok(())
}

/// The keys of the organisations, which lie in the database under a root key that does not.
///
/// # Errors
/// When the role of the keys does not reach the key tables, or the application's role does.
pub async fn keyring(
    url: &str,
    root: impl KeySource,
    copies: &[&str],
) -> Result<Keyring, BoxError> {
    // A role and a small pool of their own: the application's role cannot reach the key tables.
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
    let pool = bb8::Pool::builder().max_size(2).build(manager).await?;
    let store = PgKeyStore::builder(pool, APP_ROLE)
        .copies(copies.iter().copied())
        .build()
        .await?;
    Ok(Keyring::builder(store, root).build())
}

/// The pool of the application. A scope from it has the keys of its organisation.
///
/// # Errors
/// When the database does not keep tenants apart for this role.
pub async fn pool(url: &str, keyring: &Keyring) -> Result<schema::TenantPool, BoxError> {
    let manager = ConnectionManager::new(url);
    let pool = bb8::Pool::builder()
        .max_size(8)
        .test_on_check_out(false)
        .build(manager)
        .await?;
    Ok(schema::TenantPool::builder(pool)
        .keys(keyring.clone())
        .build()
        .await?)
}

/// The queue of background jobs, as its worker has it.
///
/// # Errors
/// When the role of the worker may do more than take jobs, or not even that.
pub async fn queue(url: &str) -> Result<Queue, BoxError> {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
    let pool = bb8::Pool::builder().max_size(2).build(manager).await?;
    Ok(Queue::build(pool, APP_ROLE).await?)
}
