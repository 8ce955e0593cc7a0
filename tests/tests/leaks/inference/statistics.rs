//! What the catalog and the planner tell.

use diesel::connection::SimpleConnection;
use tenancy_tests::A;
use tenancy_tests::database::{Layers, Shop};

use crate::harness::lines;

raw_case! {
    /// The most common values and the histogram are hidden from a role that policies apply to.
    the_statistics_of_a_column after "ANALYZE",
    rows("SELECT array_to_string(most_common_vals::text::text[] || histogram_bounds::text::text[], ',')
              AS line
          FROM pg_stats WHERE tablename = 'comments' AND attname = 'body'"),
    own: [""; 0],
    control: ["first a,first b,second a,second b"],
}

/// A limit of PostgreSQL, in the threat manual: whoever reads plans of raw SQL learns how many rows of all
/// tenants have a value. The estimate of a scoped query is that of its tenant.
#[test]
fn a_plan_of_raw_sql_tells_how_frequent_a_value_is_among_all_tenants() {
    let shop = Shop::new(Layers::Both);
    shop.superuser()
        .batch_execute(
            "INSERT INTO tasks SELECT id, 1000 + n, 1, 'secret of b', 'open', 1, false
             FROM organisations, generate_series(1, 20000) n WHERE name = 'org b';
             ANALYZE tasks;
             CREATE FUNCTION plan(query text, field text) RETURNS SETOF text
             LANGUAGE plpgsql AS $$DECLARE found json; BEGIN
                 EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO found;
                 RETURN QUERY SELECT found #>> ARRAY['0', 'Plan', field];
             END$$",
        )
        .unwrap();
    let told = |field: &str, title: &str, rest: &str| -> i64 {
        let query = format!("SELECT FROM tasks WHERE title = ''{title}'' {rest}");
        let sql = format!("SELECT plan('{query}', '{field}') AS line");
        lines(&mut shop.scope(A), &sql).unwrap()[0].parse().unwrap()
    };
    assert_eq!(told("Actual Rows", "secret of b", ""), 0);
    assert!(told("Plan Rows", "secret of b", "") > 100);
    assert!(told("Plan Rows", "no such title", "") < 100);
    let filtered = format!("AND tenant_id = ''{}''", A.0);
    assert!(told("Plan Rows", "secret of b", &filtered) < 100);
}
