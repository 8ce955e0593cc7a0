//! A database with a table of every class, two tenants, and an owner that is no superuser.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Text;
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
use tenancy_testing::{PgServer, TestDatabase};

pub(crate) const A: &str = "00000000-0000-0000-0000-00000000000a";
pub(crate) const B: &str = "00000000-0000-0000-0000-00000000000b";

const fn table(path: &'static str, class: Class, primary_key: &'static [&'static str]) -> Table {
    Table {
        path,
        schema: None,
        name: path,
        class,
        columns: &[],
        primary_key,
        encrypted: &[],
    }
}

const fn tenant() -> Class {
    Class::Tenant {
        column: "tenant_id",
    }
}

const fn via(column: &'static str, owner: &'static str) -> Class {
    Class::Via {
        column,
        owner,
        owner_key: "id",
    }
}

pub(crate) const SHOP: Registry = Registry::new(
    "app.tenant_id",
    "uuid",
    &[
        table("organisations", Class::Root { column: "id" }, &["id"]),
        table("projects", tenant(), &["tenant_id", "id"]),
        table("tasks", tenant(), &["id"]),
        table("attachments", via("task_id", "tasks"), &["id"]),
        table("thumbnails", via("attachment_id", "attachments"), &["id"]),
        Table {
            schema: Some("billing"),
            name: "tasks",
            ..table("billing::tasks", via("task_id", "tasks"), &["id"])
        },
        Table {
            schema: Some("billing"),
            name: "it's \"odd\" $tenancy$; --",
            ..table(
                "odd",
                Class::Tenant {
                    column: "ten'ant \"id\"",
                },
                &["id"],
            )
        },
        table("countries", Class::Shared, &["code"]),
        table(
            "legacy",
            Class::Excluded {
                reason: "moves\nlater",
            },
            &["id"],
        ),
    ],
);

/// The scoped tables, and an expression for the text that tells whose a row is.
pub(crate) const SCOPED: &[(&str, &str)] = &[
    ("organisations", "name"),
    ("projects", "name"),
    ("tasks", "name"),
    ("attachments", "name"),
    ("thumbnails", "name"),
    ("billing.tasks", "name"),
    (r#"billing."it's ""odd"" $tenancy$; --""#, "name"),
];

const TABLES: &str = r#"
    CREATE TABLE organisations (id uuid PRIMARY KEY, name text NOT NULL);
    CREATE TABLE projects (
        tenant_id uuid NOT NULL, id serial, name text NOT NULL, PRIMARY KEY (tenant_id, id));
    CREATE TABLE tasks (
        tenant_id uuid NOT NULL, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL);
    CREATE TABLE attachments (
        id int PRIMARY KEY, task_id int NOT NULL REFERENCES tasks, name text NOT NULL);
    CREATE TABLE thumbnails (
        id int PRIMARY KEY, attachment_id int NOT NULL REFERENCES attachments,
        name text NOT NULL);
    CREATE TABLE billing.tasks (
        id int PRIMARY KEY, task_id int NOT NULL REFERENCES tasks, name text NOT NULL);
    CREATE TABLE billing."it's ""odd"" $tenancy$; --" (
        id int PRIMARY KEY, "ten'ant ""id""" uuid NOT NULL, name text NOT NULL);
    CREATE TABLE countries (code text PRIMARY KEY);
    CREATE TABLE legacy (id int PRIMARY KEY, tenant_id uuid);
    INSERT INTO countries VALUES ('de');
"#;

/// Tasks, attachments and the rest have id 1 for the first tenant and 2 for the second.
const ROWS: &str = r#"
    INSERT INTO organisations VALUES ('{tenant}', '{name}');
    INSERT INTO projects (tenant_id, name) VALUES ('{tenant}', '{name}'), ('{tenant}', '{name}');
    INSERT INTO tasks (tenant_id, name) VALUES ('{tenant}', '{name}');
    INSERT INTO attachments VALUES ({id}, {id}, '{name}');
    INSERT INTO thumbnails VALUES ({id}, {id}, '{name}');
    INSERT INTO billing.tasks VALUES ({id}, {id}, '{name}');
    INSERT INTO billing."it's ""odd"" $tenancy$; --" VALUES ({id}, '{tenant}', '{name}');
"#;

pub(crate) struct Shop {
    pub(crate) server: Arc<PgServer>,
    pub(crate) database: TestDatabase,
    pub(crate) app: String,
    pub(crate) admin: String,
    pub(crate) eraser: String,
    pub(crate) owner: String,
}

impl Shop {
    /// Tables and rows, no policies.
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap();
        let [app, admin, eraser, owner] =
            ["app", "admin", "eraser", "owner"].map(|name| server.create_login_role(name).unwrap());
        let template = server
            .template("policies", |conn| {
                conn.batch_execute(&format!(
                    "CREATE SCHEMA billing AUTHORIZATION {owner};
                     GRANT ALL ON SCHEMA public TO {owner};
                     GRANT USAGE ON SCHEMA public, billing TO {app}, {admin}, {eraser};
                     SET ROLE {owner}; {TABLES}"
                ))?;
                for (tenant, name, id) in [(A, "of a", "1"), (B, "of b", "2")] {
                    conn.batch_execute(
                        &ROWS
                            .replace("{tenant}", tenant)
                            .replace("{name}", name)
                            .replace("{id}", id),
                    )?;
                }
                QueryResult::Ok(())
            })
            .unwrap();
        Shop {
            database: template.create().unwrap(),
            server,
            app,
            admin,
            eraser,
            owner,
        }
    }

    /// The same with the policies of the application role.
    pub(crate) fn protected() -> Self {
        let shop = Shop::new();
        shop.apply(&shop.options()).unwrap();
        shop
    }

    pub(crate) fn options(&self) -> PolicyOptions {
        PolicyOptions::new().app_role(&self.app)
    }

    pub(crate) fn all_roles(&self) -> PolicyOptions {
        self.options()
            .admin_role(&self.admin)
            .eraser_role(&self.eraser)
    }

    /// Runs `up`, as Diesel would: as the owner, in a transaction.
    pub(crate) fn apply(&self, options: &PolicyOptions) -> QueryResult<()> {
        self.migrate(options.generate(&SHOP).up())
    }

    pub(crate) fn revert(&self, options: &PolicyOptions) -> QueryResult<()> {
        self.migrate(options.generate(&SHOP).down())
    }

    pub(crate) fn migrate(&self, sql: &str) -> QueryResult<()> {
        self.owner().transaction(|conn| conn.batch_execute(sql))
    }

    pub(crate) fn app(&self) -> PgConnection {
        self.connect(&self.app)
    }

    /// The application's connection, with the tenant set for the session.
    pub(crate) fn app_of(&self, tenant: &str) -> PgConnection {
        scoped(self.app(), tenant)
    }

    pub(crate) fn owner(&self) -> PgConnection {
        self.connect(&self.owner)
    }

    pub(crate) fn connect(&self, role: &str) -> PgConnection {
        PgConnection::establish(&self.database.url_as(role)).unwrap()
    }

    /// Who sees and may do everything.
    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }
}

pub(crate) fn scoped(mut conn: PgConnection, tenant: &str) -> PgConnection {
    conn.batch_execute(&format!("SET app.tenant_id = '{tenant}'"))
        .unwrap();
    conn
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The rows of a query with one column, as texts.
pub(crate) fn try_lines(conn: &mut PgConnection, query: &str) -> QueryResult<Vec<String>> {
    let query = format!("SELECT q.c::text AS line FROM ({query}) AS q (c)");
    let lines: Vec<Line> = diesel::sql_query(query).load(conn)?;
    Ok(lines.into_iter().map(|line| line.line).collect())
}

pub(crate) fn lines(conn: &mut PgConnection, query: &str) -> Vec<String> {
    try_lines(conn, query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// How many rows a statement touched.
pub(crate) fn touched(conn: &mut PgConnection, statement: &str) -> QueryResult<usize> {
    diesel::sql_query(statement).execute(conn)
}

/// The message with which the server refused.
pub(crate) fn refusal<T: std::fmt::Debug>(result: QueryResult<T>) -> String {
    match result {
        Err(Error::DatabaseError(_, info)) => info.message().to_owned(),
        other => panic!("the server did not refuse: {other:?}"),
    }
}
