//! A sound database with a table of every class.

use std::sync::{Arc, Mutex, Once};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use tenancy_diesel::audit::{Audit, Report, Severity};
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

/// Tenants that are texts.
const CLUB: Registry = Registry::new(
    "app.tenant_id",
    "text",
    &[table(
        "members",
        tenant(),
        &["tenant_id", "id"],
        columns!["tenant_id": "Text", "id": "Int8", "name": "Text"],
    )],
);

/// The same, where two columns have the key of one.
const CLUB_DOUBLED: Registry = Registry::new(
    "app.tenant_id",
    "text",
    &[Table {
        encrypted: &[
            EncryptedColumn {
                column: "phone",
                label: "members.phone",
            },
            EncryptedColumn {
                column: "fax",
                label: "members.phone",
            },
        ],
        ..table(
            "members",
            tenant(),
            &["tenant_id", "id"],
            columns!["tenant_id": "Text", "id": "Int8", "name": "Text", "phone": "Bytea", "fax": "Bytea"],
        )
    }],
);

const CLUB_TABLES: &str = "
    CREATE TABLE members (
        tenant_id text NOT NULL, id int8 NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, id));
";

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
    GRANT SELECT ON open_tasks TO {app};
"#;

/// What a sound database of this shape is told, and nothing worse.
pub(crate) const STANDING: &[(&str, &str)] = &[
    ("table-excluded", "table public.legacy_events"),
    (
        "unique-without-tenant",
        "constraint documents_pkey on public.documents",
    ),
    (
        "unique-without-tenant",
        "constraint files_pkey on public.files",
    ),
];

/// Where a case says which version the server has: `SET LOCAL tenancy_case.version = '150018'`.
const VERSION: &str = "tenancy_case.version";
/// Where a case takes another registry: `SET LOCAL tenancy_case.registry = 'doubled'`.
const REGISTRY: &str = "tenancy_case.registry";
/// A server that nobody has heard anything bad of.
const SOUND_VERSION: i32 = 990_000;

/// The sound database, on a server whose roles are made up for this test process.
pub(crate) struct Audited {
    database: TestDatabase,
    /// Of the connection that audits.
    url: String,
    /// That connection, while nobody uses it. A new one would have to read the catalog into its caches again.
    idle: Mutex<Option<PgConnection>>,
    registry: &'static Registry,
    roles: Vec<(&'static str, String)>,
}

impl Audited {
    pub(crate) fn new() -> Self {
        Audited::on(&PgServer::shared().unwrap())
    }

    pub(crate) fn on(server: &Arc<PgServer>) -> Self {
        Audited::of("audited", server, &SHOP, TABLES)
    }

    /// A database whose application logs in as a superuser, and can do what the flaws need before it
    /// gives that up. Its role is not the one of the others.
    pub(crate) fn at_boot() -> Self {
        let server = PgServer::shared().unwrap();
        let mut roles = roles(&server);
        for (name, role) in &mut roles {
            if *name == "app" {
                *role = server.create_login_role("boot_app").unwrap();
            }
        }
        let mut audited = Audited::with("audited_boot", &server, roles, &SHOP, TABLES);
        // Of all tests that come here, since two cannot alter one role at the same time.
        static SUPERUSER: Once = Once::new();
        SUPERUSER.call_once(|| {
            let mut conn = PgConnection::establish(&audited.database.url()).unwrap();
            let superuser = audited.fill("ALTER ROLE {app} SUPERUSER");
            conn.batch_execute(&superuser).unwrap();
        });
        audited.url = audited.url_as("app");
        audited
    }

    pub(crate) fn texts() -> Self {
        let server = PgServer::shared().unwrap();
        Audited::of("audited_texts", &server, &CLUB, CLUB_TABLES)
    }

    fn of(name: &str, server: &Arc<PgServer>, registry: &'static Registry, tables: &str) -> Self {
        Audited::with(name, server, roles(server), registry, tables)
    }

