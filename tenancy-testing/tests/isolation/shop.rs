//! A sound database. Each test breaks a copy of it in one way.

use diesel::connection::SimpleConnection;
use tenancy_diesel::{Class, Registry, Table};
use tenancy_testing::isolation::{Attack, Finding, IsolationReport, Session};
use tenancy_testing::{Fixture, TenantDatabase};

const fn table(path: &'static str, class: Class) -> Table {
    Table {
        path,
        schema: None,
        name: path,
        class,
        columns: &[],
        primary_key: &["id"],
        encrypted: &[],
    }
}

const TENANT: Class = Class::Tenant {
    column: "tenant_id",
};

pub(crate) const REGISTRY: Registry = Registry::new(
    "app.tenant_id",
    "int4",
    &[
        table("organisations", Class::Root { column: "id" }),
        table("projects", TENANT),
        table("tasks", TENANT),
        table("documents", TENANT),
        table(
            "files",
            Class::Via {
                column: "document_id",
                owner: "documents",
                owner_key: "id",
            },
        ),
        Table {
            schema: Some("billing"),
            ..table("events", TENANT)
        },
        Table {
            primary_key: &["tenant_id"],
            ..table("settings", TENANT)
        },
        Table {
            primary_key: &["code"],
            ..table("countries", Class::Shared)
        },
    ],
);

pub(crate) static SHOP: Fixture<i32> = Fixture::new(&REGISTRY, |db| {
    db.conn().batch_execute(
        "CREATE SCHEMA billing;
         CREATE TYPE state AS ENUM ('open', 'done');
         CREATE TABLE countries (code char(2) PRIMARY KEY);
         CREATE TABLE organisations (id int4 PRIMARY KEY, name text NOT NULL);
         CREATE TABLE projects (
             tenant_id int4 NOT NULL REFERENCES organisations, id serial, name text NOT NULL,
             country char(2) NOT NULL REFERENCES countries, parent_id int4,
             PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name),
             FOREIGN KEY (tenant_id, parent_id) REFERENCES projects);
         CREATE TABLE tasks (
             tenant_id int4 NOT NULL, id int8 GENERATED ALWAYS AS IDENTITY, project_id int4 NOT NULL,
             title varchar(5) NOT NULL, state state NOT NULL, due date,
             PRIMARY KEY (tenant_id, id),
             FOREIGN KEY (tenant_id, project_id) REFERENCES projects ON DELETE CASCADE);
         CREATE TABLE documents (
             tenant_id int4 NOT NULL, id int4 UNIQUE NOT NULL, title text NOT NULL,
             PRIMARY KEY (tenant_id, id));
         CREATE TABLE files (
             id int4 PRIMARY KEY, document_id int4 NOT NULL REFERENCES documents (id),
             name text NOT NULL);
         CREATE TABLE billing.events (tenant_id int4 NOT NULL, id int8 NOT NULL, body jsonb NOT NULL)
             PARTITION BY HASH (tenant_id);
         CREATE TABLE billing.events_0 PARTITION OF billing.events
             FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE billing.events_1 PARTITION OF billing.events
             FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE settings (tenant_id int4 PRIMARY KEY, theme text NOT NULL DEFAULT 'plain');",
    )?;
    let policies = db.policy_options().generate(&REGISTRY);
    db.conn().batch_execute(policies.up())?;
    let app = db.app_role().to_owned();
    db.conn()
        .batch_execute(&format!("GRANT USAGE ON SCHEMA billing TO {app}"))?;
    Ok(())
});

/// A copy with a change: `$app` stands for the application's role.
pub(crate) fn changed(sql: &str) -> TenantDatabase<i32> {
    let db = SHOP.database();
    db.superuser()
        .batch_execute(&sql.replace("$app", db.app_role()))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    db
}

pub(crate) fn probe(db: &TenantDatabase<i32>) -> IsolationReport {
    db.isolation()
        .run(&mut db.superuser())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What the probe finds after a change.
pub(crate) fn report_of(sql: &str) -> IsolationReport {
    probe(&changed(sql))
}

/// The attacks that got through on an object, and nothing else anywhere.
pub(crate) fn attacks_on(report: &IsolationReport, object: &str) -> Vec<Attack> {
    let elsewhere: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.object != object)
        .collect();
    assert!(elsewhere.is_empty(), "{report}");
    let mut attacks: Vec<Attack> = report.findings.iter().map(|f| f.attack).collect();
    attacks.sort();
    attacks
}

pub(crate) fn sessions_of(report: &IsolationReport, object: &str, attack: Attack) -> Vec<Session> {
    match report.finding(object, attack) {
        Some(finding) => finding.sessions.clone(),
        None => panic!("{attack:?} on {object} was not found: {report}"),
    }
}

/// Takes the library's policies from a table and puts others in their place.
pub(crate) fn with_policies(table: &str, policies: &str) -> String {
    format!(
        "DROP POLICY tenancy_scope ON {table}; DROP POLICY tenancy_guard ON {table};
         CREATE FUNCTION own(int4) RETURNS bool LANGUAGE sql STABLE AS
             $$SELECT $1 = nullif(current_setting('app.tenant_id', true), '')::int4$$;
         {}",
        policies.replace("ON t ", &format!("ON {table} "))
    )
}
