//! What the planner makes of the function: it is called once for a table, never for a row, and hinders
//! neither an index nor parallel workers.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_tests::A;

use crate::world::{Mode, Shop, lines, sealed};

fn plan(conn: &mut PgConnection, sql: &str) -> String {
    diesel::sql_query(format!(
        "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) {sql}"
    ))
    .load::<Plan>(conn)
    .unwrap()
    .into_iter()
    .map(|row| row.line + "\n")
    .collect()
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// A scope's session with 20,000 rows of two tenants.
fn session(shop: &Shop) -> PgConnection {
    shop.superuser()
        .batch_execute(
            "INSERT INTO comments (tenant_id, id, task_id, body)
                 SELECT tenant_id, n, 1, 'body' FROM generate_series(100, 10099) AS n,
                     (SELECT DISTINCT tenant_id FROM tasks) AS t;
             ANALYZE comments; SET track_functions = 'all'",
        )
        .unwrap();
    let mut conn = shop.raw();
    conn.batch_execute(&format!("BEGIN; SET LOCAL app.tenant_id = '{}'", sealed(A)))
        .unwrap();
    conn
}

#[test]
fn the_function_runs_once_for_both_policies_and_not_for_a_row() {
    let shop = Shop::new(Mode::Sealed);
    let conn = &mut session(&shop);
    let plan = plan(conn, "SELECT count(*) FROM comments");
    let init_plans: Vec<&str> = plan.split("InitPlan").skip(1).collect();
    assert_eq!(init_plans.len(), 1, "{plan}");
    for init_plan in init_plans {
        assert!(
            init_plan.contains("Result (actual rows=1 loops=1)"),
            "{plan}"
        );
    }
    let scans: Vec<&str> = plan
        .lines()
        .filter(|line| line.contains("Filter:") || line.contains("Cond:"))
        .collect();
    assert!(
        scans.iter().all(|line| !line.contains("sealed_tenant")),
        "it is called for each row: {plan}"
    );
}

#[test]
fn the_key_that_leads_with_the_tenant_is_used() {
    let shop = Shop::new(Mode::Sealed);
    let conn = &mut session(&shop);
    let plan = plan(conn, "SELECT body FROM comments WHERE id = 200");
    assert!(plan.contains("Index Scan using comments_pkey"), "{plan}");
    assert!(
        plan.contains("Index Cond: ((comments.tenant_id = $"),
        "{plan}"
    );
}

#[test]
fn parallel_workers_read_the_tenant_that_the_leader_verified() {
    let shop = Shop::new(Mode::Sealed);
    let conn = &mut session(&shop);
    conn.batch_execute(
        "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0;
         SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL min_parallel_index_scan_size = 0;
         SET LOCAL parallel_leader_participation = off",
    )
    .unwrap();
    let sql = "SELECT count(*) FROM comments";
    let parallel = plan(conn, sql);
    assert!(parallel.contains("Workers Launched: "), "{parallel}");
    assert!(!parallel.contains("Workers Launched: 0"), "{parallel}");
    let counted = lines(conn, "SELECT count(*)::text AS line FROM comments").unwrap();
    assert_eq!(counted, ["10002"]);
    // A worker that calls it itself finds the variable as the leader has it.
    let names = lines(
        conn,
        "SELECT DISTINCT tenancy.sealed_tenant('app.tenant_id', true) AS line FROM comments",
    );
    assert_eq!(names.unwrap(), [A.0.to_string()]);
}
