//! Shared tables, TRUNCATE, sequences and other things that have no rows of a tenant.

use super::{Seen, seen};

/// Everybody reads a shared table, so who writes one writes what the others read.
#[test]
fn a_shared_table_is_not_written_by_the_application() {
    let sql = "WITH new AS (UPDATE countries SET label = 'mine' RETURNING label)
               SELECT label AS line FROM new LIMIT 1";
    assert_eq!(seen("SELECT", sql), Seen::Refused);
    let granted = "GRANT UPDATE ON countries TO PUBLIC";
    assert_eq!(seen(granted, sql), Seen::One("mine".into()), "the control");
}

/// TRUNCATE asks no policy.
#[test]
fn truncate_is_not_granted() {
    let empty = "CREATE FUNCTION empty() RETURNS text LANGUAGE plpgsql AS
                 $$BEGIN TRUNCATE public.comments; RETURN 'done'; END$$;";
    let sql = "SELECT empty() AS line";
    assert_eq!(seen(empty, sql), Seen::Refused);
    let granted = format!("{empty} GRANT TRUNCATE ON comments TO PUBLIC");
    assert_eq!(seen(&granted, sql), Seen::BChanged, "the control");
}

/// A number from a sequence tells how many rows all tenants have made.
#[test]
fn a_sequence_is_not_read_without_a_grant() {
    let sequence = "CREATE SEQUENCE numbers; SELECT setval('numbers', 4711);";
    let sql = "SELECT last_value::text AS line FROM numbers";
    assert_eq!(seen(sequence, sql), Seen::Refused);
    let granted = format!("{sequence} GRANT SELECT ON numbers TO PUBLIC");
    assert_eq!(seen(&granted, sql), Seen::One("4711".into()), "the control");
}

/// A large object belongs to a role, and all tenants share the application's.
#[test]
fn a_large_object_of_another_owner_is_refused_and_one_of_the_application_is_everybodys() {
    let object = "SELECT lo_from_bytea(4711, 'secret');";
    let sql = "SELECT convert_from(lo_get(4711), 'UTF8') AS line";
    assert_eq!(seen(object, sql), Seen::Refused);
    let granted = format!("{object} GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC");
    assert_eq!(
        seen(&granted, sql),
        Seen::One("secret".into()),
        "the control"
    );
}

/// Labels of an enum are in the catalog, which everybody reads: they must not hold a tenant's data.
#[test]
fn labels_of_an_enum_are_everybodys() {
    let sql = "SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) AS line FROM pg_enum";
    let label = "ALTER TYPE status ADD VALUE 'secret'";
    assert_eq!(
        seen(label, sql),
        Seen::One("open,done,dropped,secret".into())
    );
}
