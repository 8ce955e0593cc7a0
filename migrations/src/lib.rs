//! The database objects of `tenancy-diesel`, as embedded migrations.
//!
//! They live in the PostgreSQL schema `tenancy` and have a history of their own,
//! `tenancy.schema_migrations`. The application's `__diesel_schema_migrations` is neither read nor
//! written.
//!
//! So far that is one thing: tables that carry the canonical row-level-security policies, with which
//! live policies are compared.
//!
//! Run them as the role that owns the application's tables, at deployment. Each function is one
//! transaction, or a savepoint where one is open already.

mod error;
mod history;

pub use error::MigrationsError;

use diesel::connection::LoadConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::history::History;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("sql");

/// Applies the migrations that are missing, and returns their versions.
///
/// Deployers that come at the same time wait for each other; the later one finds nothing to do.
///
/// # Errors
/// [`MigrationsError::Migration`] when one fails, [`MigrationsError::History`] and
/// [`MigrationsError::Database`] for what is around them. Then nothing was applied.
///
/// ```no_run
/// use diesel::prelude::*;
///
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::run(&mut conn)?;
/// assert!(tenancy_migrations::pending(&mut conn)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run<C>(conn: &mut C) -> Result<Vec<MigrationVersion<'static>>, MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    conn.transaction(|conn| {
        let mut history = History::new(conn);
        history.lock()?;
        let mut applied = Vec::new();
        let missing = history.pending_migrations(MIGRATIONS);
        for migration in missing.map_err(MigrationsError::History)? {
            let version = history.run_migration(&migration);
            applied.push(version.map_err(|source| failed(&*migration, source))?);
        }
        Ok(applied)
    })
}

/// Reverts all migrations and removes the history, and returns the versions, the latest first.
///
/// Nothing of ours is left behind. Policies on the application's tables stay: they belong to its own
/// migrations.
///
/// # Errors
/// [`MigrationsError::UnknownVersion`] when a newer release has been here,
/// [`MigrationsError::Migration`] when one fails, [`MigrationsError::Database`] for what is around
/// them, also when somebody else put things into the schema `tenancy`. Then nothing was reverted.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::revert_all(&mut conn)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn revert_all<C>(conn: &mut C) -> Result<Vec<MigrationVersion<'static>>, MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    conn.transaction(|conn| {
        let mut history = History::new(conn);
        history.lock()?;
        let known: Vec<Box<dyn Migration<Pg>>> =
            MIGRATIONS.migrations().map_err(MigrationsError::History)?;
        let mut reverted = Vec::new();
        for version in history.applied()? {
            let migration = known
                .iter()
                .find(|migration| migration.name().version() == version.as_str().into())
                .ok_or(MigrationsError::UnknownVersion { version })?;
            let version = history.revert_migration(migration);
            reverted.push(version.map_err(|source| failed(&**migration, source))?);
        }
        history.remove()?;
        Ok(reverted)
    })
}

/// The versions that [`run`] would apply. Writes nothing.
///
/// # Errors
/// [`MigrationsError::History`] when the history cannot be read.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// for version in tenancy_migrations::pending(&mut conn)? {
///     println!("{version} has not been applied");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pending<C>(conn: &mut C) -> Result<Vec<MigrationVersion<'static>>, MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    let missing = History::new(conn).pending_migrations(MIGRATIONS);
    Ok(missing
        .map_err(MigrationsError::History)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect())
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

fn failed(
    migration: &dyn Migration<Pg>,
    source: Box<dyn std::error::Error + Send + Sync>,
) -> MigrationsError {
    MigrationsError::Migration {
        name: migration.name().to_string(),
        source,
    }
}
