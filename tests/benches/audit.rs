//! How long the auditor takes for a thousand tables: `cargo bench -p tenancy-tests --bench audit`.
//!
//! The tables have thirteen columns, the generated policies, and a foreign key to the table before. Printed
//! are the audit of the catalog alone and with the rows, and the statements that take longest.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
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

/// How long each statement takes, with its beginning.
#[derive(Default)]
struct Times {
    begun: Option<Instant>,
    statements: Vec<(Duration, String)>,
}

fn measure(conn: &mut PgConnection) -> Arc<Mutex<Times>> {
    let times = Arc::new(Mutex::new(Times::default()));
    let shared = Arc::clone(&times);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let mut times = shared.lock().unwrap();
        match event {
            InstrumentationEvent::StartQuery { .. } => times.begun = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                let taken = times
                    .begun
                    .take()
                    .map_or(Duration::ZERO, |begun| begun.elapsed());
                let text = query.to_string();
                let from = text.find("FROM pg_catalog.pg_").map_or(0, |at| at + 16);
                let name: String = text[from..].chars().take(60).collect();
                times.statements.push((taken, name));
            }
            _ => {}
        }
    });
    times
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

    let times = measure(&mut conn);
    let start = Instant::now();
    let audit = Audit::new(&registry).policies(options.clone());
    audit.run(&mut conn).unwrap();
    let total = start.elapsed();
    let mut statements = std::mem::take(&mut times.lock().unwrap().statements);
    let sent: Duration = statements.iter().map(|(time, _)| *time).sum();
    println!(
        "statements {:.3} s, reading the answers and judging them {:.3} s",
        sent.as_secs_f64(),
        total.saturating_sub(sent).as_secs_f64()
    );
    statements.sort_by(|a, b| b.cmp(a));
    for (time, name) in statements.iter().take(6) {
        println!("  {:.3} s  {name}", time.as_secs_f64());
    }
}
