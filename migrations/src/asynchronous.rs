//! The same for programs that have asynchronous connections.
//!
//! Diesel's migrations are synchronous. They run on a thread for blocking work, over the
//! connection's synchronous face, so no libpq is needed. Any runtime of tokio will do, also one
//! with a single thread.

use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

use crate::MigrationsError;

type Blocking = AsyncConnectionWrapper<AsyncPgConnection>;

/// As [`run`](crate::run). The connection is used up.
///
/// # Errors
/// As [`run`](crate::run).
///
/// ```no_run
/// use diesel_async::{AsyncConnection, AsyncPgConnection};
/// use tenancy_migrations::asynchronous;
///
/// # async fn migrate() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "postgres://tenancy_migrator@localhost/shop";
/// asynchronous::run(AsyncPgConnection::establish(url).await?).await?;
/// # Ok(())
/// # }
/// ```
pub async fn run(
    conn: AsyncPgConnection,
) -> Result<Vec<MigrationVersion<'static>>, MigrationsError> {
    blocking(conn, crate::run).await
}

/// As [`deploy`](crate::deploy). The connection is used up.
///
/// Dropping the future does not stop the migration that is running; the lock is released after it.
///
/// # Errors
/// As [`deploy`](crate::deploy).
///
/// ```no_run
/// use diesel_async::{AsyncConnection, AsyncPgConnection};
/// use diesel_migrations::{EmbeddedMigrations, embed_migrations};
/// use tenancy_migrations::asynchronous;
///
/// # const MIGRATIONS: EmbeddedMigrations = embed_migrations!("sql");
/// # async fn migrate() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "postgres://tenancy_migrator@localhost/shop";
/// asynchronous::deploy(AsyncPgConnection::establish(url).await?, MIGRATIONS).await?;
/// # Ok(())
/// # }
/// ```
pub async fn deploy<S>(
    conn: AsyncPgConnection,
    source: S,
) -> Result<Vec<MigrationVersion<'static>>, MigrationsError>
where
    S: MigrationSource<Pg> + Send + 'static,
{
    blocking(conn, |conn| crate::deploy(conn, source)).await
}

async fn blocking<R, F>(conn: AsyncPgConnection, work: F) -> Result<R, MigrationsError>
where
    R: Send + 'static,
    F: FnOnce(&mut Blocking) -> Result<R, MigrationsError> + Send + 'static,
{
    let task = tokio::task::spawn_blocking(move || work(&mut Blocking::from(conn)));
    match task.await {
        Ok(result) => result,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(cancelled) => Err(MigrationsError::Application(cancelled.into())),
        },
    }
}
