//! What is looked up when a queue and a worker are built.

use diesel::sql_types::{Array, Bool, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tenancy_core::Registry;

use super::{JobsBuildError, QueueError};
use crate::search_path::TRUSTED;

/// One row about the role of the connection and the application's. Only the catalog is read, for which no
/// privilege is needed. Membership counts also where it is not inherited, because SET ROLE reaches it.
const ROLES: &str = "WITH queue AS (
        SELECT c.oid, c.relowner, c.relname FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tenancy' AND c.relname IN ('jobs', 'jobs_done') AND c.relkind = 'r'
    ),
    own AS (SELECT * FROM pg_roles WHERE rolname IN (current_user, session_user)),
    app AS (SELECT * FROM pg_roles WHERE rolname = $1),
    reached AS (SELECT r.oid FROM app, pg_roles AS r WHERE pg_has_role(app.oid, r.oid, 'MEMBER'))
    SELECT
        current_user::text AS role,
        (SELECT count(*) FROM queue) = 2 AS migrated,
        EXISTS (SELECT FROM app) AS app_exists,
        EXISTS (SELECT FROM own JOIN reached USING (oid))
            OR EXISTS (SELECT FROM app WHERE rolcreaterole) AS app_becomes,
        EXISTS (SELECT FROM own, app WHERE pg_has_role(own.oid, app.oid, 'MEMBER')) AS becomes_app,
        EXISTS (SELECT FROM own WHERE rolsuper) AS superuser,
        EXISTS (SELECT FROM own WHERE rolbypassrls) AS bypass,
        EXISTS (SELECT FROM own WHERE rolcreaterole) AS creates_roles,
        EXISTS (
            SELECT FROM own, queue AS t WHERE pg_has_role(own.oid, t.relowner, 'MEMBER')
        ) AS owner,
        NOT coalesce((
            SELECT bool_and(has_table_privilege(t.oid, 'SELECT') AND has_table_privilege(t.oid, 'DELETE'))
                AND bool_and(CASE t.relname
                    WHEN 'jobs' THEN has_column_privilege(t.oid, 'held_until', 'UPDATE')
                        AND has_column_privilege(t.oid, 'holder', 'UPDATE')
                        AND has_column_privilege(t.oid, 'attempts', 'UPDATE')
                        AND has_column_privilege(t.oid, 'failure', 'UPDATE')
                        AND has_column_privilege(t.oid, 'dead_at', 'UPDATE')
                    ELSE has_column_privilege(t.oid, 'id', 'INSERT')
                        AND has_column_privilege(t.oid, 'tenant', 'INSERT')
                        AND has_column_privilege(t.oid, 'expires_at', 'INSERT')
                END)
                AND bool_and(has_schema_privilege('tenancy', 'USAGE'))
            FROM queue AS t
        ), false) AS lacks,
        EXISTS (
            SELECT FROM own, pg_roles AS r, queue AS t
            WHERE pg_has_role(own.oid, r.oid, 'MEMBER') AND t.relname = 'jobs'
                AND (has_column_privilege(r.oid, t.oid, 'envelope', 'INSERT, UPDATE')
                    OR has_table_privilege(r.oid, t.oid, 'TRUNCATE, TRIGGER'))
        ) AS writes,
        EXISTS (
            SELECT FROM reached AS r, queue AS t
            WHERE has_any_column_privilege(r.oid, t.oid, 'SELECT, UPDATE, REFERENCES')
                OR has_table_privilege(r.oid, t.oid, 'DELETE, TRUNCATE, TRIGGER')
                OR (t.relname = 'jobs' AND (has_table_privilege(r.oid, t.oid, 'INSERT')
                    OR has_column_privilege(r.oid, t.oid, 'attempts', 'INSERT')
                    OR has_column_privilege(r.oid, t.oid, 'held_until', 'INSERT')
                    OR has_column_privilege(r.oid, t.oid, 'failure', 'INSERT')
                    OR has_column_privilege(r.oid, t.oid, 'dead_at', 'INSERT')))
        ) AS app_reaches";

