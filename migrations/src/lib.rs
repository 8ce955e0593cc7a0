//! The database objects of `tenancy-diesel`, as embedded migrations.
//!
//! They live in the PostgreSQL schema `tenancy` and have a history of their own,
//! `tenancy.schema_migrations`. The application's `__diesel_schema_migrations` is neither read nor
//! written.
//!
//! - `reference_*`: tables that carry the canonical row-level-security policies, with which live
//!   policies are compared.
//! - `tenancy_kek` and `tenancy_keys`: the wrapped keys of tenants, for encrypted columns.
//!   [`grant_keys`] gives a role its privileges on them.
//! - `crossings`: who has read the rows of all tenants, when and why. [`grant_crossings`] gives the roles
//!   that write and read it their privileges.
//! - `erasures`: which tenants were erased, when and by whom. [`grant_erasures`] gives the eraser its
//!   privileges.
//! - `sealing_keys` and the function `sealed_tenant`: sealed policies. [`create_sealing_key`],
//!   [`retire_sealing_key`] and [`grant_sealed`] are theirs.
//! - `jobs` and `jobs_done`: background jobs of tenants, sealed. [`grant_jobs`] gives the application and the
//!   workers their privileges.
//! - `tenancy_encrypted`: the type of encrypted columns, a `bytea` that takes no plaintext.
//!
//! [`write_to`] writes the same migrations into the application's own directory instead, for those who
//! want one history. A database has them in one of the two, and the other way is refused.
//!
//! [`deploy`] runs the application's migrations, such that two deployers do not race.
//!
//! Run them as the role that owns the application's tables, at deployment. Each function is one
//! transaction, or a savepoint where one is open already.

#[cfg(feature = "async")]
pub mod asynchronous;
mod deploy;
mod error;
mod files;
mod history;
mod sealing;

pub use deploy::{DeployLock, deploy};
pub use error::MigrationsError;
pub use files::write_to;
pub use sealing::{SealingKey, create_sealing_key, grant_sealed, retire_sealing_key, sealing_keys};

use diesel::connection::LoadConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::history::History;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("sql");

/// Applies the migrations that are missing, and returns their versions.
///
/// Deployers that come at the same time wait for each other; the later one finds nothing to do.
///
/// # Errors
/// [`MigrationsError::Migration`] when one fails, [`MigrationsError::History`] and
/// [`MigrationsError::Database`] for what is around them;
/// [`MigrationsError::InApplicationHistory`] where the application's own migrations have ours among
/// them. Then nothing was applied.
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
        history.refuse_other_history()?;
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
/// [`MigrationsError::Migration`] when one fails, such as that of the key tables when they are not empty
/// or a column has the type `tenancy.tenancy_encrypted`; [`MigrationsError::Database`] for what is around
/// them, also when somebody else put things into the schema `tenancy`;
/// [`MigrationsError::InApplicationHistory`] as for [`run`]. Then nothing was reverted.
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
        history.refuse_other_history()?;
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
/// [`MigrationsError::History`] when the history cannot be read,
/// [`MigrationsError::InApplicationHistory`] as for [`run`].
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
    let mut history = History::new(conn);
    history.refuse_other_history()?;
    let missing = history.pending_migrations(MIGRATIONS);
    Ok(missing
        .map_err(MigrationsError::History)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect())
}

/// Lets a role read and write the key tables, as the key store does. It can run again.
///
/// Privileges are not in a migration, because the role has another name in each deployment. The role
/// must not be the application's.
///
/// # Errors
/// [`MigrationsError::Database`] when the role or the tables do not exist, or others own them.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/keys")?;
/// tenancy_migrations::run(&mut conn)?;
/// tenancy_migrations::grant_keys(&mut conn, "tenancy_keys")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn grant_keys<C>(conn: &mut C, role: &str) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    // Rows of tenancy_kek stay for good: who is shredded gets no keys again.
    grant(
        conn,
        "GRANT USAGE ON SCHEMA tenancy TO %1$I;
         GRANT SELECT, INSERT, UPDATE ON tenancy.tenancy_kek TO %1$I;
         GRANT SELECT, INSERT, DELETE ON tenancy.tenancy_keys TO %1$I",
        role,
    )
}

