//! A sound database with a table of every class.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use tenancy_diesel::audit::{Audit, Report};
use tenancy_diesel::{Class, Column, EncryptedColumn, PolicyOptions, Registry, Table};
use tenancy_testing::{PgServer, TestDatabase};

const fn table(
    path: &'static str,
    class: Class,
    primary_key: &'static [&'static str],
    columns: &'static [Column],
) -> Table {
    Table {
        path,
        schema: None,
        name: path,
        class,
        columns,
        primary_key,
        encrypted: &[],
    }
}

const fn tenant() -> Class {
    Class::Tenant {
        column: "tenant_id",
    }
}

macro_rules! columns {
    ($($name:literal: $sql_type:literal),*) => {
        &[$(Column { name: $name, sql_type: $sql_type }),*]
    };
}

pub(crate) const SHOP: Registry = Registry::new(
    "app.tenant_id",
    "uuid",
    &[
        table(
            "organisations",
            Class::Root { column: "id" },
            &["id"],
            columns!["id": "Uuid", "name": "Text"],
        ),
        Table {
            encrypted: &[EncryptedColumn {
                column: "api_key",
                label: "projects.api_key",
            }],
            ..table(
                "projects",
                tenant(),
                &["tenant_id", "id"],
                columns!["tenant_id": "Uuid", "id": "Int8", "name": "Text", "api_key": "Nullable<Bytea>"],
            )
        },
        table(
            "tasks",
            tenant(),
            &["tenant_id", "id"],
            columns!["tenant_id": "Uuid", "id": "Int8", "project_id": "Int8", "title": "Text"],
        ),
        table(
            "documents",
            tenant(),
            &["id"],
            columns!["tenant_id": "Uuid", "id": "Uuid", "title": "Text"],
        ),
        table(
            "files",
            Class::Via {
                column: "document_id",
                owner: "documents",
                owner_key: "id",
            },
            &["id"],
            columns!["id": "Uuid", "document_id": "Uuid", "name": "Text"],
        ),
        table(
            "events",
            tenant(),
            &["tenant_id", "id", "at"],
            columns!["tenant_id": "Uuid", "id": "Int8", "at": "Timestamptz"],
        ),
        Table {
            schema: Some("billing"),
            name: "invoices",
            ..table(
                "billing::invoices",
                tenant(),
                &["tenant_id", "id"],
                columns!["tenant_id": "Uuid", "id": "Int8", "cents": "Int8"],
            )
        },
        table(
            "countries",
            Class::Shared,
            &["code"],
            columns!["code": "Text"],
        ),
        table(
            "legacy_events",
            Class::Excluded {
                reason: "moves in the third quarter",
            },
            &["id"],
            columns!["id": "Int8", "tenant_id": "Nullable<Uuid>"],
        ),
    ],
);

