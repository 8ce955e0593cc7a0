//! The embedded migrations and their history on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod empty;

use std::thread;

use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationConnection, MigrationVersion};
use diesel::prelude::*;
use tenancy_migrations::{MigrationsError, pending, revert_all, run};
use tenancy_testing::PgServer;

use crate::empty::{Empty, lines};

#[test]
fn a_second_run_changes_nothing() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    let all = pending(conn).unwrap();
    assert!(!all.is_empty());
    assert_eq!(run(conn).unwrap(), all);
    assert_eq!(pending(conn).unwrap(), []);

    let history = "SELECT h FROM tenancy.schema_migrations AS h ORDER BY version";
    let before = (empty.catalog(), lines(conn, history));
    assert_eq!(run(conn).unwrap(), []);
    assert_eq!(before, (empty.catalog(), lines(conn, history)));
}

#[test]
fn asking_what_is_pending_writes_nothing() {
    let empty = Empty::new();
    let before = empty.catalog();
    assert!(!pending(&mut empty.owner()).unwrap().is_empty());
    assert_eq!(before, empty.catalog());
}

#[test]
fn reverting_leaves_nothing_behind() {
    let empty = Empty::new();
    let before = empty.catalog();
    let conn = &mut empty.owner();
    let mut applied = run(conn).unwrap();
    applied.reverse();
    assert_eq!(revert_all(conn).unwrap(), applied);
    assert_eq!(before, empty.catalog());
    assert_eq!(revert_all(conn).unwrap(), []);
    assert_eq!(before, empty.catalog());
    assert_eq!(run(conn).unwrap().len(), applied.len());
}

#[test]
fn the_history_of_the_application_stays_as_it_is() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    conn.setup().unwrap();
    // The same version as one of ours.
    conn.batch_execute("INSERT INTO __diesel_schema_migrations VALUES ('00000000000001'), ('7')")
        .unwrap();
    let history = "SELECT concat_ws(' ', ctid, xmin, xmax, h) FROM __diesel_schema_migrations AS h";
    let before = lines(conn, history);
    assert_eq!(before.len(), 2);

    assert!(!run(conn).unwrap().is_empty());
    assert_eq!(before, lines(conn, history));
    assert!(!revert_all(conn).unwrap().is_empty());
    assert_eq!(before, lines(conn, history));
}

#[test]
fn deployers_that_come_at_the_same_time_wait_for_each_other() {
    let empty = Empty::new();
    let applied: usize = thread::scope(|scope| {
        let deployers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| run(&mut empty.owner()).unwrap().len()))
            .collect();
        deployers.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(
        applied,
        lines(
            &mut empty.owner(),
            "SELECT version FROM tenancy.schema_migrations"
        )
        .len()
    );
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_names_itself() {
    let empty = Empty::new();
    empty
        .owner()
        .batch_execute("CREATE SCHEMA tenancy; CREATE TABLE tenancy.reference_text_via_strict ()")
        .unwrap();
    let before = empty.catalog();
    let error = run(&mut empty.owner()).unwrap_err();
    assert!(
        matches!(&error, MigrationsError::Migration { name, .. } if name.ends_with("_policy_references")),
        "{error:?}"
    );
    assert!(error.to_string().contains("already exists"), "{error}");
    assert_eq!(before, empty.catalog());
}

#[test]
fn what_others_put_into_the_schema_is_not_dropped() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    run(conn).unwrap();
    conn.batch_execute("CREATE TABLE tenancy.of_somebody_else ()")
        .unwrap();
    let before = empty.catalog();
    assert!(matches!(
        revert_all(conn),
        Err(MigrationsError::Database(_))
    ));
    assert_eq!(before, empty.catalog());
}

#[test]
fn a_migration_of_a_newer_release_is_not_reverted() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    run(conn).unwrap();
    conn.batch_execute("INSERT INTO tenancy.schema_migrations VALUES ('99990101000000')")
        .unwrap();
    assert_eq!(pending(conn).unwrap(), []);
    let error = revert_all(conn).unwrap_err();
    assert!(
        matches!(&error, MigrationsError::UnknownVersion { version } if version == "99990101000000"),
        "{error:?}"
    );
}

#[test]
fn nobody_reads_or_writes_the_tables() {
    let empty = Empty::new();
    run(&mut empty.owner()).unwrap();
    let server = PgServer::shared().unwrap();
    let stranger = server.create_login_role("stranger").unwrap();
    let conn = &mut PgConnection::establish(&empty.database.url_as(&stranger)).unwrap();
    for table in ["reference_uuid", "schema_migrations"] {
        let read = conn.batch_execute(&format!("SELECT * FROM tenancy.{table}"));
        assert!(read.is_err(), "{table}");
    }
    // The owner itself is held back by FORCE.
    let insert = "INSERT INTO tenancy.reference_int4 VALUES (1, 1)";
    assert!(empty.owner().batch_execute(insert).is_err());
}

#[test]
fn it_works_inside_a_transaction() {
    let empty = Empty::new();
    let before = empty.catalog();
    let conn = &mut empty.owner();
    conn.test_transaction::<_, MigrationsError, _>(|conn| {
        let applied: Vec<MigrationVersion<'_>> = run(conn)?;
        assert!(!applied.is_empty());
        assert_eq!(pending(conn)?, []);
        Ok(())
    });
    assert_eq!(before, empty.catalog());
}
