//! The key tables: what they hold, who reads them, and how they go.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod empty;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use tenancy_migrations::{MigrationsError, grant_keys, revert_all, run};
use tenancy_testing::PgServer;

use crate::empty::{Empty, lines};

const SHREDDED: &str =
    "INSERT INTO tenancy.tenancy_kek (tenant, revision, shredded_at) VALUES ('gone', 2, now())";

/// A tenant with these values in the place of good ones.
fn tenant(column: &str, value: &str) -> String {
    let mut columns = [
        ("tenant", "'acme'"),
        ("revision", "1"),
        ("format", "1"),
        ("root", "'2026-01'"),
        ("salt", "decode(repeat('5a', 32), 'hex')"),
        ("memory_kib", "19456"),
        ("passes", "2"),
        ("lanes", "1"),
        ("commitment", "decode(repeat('c0', 32), 'hex')"),
        ("floor", "1"),
        ("lease_seconds", "60"),
        ("shredded_at", "NULL"),
    ];
    if let Some(changed) = columns.iter_mut().find(|(name, _)| *name == column) {
        changed.1 = value;
    }
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    format!(
        "INSERT INTO tenancy.tenancy_kek ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

fn key(values: &str) -> String {
    format!(
        "INSERT INTO tenancy.tenancy_keys (tenant, kind, number, state, wrapped) VALUES {values}"
    )
}

/// The constraint that refused.
fn constraint(result: QueryResult<usize>) -> String {
    match result {
        Err(Error::DatabaseError(DatabaseErrorKind::NotNullViolation, info)) => {
            format!("{} NOT NULL", info.column_name().unwrap())
        }
        Err(Error::DatabaseError(_, info)) => info.constraint_name().unwrap().to_owned(),
        other => panic!("it was not refused: {other:?}"),
    }
}

#[test]
fn nonsense_is_refused() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    run(conn).unwrap();
    let mut execute = |sql: String| diesel::sql_query(sql).execute(conn);
    let long = &format!("'{}'", "x".repeat(129));
    for (column, value, by) in [
        ("tenant", "''", "tenancy_kek_tenant_check"),
        ("tenant", long, "tenancy_kek_tenant_check"),
        ("tenant", "NULL", "tenant NOT NULL"),
        ("revision", "0", "tenancy_kek_revision_check"),
        ("revision", "NULL", "revision NOT NULL"),
        ("format", "0", "tenancy_kek_format_check"),
        ("format", "65536", "tenancy_kek_format_check"),
        ("format", "NULL", "tenancy_kek_is_whole_or_shredded"),
        ("root", "''", "tenancy_kek_root_check"),
        ("root", long, "tenancy_kek_root_check"),
        ("salt", "'short'", "tenancy_kek_salt_check"),
        ("salt", "NULL", "tenancy_kek_is_whole_or_shredded"),
        ("memory_kib", "4294967296", "tenancy_kek_memory_kib_check"),
        ("passes", "0", "tenancy_kek_passes_check"),
        ("lanes", "-1", "tenancy_kek_lanes_check"),
        ("commitment", "''", "tenancy_kek_commitment_check"),
        ("floor", "0", "tenancy_kek_floor_check"),
        ("lease_seconds", "0", "tenancy_kek_lease_seconds_check"),
        ("shredded_at", "now()", "tenancy_kek_is_whole_or_shredded"),
    ] {
        assert_eq!(constraint(execute(tenant(column, value))), by, "{column}");
    }
    assert_eq!(execute(tenant("", "")), Ok(1));
    assert_eq!(execute(SHREDDED.to_owned()), Ok(1));

    const WRAPPED: &str = "decode(repeat('0f', 72), 'hex')";
    for (values, by) in [
        (
            "('nobody', 'data', 1, 'active', {w})",
            "tenancy_keys_tenant_fkey",
        ),
        (
            "('acme', 'Data', 1, 'active', {w})",
            "tenancy_keys_kind_check",
        ),
        (
            "('acme', 'data', 0, 'active', {w})",
            "tenancy_keys_number_check",
        ),
        (
            "('acme', 'data', 1, 'Active', {w})",
            "tenancy_keys_state_check",
        ),
        (
            "('acme', 'data', 1, 'active', NULL)",
            "tenancy_keys_are_wrapped_or_shredded",
        ),
        (
            "('acme', 'data', 1, 'shredded', {w})",
            "tenancy_keys_are_wrapped_or_shredded",
        ),
        (
            "('acme', 'data', 1, 'active', 'plain')",
            "tenancy_keys_wrapped_check",
        ),
        (
            "('acme', 'data', 1, 'active', {w}), ('acme', 'data', 2, 'active', {w})",
            "tenancy_keys_one_active",
        ),
        (
            "('acme', 'data', 1, 'active', {w}), ('acme', 'data', 1, 'shredded', NULL)",
            "tenancy_keys_pkey",
        ),
    ] {
        let sql = key(&values.replace("{w}", WRAPPED));
        assert_eq!(constraint(execute(sql)), by, "{values}");
    }
    let good = "('acme', 'data', 1, 'shredded', NULL), ('acme', 'data', 2, 'decrypt_only', {w}),
        ('acme', 'data', 3, 'active', {w}), ('acme', 'index', 1, 'active', {w})";
    assert_eq!(execute(key(&good.replace("{w}", WRAPPED))), Ok(4));
}

#[test]
fn key_tables_that_are_not_empty_are_not_dropped() {
    for row in [tenant("", ""), SHREDDED.to_owned()] {
        let empty = Empty::new();
        let conn = &mut empty.owner();
        run(conn).unwrap();
        conn.batch_execute(&row).unwrap();
        let before = empty.catalog();
        let error = revert_all(conn).unwrap_err();
        assert!(
            matches!(&error, MigrationsError::Migration { name, .. } if name.ends_with("_encryption_keys")),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("destroy all that is encrypted"),
            "{error}"
        );
        assert_eq!(before, empty.catalog());

        conn.batch_execute("TRUNCATE tenancy.tenancy_kek, tenancy.tenancy_keys")
            .unwrap();
        assert!(!revert_all(conn).unwrap().is_empty());
    }
}

#[test]
fn the_type_of_a_column_is_not_dropped() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    run(conn).unwrap();
    conn.batch_execute("CREATE TABLE accounts (api_key tenancy.tenancy_encrypted)")
        .unwrap();
    let before = empty.catalog();
    let error = revert_all(conn).unwrap_err();
    assert!(error.to_string().contains("depend on it"), "{error}");
    assert_eq!(before, empty.catalog());
}

