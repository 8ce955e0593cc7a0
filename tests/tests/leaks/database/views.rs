//! Views run as their owner. What RLS does not cover shows in both forms, the safe one and the unsafe one.

use super::{Seen, seen};

#[test]
fn a_view_with_security_invoker_shows_own_rows() {
    let view = |option: &str| {
        format!(
            "CREATE VIEW titles {option} AS SELECT title AS line FROM tasks;
             GRANT SELECT ON titles TO PUBLIC"
        )
    };
    let sql = "SELECT line FROM titles";
    assert_eq!(
        seen(&view("WITH (security_invoker = true)"), sql),
        Seen::OwnRows
    );
    assert_eq!(seen(&view(""), sql), Seen::RowsOfBoth, "the control");
    assert_eq!(
        seen(&view("WITH (security_barrier = true)"), sql),
        Seen::RowsOfBoth,
        "a barrier is no invoker"
    );
}

#[test]
fn a_view_on_a_view_is_as_open_as_the_most_open_one() {
    let views = |inner: &str| {
        format!(
            "CREATE VIEW inside {inner} AS SELECT title FROM tasks;
             CREATE VIEW titles WITH (security_invoker = true) AS SELECT title AS line FROM inside;
             GRANT SELECT ON inside, titles TO PUBLIC"
        )
    };
    let sql = "SELECT line FROM titles";
    assert_eq!(
        seen(&views("WITH (security_invoker = true)"), sql),
        Seen::OwnRows
    );
    assert_eq!(seen(&views(""), sql), Seen::RowsOfBoth, "the control");
}

#[test]
fn a_write_through_a_view_with_security_invoker_reaches_own_rows() {
    let view = |option: &str| {
        format!(
            "CREATE VIEW open {option} AS SELECT title, done FROM tasks;
             GRANT SELECT, UPDATE ON open TO PUBLIC"
        )
    };
    let sql =
        "WITH done AS (UPDATE open SET done = true RETURNING title) SELECT title AS line FROM done";
    assert_eq!(
        seen(&view("WITH (security_invoker = true)"), sql),
        Seen::OwnRows
    );
    assert_eq!(seen(&view(""), sql), Seen::BChanged, "the control");
}

/// A materialized view has no policies. What is safe is not to grant it, and to reach it through a view that
/// filters.
#[test]
fn a_materialized_view_is_reached_through_a_filtering_view_alone() {
    let sql = "SELECT line FROM titles";
    let stored = "CREATE MATERIALIZED VIEW stored AS SELECT tenant_id, title AS line FROM tasks;
                  CREATE VIEW titles WITH (security_barrier = true) AS SELECT line FROM stored
                      WHERE tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid);
                  GRANT SELECT ON titles TO PUBLIC;";
    assert_eq!(seen(stored, sql), Seen::OwnRows);
    assert_eq!(seen(stored, "SELECT line FROM stored"), Seen::Refused);
    let granted = format!("{stored} GRANT SELECT ON stored TO PUBLIC");
    assert_eq!(
        seen(&granted, "SELECT line FROM stored"),
        Seen::RowsOfBoth,
        "the control"
    );
}