/// Runs grants in which `%1$I` stands for the role.
fn grant<C>(conn: &mut C, grants: &str, role: &str) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    let grants = diesel::select(
        diesel::dsl::sql::<Text>("pg_catalog.format(")
            .bind::<Text, _>(grants)
            .sql(", ")
            .bind::<Text, _>(role)
            .sql(")"),
    );
    conn.transaction(|conn| {
        let grants: String = grants.get_result(conn)?;
        conn.batch_execute(&grants)
    })
    .map_err(MigrationsError::Database)
}

/// Lets one role add records of crossings, and another one read them. It can run again.
///
/// The recorder may insert what was done, by whom and why. When, by which role and from where is the
/// database's to say. It may not read, change or remove records, and neither may the auditor change or
/// remove them. Neither must be the application's role.
///
/// # Errors
/// [`MigrationsError::Database`] when a role or the table does not exist, or others own it.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::run(&mut conn)?;
/// tenancy_migrations::grant_crossings(&mut conn, "shop_recorder", "shop_auditor")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn grant_crossings<C>(
    conn: &mut C,
    recorder: &str,
    auditor: &str,
) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    let grants = diesel::select(
        diesel::dsl::sql::<Text>(
            "pg_catalog.format(
        'GRANT USAGE ON SCHEMA tenancy TO %1$I, %2$I;
         GRANT INSERT (opening, kind, actor, reason, reader, statement, tenant)
             ON tenancy.crossings TO %1$I;
         GRANT SELECT ON tenancy.crossings TO %2$I', ",
        )
        .bind::<Text, _>(recorder)
        .sql(", ")
        .bind::<Text, _>(auditor)
        .sql(")"),
    );
    conn.transaction(|conn| {
        let grants: String = grants.get_result(conn)?;
        conn.batch_execute(&grants)
    })
    .map_err(MigrationsError::Database)
}

/// Lets a role erase tenants as far as the ledger is concerned: read it, and add to it. It can run again.
///
/// The eraser may insert what was done, by whom and why. When, by which role and from where is the
/// database's to say. It may not change or remove records. It must not be the application's role. Its
/// privileges on the application's tables come with the policies that name it.
///
/// # Errors
/// [`MigrationsError::Database`] when the role or the table does not exist, or others own it.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::run(&mut conn)?;
/// tenancy_migrations::grant_erasures(&mut conn, "shop_eraser")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn grant_erasures<C>(conn: &mut C, eraser: &str) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    grant(
        conn,
        "GRANT USAGE ON SCHEMA tenancy TO %1$I;
         GRANT SELECT ON tenancy.erasures TO %1$I;
         GRANT INSERT (erasure, tenant, kind, actor, reason, step, name, items, bytes, started_at, report)
             ON tenancy.erasures TO %1$I",
        eraser,
    )
}

/// Lets the application enqueue jobs, and workers run them. It can run again.
///
/// The application may insert envelopes and marks of jobs that it has done; it can read, change and remove neither.
/// The worker may do so, but cannot change an envelope. The two must be different roles, and the worker needs no
/// privilege on the application's tables.
///
/// # Errors
/// [`MigrationsError::Database`] when a role or the tables do not exist, or others own them.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::run(&mut conn)?;
/// tenancy_migrations::grant_jobs(&mut conn, "shop_app", "shop_worker")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn grant_jobs<C>(conn: &mut C, app: &str, worker: &str) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    conn.transaction(|conn| {
        grant(
            conn,
            "GRANT USAGE ON SCHEMA tenancy TO %1$I;
             GRANT INSERT (envelope) ON tenancy.jobs TO %1$I;
             GRANT INSERT (id, tenant, expires_at) ON tenancy.jobs_done TO %1$I",
            app,
        )?;
        grant(
            conn,
            "GRANT USAGE ON SCHEMA tenancy TO %1$I;
             GRANT SELECT, DELETE, UPDATE (held_until, holder, attempts, failure, dead_at)
                 ON tenancy.jobs TO %1$I;
             GRANT SELECT, INSERT (id, tenant, expires_at), DELETE ON tenancy.jobs_done TO %1$I",
            worker,
        )
    })
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
