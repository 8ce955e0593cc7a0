//! What is looked up when a store is built.

use diesel::sql_types::{Bool, Text};

use super::error::KeyStoreBuildError;
use super::settings::Settings;
use super::statements::Statement;

/// One row. Only the catalog is read, for which no privilege is needed. Membership counts also where
/// it is not inherited, because SET ROLE reaches it; a superuser is a member of every role, and who
/// has CREATEROLE can become one of most.
pub(super) fn statement(settings: &Settings) -> Statement<'_> {
    diesel::sql_query(
        "WITH key_tables AS (
             SELECT c.oid, c.relowner, c.relname
             FROM pg_catalog.pg_class AS c
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = 'tenancy' AND c.relname IN ('tenancy_kek', 'tenancy_keys')
                 AND c.relkind = 'r'
         ),
         own AS (
             SELECT * FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user)
         )
         SELECT
             current_user::text AS role,
             pg_catalog.pg_is_in_recovery() AS standby,
             (SELECT count(*) FROM key_tables) = 2 AS migrated,
             EXISTS (SELECT FROM own WHERE rolname = $1) AS is_app,
             EXISTS (SELECT FROM own WHERE rolsuper) AS superuser,
             EXISTS (
                 SELECT FROM own, key_tables AS t
                 WHERE pg_catalog.pg_has_role(own.oid, t.relowner, 'MEMBER')
             ) AS owner,
             EXISTS (
                 SELECT FROM key_tables AS t
                 JOIN (VALUES
                     ('tenancy_kek', 'SELECT'), ('tenancy_kek', 'INSERT'), ('tenancy_kek', 'UPDATE'),
                     ('tenancy_keys', 'SELECT'), ('tenancy_keys', 'INSERT'), ('tenancy_keys', 'DELETE')
                 ) AS need (relname, privilege) USING (relname)
                 WHERE NOT pg_catalog.has_table_privilege(t.oid, need.privilege)
             ) OR NOT coalesce((
                 SELECT pg_catalog.has_schema_privilege(oid, 'USAGE')
                 FROM pg_catalog.pg_namespace WHERE nspname = 'tenancy'
             ), false) AS lacks,
             EXISTS (
                 SELECT FROM pg_catalog.pg_roles AS app, pg_catalog.pg_roles AS r, key_tables AS t
                 WHERE app.rolname = $1 AND pg_catalog.pg_has_role(app.oid, r.oid, 'MEMBER')
                     AND (
                         app.rolcreaterole OR
                         pg_catalog.has_any_column_privilege(
                             r.oid, t.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                         OR pg_catalog.has_table_privilege(r.oid, t.oid, 'DELETE, TRUNCATE, TRIGGER')
                     )
             ) AS app_reaches",
    )
    .into_boxed()
    .bind::<Text, _>(settings.app_role.as_str())
}

#[derive(diesel::QueryableByName)]
pub(super) struct Findings {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    standby: bool,
    #[diesel(sql_type = Bool)]
    migrated: bool,
    #[diesel(sql_type = Bool)]
    is_app: bool,
    #[diesel(sql_type = Bool)]
    superuser: bool,
    #[diesel(sql_type = Bool)]
    owner: bool,
    #[diesel(sql_type = Bool)]
    lacks: bool,
    #[diesel(sql_type = Bool)]
    app_reaches: bool,
}

impl Findings {
    pub(super) fn judge(self, settings: &Settings) -> Result<(), KeyStoreBuildError> {
        let role = self.role;
        let app = settings.app_role.clone();
        let unsafe_role = |why| {
            Err(KeyStoreBuildError::UnsafeRole {
                role: role.clone(),
                why,
            })
        };
        if self.standby {
            return Err(KeyStoreBuildError::Standby);
        }
        if self.is_app {
            return Err(KeyStoreBuildError::ApplicationRole { role: app });
        }
        if self.superuser {
            return unsafe_role("is a superuser");
        }
        if !self.migrated {
            return Err(KeyStoreBuildError::NotMigrated);
        }
        if self.owner {
            return unsafe_role("owns the key tables or can become their owner");
        }
        if self.app_reaches {
            return Err(KeyStoreBuildError::ApplicationReachesKeys { role: app });
        }
        if self.lacks {
            return Err(KeyStoreBuildError::MissingPrivileges { role });
        }
        Ok(())
    }
}
