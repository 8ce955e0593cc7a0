//! Tables that have rows of a tenant's table: partitions, children, copies.

use super::{Seen, seen};

/// A partitioned table in the place of `comments`.
const PARTITIONED: &str = "
    ALTER TABLE comments RENAME TO unpartitioned;
    CREATE TABLE parted (LIKE unpartitioned) PARTITION BY RANGE (id);
    CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (1000);
    INSERT INTO parted SELECT * FROM unpartitioned;
    ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON parted USING (tenant_id =
        (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
    GRANT SELECT ON parted TO PUBLIC;
    ALTER TABLE unpartitioned RENAME TO comments;";

#[test]
fn a_partition_is_read_through_its_table_and_not_by_its_name() {
    let rows = "SELECT body AS line FROM parted";
    let by_name = "SELECT body AS line FROM low";
    assert_eq!(seen(PARTITIONED, rows), Seen::OwnRows);
    assert_eq!(seen(PARTITIONED, by_name), Seen::Refused);
    let granted = format!("{PARTITIONED} GRANT SELECT ON low TO PUBLIC");
    assert_eq!(
        seen(&granted, by_name),
        Seen::RowsOfBoth,
        "the control: a partition has no policies of its own"
    );
}

#[test]
fn an_inherited_child_is_read_through_its_parent_and_not_by_its_name() {
    let child = "CREATE TABLE archived () INHERITS (comments);
                 INSERT INTO archived SELECT * FROM ONLY comments; DELETE FROM ONLY comments;";
    let by_name = "SELECT body AS line FROM archived";
    assert_eq!(
        seen(child, "SELECT body AS line FROM comments"),
        Seen::OwnRows
    );
    assert_eq!(seen(child, by_name), Seen::Refused);
    let granted = format!("{child} GRANT SELECT ON archived TO PUBLIC");
    assert_eq!(seen(&granted, by_name), Seen::RowsOfBoth, "the control");
}

/// `LIKE .. INCLUDING ALL` copies neither policies nor grants.
#[test]
fn a_copy_of_a_table_has_no_grants_until_it_has_policies() {
    let copy = "CREATE TABLE backup (LIKE comments INCLUDING ALL);
                INSERT INTO backup SELECT * FROM comments;";
    let sql = "SELECT body AS line FROM backup";
    assert_eq!(seen(copy, sql), Seen::Refused);
    let granted = format!("{copy} GRANT SELECT ON backup TO PUBLIC");
    assert_eq!(seen(&granted, sql), Seen::RowsOfBoth, "the control");
}

/// A migration that creates a table and forgets its policy grants nothing either. What breaks this is a
/// default privilege.
#[test]
fn a_new_table_without_a_policy_is_refused_to_the_application() {
    let table = "CREATE TABLE notes AS SELECT tenant_id, title FROM tasks;";
    let sql = "SELECT title AS line FROM notes";
    assert_eq!(seen(table, sql), Seen::Refused);
    let default = format!("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; {table}");
    assert_eq!(seen(&default, sql), Seen::RowsOfBoth, "the control");
}
