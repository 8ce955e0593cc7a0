//! The list of applied migrations.

use diesel::connection::LoadConnection;
use diesel::dsl::{select, sql};
use diesel::migration::{Migration, MigrationVersion};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_migrations::MigrationHarness;

use crate::MigrationsError;
use crate::files::IN_APPLICATION_HISTORY;

diesel::table! {
    tenancy.schema_migrations (version) {
        version -> Text,
        run_on -> Timestamptz,
    }
}

/// `tenancy` in ASCII, and a zero: a key that nobody picks by accident.
const LOCK: i64 = 0x7465_6e61_6e63_7900;

/// A harness like Diesel's, with a history table of our own.
///
/// Diesel's harness writes to `__diesel_schema_migrations`. Diesel's CLI takes every row there for
/// one of the application's migrations, and refuses to work when it does not find the folder.
pub(crate) struct History<'a, C>(&'a mut C);

impl<'a, C> History<'a, C>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    pub(crate) fn new(conn: &'a mut C) -> Self {
        History(conn)
    }

    /// Keeps other deployers waiting until the end of the transaction.
    ///
    /// A lock of the session would outlive it behind a pooler that shares sessions.
    pub(crate) fn lock(&mut self) -> QueryResult<()> {
        diesel::sql_query("SELECT pg_catalog.pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(LOCK)
            .execute(self.0)
            .map(drop)
    }

    /// The applied versions, the latest first. Creates nothing, so it works on a standby.
    pub(crate) fn applied(&mut self) -> QueryResult<Vec<String>> {
        if !self.is_there()? {
            return Ok(Vec::new());
        }
        schema_migrations::table
            .select(schema_migrations::version)
            .order(schema_migrations::version.desc())
            .load(self.0)
    }

    pub(crate) fn create(&mut self) -> QueryResult<()> {
        if self.is_there()? {
            return Ok(());
        }
        self.0.batch_execute(
            "CREATE SCHEMA IF NOT EXISTS tenancy;
             CREATE TABLE tenancy.schema_migrations (
                 version text PRIMARY KEY,
                 run_on timestamptz NOT NULL DEFAULT now()
             );",
        )
    }

    /// Fails when somebody put other things into the schema: they are not ours to drop.
    pub(crate) fn remove(&mut self) -> QueryResult<()> {
        if !self.is_there()? {
            return Ok(());
        }
        self.0
            .batch_execute("DROP TABLE tenancy.schema_migrations; DROP SCHEMA tenancy;")
    }

    /// Keeps the two histories apart: what is in the application's own is not run from here.
    pub(crate) fn refuse_other_history(&mut self) -> Result<(), MigrationsError> {
        let marked = sql::<Bool>(
            "EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'tenancy' \
             AND pg_catalog.obj_description(oid, 'pg_namespace') = ",
        )
        .bind::<Text, _>(IN_APPLICATION_HISTORY)
        .sql(")");
        if select(marked).get_result(self.0)? {
            return Err(MigrationsError::InApplicationHistory);
        }
        Ok(())
    }

    fn is_there(&mut self) -> QueryResult<bool> {
        // Not to_regclass, which asks for USAGE on the schema.
        select(sql::<Bool>(
            "EXISTS (SELECT FROM pg_catalog.pg_tables \
             WHERE schemaname = 'tenancy' AND tablename = 'schema_migrations')",
        ))
        .get_result(self.0)
    }
}

impl<C> MigrationHarness<Pg> for History<'_, C>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    fn run_migration(
        &mut self,
        migration: &dyn Migration<Pg>,
    ) -> diesel::migration::Result<MigrationVersion<'static>> {
        self.create()?;
        let version = migration.name().version().as_owned();
        self.0.transaction(|conn| {
            migration.run(conn)?;
            diesel::insert_into(schema_migrations::table)
                .values(schema_migrations::version.eq(version.as_owned()))
                .execute(conn)?;
            Ok(version)
        })
    }

    fn revert_migration(
        &mut self,
        migration: &dyn Migration<Pg>,
    ) -> diesel::migration::Result<MigrationVersion<'static>> {
        let version = migration.name().version().as_owned();
        self.0.transaction(|conn| {
            migration.revert(conn)?;
            diesel::delete(schema_migrations::table.find(version.as_owned())).execute(conn)?;
            Ok(version)
        })
    }

    fn applied_migrations(&mut self) -> diesel::migration::Result<Vec<MigrationVersion<'static>>> {
        let applied = self.applied()?;
        Ok(applied.into_iter().map(MigrationVersion::from).collect())
    }
}
