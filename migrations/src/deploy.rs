//! Deployers of the application that do not race.

use std::thread;
use std::time::Duration;

use diesel::connection::LoadConnection;
use diesel::dsl::{select, sql};
use diesel::migration::{Migration, MigrationSource, MigrationVersion, Result as MigrationResult};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use diesel_migrations::MigrationHarness;

use crate::MigrationsError;

/// `tenancy` in ASCII, and a one. Not the key of our own migrations, so that these can be run under the
/// lock.
const LOCK: i64 = 0x7465_6e61_6e63_7901;

/// Between two attempts to get the lock.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection under the lock of the deployers: a [`MigrationHarness`] that runs, lists and reverts the
/// application's migrations while every other deployer waits.
///
/// Diesel's harness looks for what is pending and then runs it, so that two instances of a program that
/// start together run the same migration twice, or one of them fails. Under the lock the second one
/// finds nothing to do.
///
/// The lock belongs to the session, because migrations with `run_in_transaction = false` end
/// transactions. So take a direct connection: behind a pooler that shares sessions the lock protects
/// nothing, which [`release`](Self::release) answers with an error. PostgreSQL releases the lock of a
/// session that ends, however it ends. Dropping the value releases it too.
///
/// ```no_run
/// use diesel::prelude::*;
/// use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
/// use tenancy_migrations::DeployLock;
///
/// # const MIGRATIONS: EmbeddedMigrations = embed_migrations!("sql");
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// let mut lock = DeployLock::acquire(&mut conn)?;
/// lock.run_pending_migrations(MIGRATIONS).map_err(|error| error.to_string())?;
/// lock.release()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct DeployLock<'a, C>
where
    C: LoadConnection<Backend = Pg>,
{
    conn: &'a mut C,
    held: bool,
}

impl<'a, C> DeployLock<'a, C>
where
    C: LoadConnection<Backend = Pg>,
{
    /// Waits until no other deployer has the lock, and takes it.
    ///
    /// It asks again and again. A statement that waited inside the server would be waited for by
    /// `CREATE INDEX CONCURRENTLY` of the deployer that has the lock, and both for ever.
    ///
    /// # Errors
    /// [`MigrationsError::Database`] when the database cannot be asked.
    pub fn acquire(conn: &'a mut C) -> Result<Self, MigrationsError> {
        while !try_lock(conn)? {
            thread::sleep(PAUSE);
        }
        Ok(DeployLock { conn, held: true })
    }

    /// Takes the lock, or returns `None` when another deployer has it.
    ///
    /// # Errors
    /// [`MigrationsError::Database`] when the database cannot be asked.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use tenancy_migrations::DeployLock;
    /// # let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
    /// let Some(lock) = DeployLock::try_acquire(&mut conn)? else {
    ///     return Err("another deployment is running".into());
    /// };
    /// # lock.release()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_acquire(conn: &'a mut C) -> Result<Option<Self>, MigrationsError> {
        let held = try_lock(conn)?;
        Ok(held.then_some(DeployLock { conn, held }))
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// [`MigrationsError::LockLost`] when this session does not have it,
    /// [`MigrationsError::Database`] when the database cannot be asked.
    pub fn release(mut self) -> Result<(), MigrationsError> {
        self.held = false;
        if unlock(self.conn)? {
            Ok(())
        } else {
            Err(MigrationsError::LockLost)
        }
    }
}

impl<C> Drop for DeployLock<'_, C>
where
    C: LoadConnection<Backend = Pg>,
{
    fn drop(&mut self) {
        if self.held {
            // Where this fails the connection is broken, and the lock goes with its session.
            let _ = unlock(self.conn);
        }
    }
}

impl<C> MigrationHarness<Pg> for DeployLock<'_, C>
where
    C: LoadConnection<Backend = Pg> + MigrationHarness<Pg>,
{
    fn run_migration(
        &mut self,
        migration: &dyn Migration<Pg>,
    ) -> MigrationResult<MigrationVersion<'static>> {
        self.conn.run_migration(migration)
    }

    fn revert_migration(
        &mut self,
        migration: &dyn Migration<Pg>,
    ) -> MigrationResult<MigrationVersion<'static>> {
        self.conn.revert_migration(migration)
    }

    fn applied_migrations(&mut self) -> MigrationResult<Vec<MigrationVersion<'static>>> {
        self.conn.applied_migrations()
    }
}

/// Runs the pending migrations of the application under the lock of the deployers, and returns their
/// versions.
///
/// The history is Diesel's own, `__diesel_schema_migrations`. [`DeployLock`] has the rest of Diesel's
/// harness, and says which connection to take.
///
/// # Errors
/// [`MigrationsError::Application`] when a migration fails: those before it stay applied, as with
/// Diesel's harness. [`MigrationsError::Database`] and [`MigrationsError::LockLost`] for the lock.
///
/// ```no_run
/// use diesel::prelude::*;
/// use diesel_migrations::FileBasedMigrations;
///
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// let migrations = FileBasedMigrations::find_migrations_directory()?;
/// for version in tenancy_migrations::deploy(&mut conn, migrations)? {
///     println!("applied {version}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deploy<C, S>(
    conn: &mut C,
    source: S,
) -> Result<Vec<MigrationVersion<'static>>, MigrationsError>
where
    C: LoadConnection<Backend = Pg> + MigrationHarness<Pg>,
    S: MigrationSource<Pg>,
{
    let mut lock = DeployLock::acquire(conn)?;
    let applied = lock
        .run_pending_migrations(source)
        .map_err(MigrationsError::Application)?
        .iter()
        .map(MigrationVersion::as_owned)
        .collect();
    lock.release()?;
    Ok(applied)
}

fn try_lock<C>(conn: &mut C) -> QueryResult<bool>
where
    C: LoadConnection<Backend = Pg>,
{
    select(
        sql::<Bool>("pg_catalog.pg_try_advisory_lock(")
            .bind::<BigInt, _>(LOCK)
            .sql(")"),
    )
    .get_result(conn)
}

fn unlock<C>(conn: &mut C) -> QueryResult<bool>
where
    C: LoadConnection<Backend = Pg>,
{
    select(
        sql::<Bool>("pg_catalog.pg_advisory_unlock(")
            .bind::<BigInt, _>(LOCK)
            .sql(")"),
    )
    .get_result(conn)
}