    fn with(
        name: &str,
        server: &Arc<PgServer>,
        roles: Vec<(&'static str, String)>,
        registry: &'static Registry,
        tables: &str,
    ) -> Self {
        let template = server
            .template(name, |conn| set_up(conn, &roles, registry, tables))
            .unwrap();
        let database = template.create().unwrap();
        Audited {
            url: database.url(),
            idle: Mutex::new(None),
            database,
            registry,
            roles,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The URL of a role by its short name, `app`.
    pub(crate) fn url_as(&self, role: &str) -> String {
        self.database.url_as(&self.fill(&format!("{{{role}}}")))
    }

    pub(crate) fn options(&self) -> PolicyOptions {
        options(&self.roles)
    }

    /// The text with the names of the roles and of the database in it.
    pub(crate) fn fill(&self, text: &str) -> String {
        fill(&self.roles, text).replace("{database}", self.database.name())
    }

    pub(crate) fn audit(&self) -> Report {
        self.audit_after(&[])
    }

    /// Audits the database as a superuser, after these statements, which are rolled back. What is always
    /// said of it is left out.
    pub(crate) fn audit_after(&self, statements: &[&str]) -> Report {
        let mut report = self.after(statements, |conn| {
            let version =
                variable(conn, VERSION)?.map_or(SOUND_VERSION, |version| version.parse().unwrap());
            let registry = match variable(conn, REGISTRY)? {
                Some(_) => &CLUB_DOUBLED,
                None => self.registry,
            };
            Audit::new(registry)
                .policies(self.options())
                .read_rows(true)
                .server_version(version)
                .run(conn)
        });
        without_standing(&mut report);
        report
    }

    /// The same, asynchronously.
    pub(crate) async fn audit_async_after(&self, statements: &[&str]) -> Report {
        use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

        let mut conn = AsyncPgConnection::establish(&self.url).await.unwrap();
        let mut result = None;
        let rolled_back = conn
            .transaction(async |conn| {
                for statement in statements {
                    conn.batch_execute(&self.fill(statement)).await?;
                }
                let audit = Audit::new(self.registry)
                    .policies(self.options())
                    .read_rows(true)
                    .server_version(SOUND_VERSION);
                result = Some(audit.run_async(conn).await?);
                Err::<(), _>(Error::RollbackTransaction)
            })
            .await;
        assert_eq!(rolled_back, Err(Error::RollbackTransaction));
        let mut report = result.unwrap();
        without_standing(&mut report);
        report
    }

    /// What is said of the sound database in any case.
    pub(crate) fn standing(&self) -> Vec<(&'static str, String)> {
        let report = self.after(&[], |conn| {
            Audit::new(self.registry)
                .policies(self.options())
                .server_version(SOUND_VERSION)
                .run(conn)
        });
        let findings = report.findings.iter();
        findings
            .map(|finding| (finding.rule.id(), finding.object.to_string()))
            .collect()
    }

    pub(crate) fn after<R>(
        &self,
        statements: &[&str],
        f: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
    ) -> R {
        let idle = self.idle.lock().unwrap().take();
        let mut conn = idle.unwrap_or_else(|| PgConnection::establish(&self.url).unwrap());
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
        *self.idle.lock().unwrap() = Some(conn);
        result.unwrap()
    }
}

fn roles(server: &Arc<PgServer>) -> Vec<(&'static str, String)> {
    ["app", "admin", "eraser", "owner", "migrator", "keys"]
        .map(|name| (name, server.create_login_role(name).unwrap()))
        .into()
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

fn set_up(
    conn: &mut PgConnection,
    roles: &[(&'static str, String)],
    registry: &Registry,
    tables: &str,
) -> QueryResult<()> {
    let database = database(conn)?;
    conn.batch_execute(&fill(
        roles,
        &format!(
            "ALTER SCHEMA public OWNER TO {{owner}};
             CREATE SCHEMA billing AUTHORIZATION {{owner}};
             GRANT USAGE ON SCHEMA public, billing TO {{app}}, {{admin}}, {{eraser}};
             REVOKE TEMPORARY ON DATABASE \"{database}\" FROM PUBLIC;
             ALTER ROLE {{owner}} NOLOGIN;"
        ),
    ))?;
    tenancy_migrations::run(conn).map_err(|error| Error::QueryBuilderError(error.into()))?;
    tenancy_migrations::grant_keys(conn, &fill(roles, "{keys}"))
        .map_err(|error| Error::QueryBuilderError(error.into()))?;
    conn.batch_execute(&fill(
        roles,
        "GRANT USAGE ON SCHEMA tenancy TO {owner}; SET ROLE {owner};",
    ))?;
    conn.batch_execute(&fill(roles, tables))?;
    conn.batch_execute(options(roles).generate(registry).up())?;
    conn.batch_execute("RESET ROLE")
}

fn without_standing(report: &mut Report) {
    report.findings.retain(|finding| {
        let object = finding.object.to_string();
        finding.severity > Severity::Info
            || !STANDING.contains(&(finding.rule.id(), object.as_str()))
    });
}

fn variable(conn: &mut PgConnection, name: &str) -> QueryResult<Option<String>> {
    use diesel::sql_types::{Nullable, Text};

    let value = diesel::dsl::sql::<Nullable<Text>>(&format!(
        "nullif(pg_catalog.current_setting('{name}', true), '')"
    ));
    diesel::select(value).get_result(conn)
}

fn database(conn: &mut PgConnection) -> QueryResult<String> {
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
        "pg_catalog.current_database()::text",
    ))
    .get_result(conn)
}
