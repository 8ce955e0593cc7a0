//! Privileges and settings of a database itself, which a copy does not get from its template.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::HarnessError;
use crate::admin::{Admin, quoted};

/// Stands for the name of the copy in the statements.
const NAME: &str = "%database%";

/// Statements, without the name of the database for which they are.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseSettings(String);

#[derive(QueryableByName)]
struct Statement {
    #[diesel(sql_type = Text)]
    statement: String,
}

/// `datacl` is null until somebody grants or revokes something. The values of a few settings are lists,
/// which the catalog keeps with their quotes.
const READ: &str = "
    SELECT statement FROM (
        SELECT 1 AS step, format('REVOKE ALL ON DATABASE %s FROM PUBLIC', $2) AS statement
        FROM pg_catalog.pg_database WHERE datname = $1 AND datacl IS NOT NULL
        UNION ALL
        SELECT 2, format('GRANT %s ON DATABASE %s TO %s%s', privilege_type, $2,
                   CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                   CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM pg_catalog.pg_database, aclexplode(datacl)
        WHERE datname = $1 AND grantee <> datdba
        UNION ALL
        SELECT 3, format('ALTER %s SET %s = %s',
                   CASE setrole WHEN 0 THEN format('DATABASE %s', $2)
                       ELSE format('ROLE %s IN DATABASE %s', setrole::regrole, $2) END,
                   name,
                   CASE WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
                                      'session_preload_libraries') THEN value
                       ELSE quote_literal(value) END)
        FROM pg_catalog.pg_db_role_setting s
        JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND d.datname = $1,
            unnest(setconfig) AS setting,
            LATERAL (SELECT split_part(setting, '=', 1) AS name,
                            substr(setting, strpos(setting, '=') + 1) AS value) AS parts
    ) AS all_of_them ORDER BY step, statement";

impl DatabaseSettings {
    /// Reads those of a template.
    pub(crate) fn of(admin: &Admin, template: &str) -> Result<Self, HarnessError> {
        let statements: Vec<Statement> =
            admin.with("read a template's settings", |connection| {
                diesel::sql_query(READ)
                    .bind::<Text, _>(template)
                    .bind::<Text, _>(NAME)
                    .load(connection)
            })?;
        let statements: Vec<String> = statements.into_iter().map(|row| row.statement).collect();
        Ok(DatabaseSettings(statements.join("; ")))
    }

    /// Gives them to a copy.
    pub(crate) fn apply(&self, admin: &Admin, database: &str) -> Result<(), HarnessError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let statements = self.0.replace(NAME, &quoted(database));
        admin.execute_all(&statements, &format!("set up the database {database}"))
    }
}
