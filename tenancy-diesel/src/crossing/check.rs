//! What is looked up when a pool is built.

use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Bool, Text};

use super::BuildError;

/// One row about the role of a connection. Only the catalog is read, for which no privilege is needed.
/// Membership counts also where it is not inherited, because SET ROLE reaches it.
pub(super) fn statement(app_role: &str) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
    diesel::sql_query(
        "WITH records AS (
             SELECT c.oid, c.relowner FROM pg_catalog.pg_class AS c
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = 'tenancy' AND c.relname = 'crossings' AND c.relkind = 'r'
         ),
         tables AS (
             SELECT c.oid, c.relowner FROM pg_catalog.pg_class AS c
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ),
         own AS (
             SELECT * FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user)
         ),
         app AS (
             SELECT * FROM pg_catalog.pg_roles WHERE rolname = $1
         ),
         reached AS (
             SELECT r.oid FROM app, pg_catalog.pg_roles AS r
             WHERE pg_catalog.pg_has_role(app.oid, r.oid, 'MEMBER')
         )
         SELECT
             current_user::text AS role,
             EXISTS (SELECT FROM app) AS app_exists,
             EXISTS (SELECT FROM own JOIN app USING (oid)) AS is_app,
             EXISTS (
                 SELECT FROM own JOIN reached USING (oid)
             ) OR EXISTS (SELECT FROM app WHERE rolcreaterole) AS app_becomes,
             EXISTS (
                 SELECT FROM own, app WHERE pg_catalog.pg_has_role(own.oid, app.oid, 'MEMBER')
             ) AS becomes_app,
             EXISTS (SELECT FROM own WHERE rolsuper) AS superuser,
             EXISTS (SELECT FROM own WHERE rolbypassrls) AS bypass,
             EXISTS (SELECT FROM own WHERE rolcreaterole) AS creates_roles,
             EXISTS (
                 SELECT FROM own, tables AS t WHERE pg_catalog.pg_has_role(own.oid, t.relowner, 'MEMBER')
             ) AS owner,
             EXISTS (
                 SELECT FROM own, pg_catalog.pg_roles AS r, tables AS t
                 WHERE pg_catalog.pg_has_role(own.oid, r.oid, 'MEMBER')
                     AND t.oid NOT IN (SELECT oid FROM records)
                     AND (pg_catalog.has_any_column_privilege(r.oid, t.oid, 'INSERT, UPDATE')
                         OR pg_catalog.has_table_privilege(r.oid, t.oid, 'DELETE, TRUNCATE'))
             ) AS writes,
             EXISTS (SELECT FROM records) AS migrated,
             coalesce((
                 SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(t.oid, c.name, 'INSERT'))
                     AND pg_catalog.bool_and(pg_catalog.has_schema_privilege('tenancy', 'USAGE'))
                 FROM records AS t, (VALUES ('opening'), ('kind'), ('actor'), ('reason'), ('reader'),
                     ('statement'), ('tenant')) AS c (name)
             ), false) AS records,
             EXISTS (
                 SELECT FROM own, pg_catalog.pg_roles AS r, records AS t
                 WHERE pg_catalog.pg_has_role(own.oid, r.oid, 'MEMBER')
                     AND (pg_catalog.has_any_column_privilege(r.oid, t.oid, 'SELECT, UPDATE, REFERENCES')
                         OR pg_catalog.has_table_privilege(r.oid, t.oid, 'DELETE, TRUNCATE, TRIGGER')
                         OR pg_catalog.has_column_privilege(r.oid, t.oid, 'recorded_at', 'INSERT')
                         OR pg_catalog.has_column_privilege(r.oid, t.oid, 'recorded_by', 'INSERT'))
             ) AS alters,
             EXISTS (
                 SELECT FROM reached AS r, records AS t
                 WHERE pg_catalog.has_any_column_privilege(
                         r.oid, t.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                     OR pg_catalog.has_table_privilege(r.oid, t.oid, 'DELETE, TRUNCATE, TRIGGER')
             ) AS app_reaches",
    )
    .into_boxed()
    .bind::<Text, _>(app_role)
}

#[derive(diesel::QueryableByName)]
pub(super) struct Findings {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    app_exists: bool,
    #[diesel(sql_type = Bool)]
    is_app: bool,
    #[diesel(sql_type = Bool)]
    app_becomes: bool,
    #[diesel(sql_type = Bool)]
    becomes_app: bool,
    #[diesel(sql_type = Bool)]
    superuser: bool,
    #[diesel(sql_type = Bool)]
    bypass: bool,
    #[diesel(sql_type = Bool)]
    creates_roles: bool,
    #[diesel(sql_type = Bool)]
    owner: bool,
    #[diesel(sql_type = Bool)]
    writes: bool,
    #[diesel(sql_type = Bool)]
    migrated: bool,
    #[diesel(sql_type = Bool)]
    records: bool,
    #[diesel(sql_type = Bool)]
    alters: bool,
    #[diesel(sql_type = Bool)]
    app_reaches: bool,
}

impl Findings {
    /// What holds for both roles.
    fn judge(&self, which: &'static str, app: &str) -> Result<(), BuildError> {
        if !self.app_exists {
            return Err(BuildError::UnknownApplicationRole {
                role: app.to_owned(),
            });
        }
        self.refuse_if(
            which,
            &[
                (self.is_app, "is the application's role"),
                (self.superuser, "is a superuser"),
                (
                    self.bypass,
                    "has BYPASSRLS, so no policy says what it may read",
                ),
                (
                    self.creates_roles,
                    "has CREATEROLE, with which it can become others",
                ),
                (
                    self.app_becomes,
                    "is one that the application's role can become",
                ),
                (
                    self.becomes_app,
                    "can become the application's role, which may write",
                ),
                (self.owner, "owns tables or can become their owner"),
                (self.writes, "may write to tables"),
            ],
        )
    }

    /// The role that reads, whose name it returns.
    pub(super) fn judge_reading(self, app: &str) -> Result<String, BuildError> {
        self.judge("reading", app)?;
        Ok(self.role)
    }

    pub(super) fn judge_recording(self, app: &str) -> Result<(), BuildError> {
        if !self.migrated {
            return Err(BuildError::NotMigrated);
        }
        self.judge("recording", app)?;
        self.refuse_if(
            "recording",
            &[
                (self.alters, "may do more with the records than add to them"),
                (
                    !self.records,
                    "may not add records; see `tenancy_migrations::grant_crossings`",
                ),
            ],
        )?;
        if self.app_reaches {
            return Err(BuildError::ApplicationReachesRecords {
                role: app.to_owned(),
            });
        }
        Ok(())
    }

    fn refuse_if(
        &self,
        which: &'static str,
        findings: &[(bool, &'static str)],
    ) -> Result<(), BuildError> {
        match findings.iter().find(|(found, _)| *found) {
            None => Ok(()),
            Some((_, why)) => Err(BuildError::UnsafeRole {
                which,
                role: self.role.clone(),
                why,
            }),
        }
    }
}
