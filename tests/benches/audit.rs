//! How long the auditor takes for a thousand tables: `cargo bench -p tenancy-tests --bench audit`.
//!
//! The tables have thirteen columns, the generated policies, and a foreign key to the table before. The
//! times of the lists of the catalog and of the rows are told apart by two runs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::audit::{Audit, Report};
use tenancy_diesel::{Class, Column, PolicyOptions, Registry, Table};
use tenancy_testing::PgServer;

const TABLES: usize = 1000;
const ROUNDS: usize = 5;

const COLUMNS: &[(&str, &str, &str)] = &[
    ("tenant_id", "Uuid", "uuid NOT NULL"),
    ("id", "Uuid", "uuid NOT NULL"),
    ("parent_id", "Nullable<Uuid>", "uuid"),
    ("label", "Text", "text NOT NULL"),
    ("position", "Int4", "int4 NOT NULL"),
    ("note", "Nullable<Text>", "text"),
    (
        "created_at",
        "Timestamptz",
        "timestamptz NOT NULL DEFAULT now()",
    ),
    ("active", "Bool", "bool NOT NULL DEFAULT true"),
    ("version", "Int8", "int8 NOT NULL DEFAULT 0"),
    ("due_on", "Nullable<Date>", "date"),
    ("data", "Jsonb", "jsonb NOT NULL DEFAULT '{}'"),
    ("tags", "Array<Text>", "text[] NOT NULL DEFAULT '{}'"),
    ("amount", "Int8", "int8 NOT NULL DEFAULT 0"),
];

fn leak<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

fn name(n: usize) -> &'static str {
    Box::leak(format!("table_{n:04}").into_boxed_str())
}

fn registry() -> Registry {
    let columns = COLUMNS
        .iter()
        .map(|(name, sql_type, _)| Column { name, sql_type });
    let columns = leak(columns.collect());
    let tables = (0..TABLES).map(|n| Table {
        path: name(n),
        schema: None,
        name: name(n),
        class: Class::Tenant {
            column: "tenant_id",
        },
        columns,
        primary_key: &["tenant_id", "id"],
        encrypted: &[],
    });
    Registry::new("app.tenant_id", "uuid", leak(tables.collect()))
}

fn tables() -> String {
    let columns: Vec<String> = COLUMNS
        .iter()
        .map(|(name, _, definition)| format!("{name} {definition}"))
        .collect();
    let columns = columns.join(", ");
    (0..TABLES)
        .map(|n| {
            let parent = name(n.saturating_sub(1));
            let table = name(n);
            format!(
                "CREATE TABLE {table} ({columns}, PRIMARY KEY (tenant_id, id));
                 ALTER TABLE {table} ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES {parent} (tenant_id, id);
                 CREATE INDEX ON {table} (tenant_id, created_at);"
            )
        })
        .collect()
}

fn timed(audit: &Audit<'_>, conn: &mut PgConnection) -> (Duration, Report) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let report = audit.run(conn).unwrap();
            (start.elapsed(), report)
        })
        .collect();
    times.sort_by_key(|(time, _)| *time);
    times.swap_remove(ROUNDS / 2)
}

fn main() {
    let server = PgServer::shared().unwrap();
    let [app, owner] = ["app", "owner"].map(|name| server.create_login_role(name).unwrap());
    let options = PolicyOptions::new().app_role(&app).owner_role(&owner);
    let registry = registry();
    let template = server
        .template("audit_bench", |conn| {
            conn.batch_execute(&tables())?;
            conn.batch_execute(options.generate(&registry).up())
        })
        .unwrap();
    let database = template.create().unwrap();
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute("ANALYZE").unwrap();

    println!(
        "{TABLES} tables of {} columns, median of {ROUNDS} runs",
        COLUMNS.len()
    );
    for (what, rows) in [("catalog alone", false), ("with the rows", true)] {
        let audit = Audit::new(&registry)
            .policies(options.clone())
            .read_rows(rows);
        let (time, report) = timed(&audit, &mut conn);
        assert_eq!(report.tables.len(), TABLES);
        println!(
            "{what}: {:.3} s, {} queries, {} rules, {} findings",
            time.as_secs_f64(),
            report.queries,
            report.asked.len(),
            report.findings.len(),
        );
        let mut ids: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.rule.id())
            .collect();
        ids.dedup();
        println!("  {}", ids.join(", "));
    }
}