#[test]
fn a_role_is_granted_what_the_key_store_needs_and_nobody_else_anything() {
    let empty = Empty::new();
    let server = PgServer::shared().unwrap();
    let conn = &mut empty.owner();
    assert!(
        grant_keys(conn, &empty.owner).is_err(),
        "there are no tables yet"
    );
    run(conn).unwrap();
    let role = server.role_name("keys'of \"all\"; --");
    empty
        .superuser()
        .batch_execute(&format!(
            "CREATE ROLE {}",
            lines(
                &mut empty.superuser(),
                &format!("SELECT quote_ident('{}')", role.replace('\'', "''")),
            )[0]
        ))
        .unwrap();
    assert!(grant_keys(conn, &server.role_name("nobody")).is_err());
    grant_keys(conn, &role).unwrap();
    grant_keys(conn, &role).unwrap();
    let privileges = |conn: &mut PgConnection| {
        lines(
        conn,
        "SELECT concat_ws(' ', relname, string_agg(privilege_type, ' ' ORDER BY privilege_type))
         FROM pg_class AS c, aclexplode(relacl) AS a
         WHERE relnamespace = 'tenancy'::regnamespace AND a.grantee <> relowner
         GROUP BY relname, a.grantee ORDER BY 1",
    )
    };
    assert_eq!(
        privileges(conn),
        [
            "tenancy_kek INSERT SELECT UPDATE",
            "tenancy_keys DELETE INSERT SELECT"
        ]
    );
    // Nobody but the owner may grant.
    let stranger = server.create_login_role("stranger").unwrap();
    let stranger = &mut PgConnection::establish(&empty.database.url_as(&stranger)).unwrap();
    assert!(grant_keys(stranger, &role).is_err());
    assert!(!revert_all(conn).unwrap().is_empty());
}
