//! What an erasure costs beside bare DELETEs: `cargo bench -p tenancy-tests --bench erasure`.
//!
//! 1,000 tenants have 5 million rows in five tables, whose keys lead with the tenant and which point to each other.
//! Two of the tenants have 500,000 rows more. Printed are the times of DELETEs by tenant, one for each table, as
//! the owner and without policies, and those of a plan and of its execution as the eraser.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::erasure::{Erasure, StepKind};
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
use tenancy_testing::PgServer;

const TENANTS: i64 = 1_000;
const TABLES: [&str; 5] = ["t1", "t2", "t3", "t4", "t5"];
const ROWS: i64 = 1_000;
const ROWS_OF_BIG: i64 = 100_000;
/// Of each kind, tenants in turns.
const ROUNDS: i64 = 15;

fn registry() -> &'static Registry {
    let table = |name, class, primary_key| Table {
        path: name,
        schema: None,
        name,
        class,
        columns: &[],
        primary_key,
        encrypted: &[],
    };
    let mut tables = vec![table("orgs", Class::Root { column: "id" }, &["id"])];
    let tenant = Class::Tenant {
        column: "tenant_id",
    };
    tables.extend(TABLES.map(|name| table(name, tenant, &["tenant_id", "id"])));
    let tables = Box::leak(tables.into_boxed_slice());
    Box::leak(Box::new(Registry::new("app.tenant_id", "int8", tables)))
}

fn create() -> String {
    let mut sql = format!(
        "CREATE TABLE orgs (id int8 PRIMARY KEY, name text NOT NULL);
         INSERT INTO orgs SELECT n, 'org ' || n FROM generate_series(1, {TENANTS}) AS n;"
    );
    for (i, name) in TABLES.into_iter().enumerate() {
        // Rows of all tenants lie between each other.
        sql += &format!(
            "CREATE TABLE {name} (tenant_id int8 NOT NULL, id int8 NOT NULL, parent_id int8, note text NOT NULL);
             INSERT INTO {name} SELECT t, n, n, 'a note of some length ' || n
                 FROM generate_series(1, {ROWS}) AS n, generate_series(1, {TENANTS}) AS t;
             INSERT INTO {name} SELECT t, n, n, 'a note of some length ' || n
                 FROM generate_series({ROWS} + 1, {ROWS_OF_BIG}) AS n, generate_series(1, 2) AS t;
             ALTER TABLE {name} ADD PRIMARY KEY (tenant_id, id),
                 ADD FOREIGN KEY (tenant_id) REFERENCES orgs;"
        );
        if i > 0 {
            let parent = TABLES[i - 1];
            sql += &format!(
                "CREATE INDEX ON {name} (tenant_id, parent_id);
                 ALTER TABLE {name} ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES {parent};"
            );
        }
    }
    sql
}

fn bare(conn: &mut PgConnection, tenant: i64) -> Duration {
    let start = Instant::now();
    for name in TABLES.iter().rev() {
        conn.batch_execute(&format!("DELETE FROM {name} WHERE tenant_id = {tenant}"))
            .unwrap();
    }
    conn.batch_execute(&format!("DELETE FROM orgs WHERE id = {tenant}"))
        .unwrap();
    start.elapsed()
}

fn erase(erasure: &Erasure<'_>, conn: &mut PgConnection, tenant: i64) -> (Duration, Duration) {
    let start = Instant::now();
    let plan = erasure.plan_blocking(conn, &tenant).unwrap();
    let planned = start.elapsed();
    let start = Instant::now();
    let report = erasure.execute_blocking(conn, &plan, |_| ()).unwrap();
    assert_eq!(report.items(StepKind::Rows), plan.rows());
    (planned, start.elapsed())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn main() {
    let server = PgServer::shared().unwrap();
    let [app, eraser] = ["app", "eraser"].map(|name| server.create_login_role(name).unwrap());
    let registry = registry();
    let template = server
        .template("erasure_bench", |conn| {
            conn.batch_execute(&create())?;
            let options = PolicyOptions::new().app_role(&app).eraser_role(&eraser);
            conn.batch_execute(options.generate(registry).up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {eraser}"))?;
            tenancy_migrations::run(conn).unwrap();
            tenancy_migrations::grant_erasures(conn, &eraser).unwrap();
            Ok::<_, diesel::result::Error>(())
        })
        .unwrap();
    let database = template.create().unwrap();
    let mut owner = PgConnection::establish(&database.url()).unwrap();
    for settle in ["VACUUM ANALYZE", "CHECKPOINT"] {
        owner.batch_execute(settle).unwrap();
    }
    let mut conn = PgConnection::establish(&database.url_as(&eraser)).unwrap();
    let erasure = Erasure::new(registry).requested_by("bench", "how long it takes");

    let (mut deletes, mut plans, mut executions) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let tenant = 100 + round * 50;
        deletes.push(bare(&mut owner, tenant));
        let (plan, execution) = erase(&erasure, &mut conn, tenant + 1);
        plans.push(plan);
        executions.push(execution);
    }
    let (deletes, plans, executions) = (median(deletes), median(plans), median(executions));
    println!("5,001 rows among 5 million, median of {ROUNDS}");
    println!("  bare DELETEs {deletes:.1} ms, plan {plans:.1} ms, execution {executions:.1} ms");
    println!("  execution is {:.2} x", executions / deletes);

    let deletes = bare(&mut owner, 1).as_secs_f64();
    let (plan, execution) = erase(&erasure, &mut conn, 2);
    let (plan, execution) = (plan.as_secs_f64(), execution.as_secs_f64());
    println!("500,001 rows, in batches of 5,000");
    println!("  bare DELETEs {deletes:.2} s, plan {plan:.2} s, execution {execution:.2} s");
    println!("  execution is {:.2} x", execution / deletes);
}