#[derive(diesel::QueryableByName)]
struct Findings {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    migrated: bool,
    #[diesel(sql_type = Bool)]
    app_exists: bool,
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
    lacks: bool,
    #[diesel(sql_type = Bool)]
    writes: bool,
    #[diesel(sql_type = Bool)]
    app_reaches: bool,
}

/// Checks the role of the connection, whose name it returns, and the application's.
pub(super) async fn roles(
    conn: &mut AsyncPgConnection,
    app_role: &str,
) -> Result<String, JobsBuildError> {
    let found = conn.transaction(async |conn| {
        conn.batch_execute(TRUSTED).await?;
        let roles = diesel::sql_query(ROLES).bind::<Text, _>(app_role);
        roles.get_result::<Findings>(conn).await
    });
    let found = found.await.map_err(QueueError::Query)?;
    if !found.migrated {
        return Err(JobsBuildError::NotMigrated);
    }
    if !found.app_exists {
        return Err(JobsBuildError::UnknownApplicationRole {
            role: app_role.to_owned(),
        });
    }
    let wrong = [
        (found.superuser, "is a superuser"),
        (
            found.bypass,
            "has BYPASSRLS, so it could read the rows of tenants",
        ),
        (
            found.creates_roles,
            "has CREATEROLE, with which it can become others",
        ),
        (
            found.app_becomes,
            "is the application's role, or one that it can become",
        ),
        (found.becomes_app, "can become the application's role"),
        (found.owner, "owns the queue or can become its owner"),
        (
            found.writes,
            "may write envelopes; a worker takes them and no more",
        ),
        (
            found.lacks,
            "lacks privileges on the queue; see `tenancy_migrations::grant_jobs`",
        ),
    ];
    if let Some((_, why)) = wrong.into_iter().find(|(found, _)| *found) {
        return Err(JobsBuildError::UnsafeRole {
            role: found.role,
            why,
        });
    }
    if found.app_reaches {
        return Err(JobsBuildError::ApplicationReachesQueue {
            role: app_role.to_owned(),
        });
    }
    Ok(found.role)
}

/// A table of the tenants on which the role of the connection, or one that it can become, has a privilege. What is
/// named without a schema may be in any.
const REACHED: &str = "SELECT n.nspname || '.' || c.relname AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_roles AS r ON pg_has_role(current_user, r.oid, 'MEMBER')
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^(pg_|information_schema$)'
        AND (c.relname::text = ANY($1) OR n.nspname || '.' || c.relname = ANY($2))
        AND (has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
            OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER'))
    ORDER BY name LIMIT 1";

#[derive(diesel::QueryableByName)]
struct Reached {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Refuses a role that has privileges on tables of tenants.
pub(super) async fn tenants(
    conn: &mut AsyncPgConnection,
    role: &str,
    registry: &Registry,
) -> Result<(), JobsBuildError> {
    let (mut anywhere, mut qualified) = (Vec::new(), Vec::new());
    for table in registry
        .tables
        .iter()
        .filter(|table| table.class.is_scoped())
    {
        match table.schema {
            Some(schema) => qualified.push(format!("{schema}.{}", table.name)),
            None => anywhere.push(table.name),
        }
    }
    let found = conn.transaction(async |conn| {
        conn.batch_execute(TRUSTED).await?;
        let reached = diesel::sql_query(REACHED)
            .bind::<Array<Text>, _>(&anywhere)
            .bind::<Array<Text>, _>(&qualified);
        reached.load::<Reached>(conn).await
    });
    match found.await.map_err(QueueError::Query)?.pop() {
        None => Ok(()),
        Some(Reached { name }) => Err(JobsBuildError::ReachesTenants {
            role: role.to_owned(),
            table: name,
        }),
    }
}