const TABLES: &str = r#"
    CREATE TABLE organisations (id uuid PRIMARY KEY, name text NOT NULL);
    CREATE TABLE projects (
        tenant_id uuid NOT NULL REFERENCES organisations, id int8 NOT NULL, name text NOT NULL,
        api_key tenancy.tenancy_encrypted, PRIMARY KEY (tenant_id, id));
    CREATE TABLE tasks (
        tenant_id uuid NOT NULL, id int8 NOT NULL, project_id int8 NOT NULL, title text NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id));
    CREATE TABLE documents (
        tenant_id uuid NOT NULL REFERENCES organisations, id uuid PRIMARY KEY, title text NOT NULL,
        UNIQUE (tenant_id, id));
    CREATE TABLE files (
        id uuid PRIMARY KEY, document_id uuid NOT NULL REFERENCES documents, name text NOT NULL);
    CREATE TABLE events (
        tenant_id uuid NOT NULL REFERENCES organisations, id int8 NOT NULL, at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE billing.invoices (
        tenant_id uuid NOT NULL REFERENCES organisations, id int8 NOT NULL, cents int8 NOT NULL,
        PRIMARY KEY (tenant_id, id));
    CREATE TABLE countries (code text PRIMARY KEY);
    CREATE TABLE legacy_events (id int8 PRIMARY KEY, tenant_id uuid);
    CREATE VIEW open_tasks WITH (security_invoker = true) AS SELECT * FROM tasks;
"#;

/// The sound database, on a server whose roles are made up for this test process.
pub(crate) struct Audited {
    database: TestDatabase,
    roles: Vec<(&'static str, String)>,
}

impl Audited {
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap();
        let roles: Vec<_> = ["app", "admin", "eraser", "owner", "migrator", "keys"]
            .map(|name| (name, server.create_login_role(name).unwrap()))
            .into();
        let template = server
            .template("audited", |conn| set_up(conn, &roles))
            .unwrap();
        Audited {
            database: template.create().unwrap(),
            roles,
        }
    }

    pub(crate) fn options(&self) -> PolicyOptions {
        options(&self.roles)
    }

    /// The text with the names of the roles in it.
    pub(crate) fn fill(&self, text: &str) -> String {
        fill(&self.roles, text)
    }

    pub(crate) fn audit(&self) -> Report {
        self.audit_after(&[])
    }

    /// Audits the database as a superuser, after these statements, which are rolled back.
    pub(crate) fn audit_after(&self, statements: &[&str]) -> Report {
        self.after(statements, |conn| {
            Audit::new(&SHOP).policies(self.options()).run(conn)
        })
    }

    pub(crate) fn after<R>(
        &self,
        statements: &[&str],
        f: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> R {
        let mut conn = PgConnection::establish(&self.database.url()).unwrap();
        let mut result = None;
        let rolled_back = conn.transaction(|conn| {
            for statement in statements.iter().filter(|sql| !sql.is_empty()) {
                let statement = self.fill(statement);
                conn.batch_execute(&statement)
                    .unwrap_or_else(|error| panic!("{error}\n{statement}"));
            }
            result = Some(f(conn)?);
            Err::<(), _>(Error::RollbackTransaction)
        });
        assert_eq!(rolled_back, Err(Error::RollbackTransaction));
        result.unwrap()
    }
}

fn options(roles: &[(&'static str, String)]) -> PolicyOptions {
    let role = |name: &str| fill(roles, &format!("{{{name}}}"));
    PolicyOptions::new()
        .app_role(role("app"))
        .owner_role(role("owner"))
        .migrator_role(role("migrator"))
        .admin_role(role("admin"))
        .eraser_role(role("eraser"))
        .keys_role(role("keys"))
}

fn fill(roles: &[(&'static str, String)], text: &str) -> String {
    roles.iter().fold(text.to_owned(), |text, (name, role)| {
        text.replace(&format!("{{{name}}}"), role)
    })
}

fn set_up(conn: &mut PgConnection, roles: &[(&'static str, String)]) -> QueryResult<()> {
    let database = database(conn)?;
    conn.batch_execute(&fill(
        roles,
        &format!(
            "ALTER SCHEMA public OWNER TO {{owner}};
             CREATE SCHEMA billing AUTHORIZATION {{owner}};
             GRANT USAGE ON SCHEMA public, billing TO {{app}}, {{admin}}, {{eraser}};
             REVOKE TEMPORARY ON DATABASE \"{database}\" FROM PUBLIC;"
        ),
    ))?;
    tenancy_migrations::run(conn).map_err(|error| Error::QueryBuilderError(error.into()))?;
    tenancy_migrations::grant_keys(conn, &fill(roles, "{keys}"))
        .map_err(|error| Error::QueryBuilderError(error.into()))?;
    conn.batch_execute(&fill(
        roles,
        "GRANT USAGE ON SCHEMA tenancy TO {owner}; SET ROLE {owner};",
    ))?;
    conn.batch_execute(TABLES)?;
    conn.batch_execute(options(roles).generate(&SHOP).up())?;
    conn.batch_execute(&fill(
        roles,
        "GRANT SELECT ON open_tasks TO {app}; RESET ROLE",
    ))
}

fn database(conn: &mut PgConnection) -> QueryResult<String> {
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
        "pg_catalog.current_database()::text",
    ))
    .get_result(conn)
}
