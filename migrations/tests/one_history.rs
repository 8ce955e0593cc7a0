//! Our migrations in the application's own history, and that the two histories do not mix.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod empty;

use std::fs;
use std::path::Path;

use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tenancy_migrations::{MigrationsError, deploy, pending, revert_all, run, write_to};

use crate::empty::{Empty, lines};

/// How many migrations there are.
fn number() -> usize {
    let sql = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    fs::read_dir(sql).unwrap().count()
}

fn migrations(directory: &Path) -> FileBasedMigrations {
    FileBasedMigrations::from_path(directory).unwrap()
}

#[test]
fn written_files_are_those_of_the_embedded_form_but_for_the_schema() {
    let (embedded, own) = (Empty::new(), Empty::new());
    run(&mut embedded.owner()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    write_to(directory.path()).unwrap();
    assert_eq!(
        deploy(&mut own.owner(), migrations(directory.path()))
            .unwrap()
            .len(),
        number()
    );
    let objects = "SELECT concat_ws(' ', relname, relkind, relrowsecurity, relforcerowsecurity,
             pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
         FROM pg_class AS c LEFT JOIN pg_policy ON polrelid = c.oid
         WHERE relnamespace = 'tenancy'::regnamespace AND relname NOT LIKE 'schema_migrations%'
         ORDER BY 1";
    let expected = lines(&mut embedded.superuser(), objects);
    assert!(expected.len() > 16);
    assert_eq!(expected, lines(&mut own.superuser(), objects));
}

#[test]
fn a_second_write_writes_nothing_and_a_removed_file_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let files = write_to(directory.path()).unwrap();
    assert_eq!(files.len(), 2 * number());
    assert!(write_to(directory.path()).unwrap().is_empty());
    fs::remove_file(&files[3]).unwrap();
    assert_eq!(write_to(directory.path()).unwrap(), [files[3].clone()]);
}

#[test]
fn a_changed_file_is_not_overwritten_and_nothing_else_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let files = write_to(directory.path()).unwrap();
    fs::write(&files[2], "-- changed").unwrap();
    fs::remove_file(&files[0]).unwrap();
    let error = write_to(directory.path()).unwrap_err();
    assert!(
        matches!(&error, MigrationsError::Exists { path } if *path == files[2]),
        "{error:?}"
    );
    assert_eq!(fs::read_to_string(&files[2]).unwrap(), "-- changed");
    assert!(!files[0].exists());
}

#[test]
fn another_migration_with_the_same_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let other = directory.path().join("0000-00-00-000001_first");
    fs::create_dir(&other).unwrap();
    let error = write_to(directory.path()).unwrap_err();
    assert!(
        matches!(&error, MigrationsError::Exists { path } if *path == other),
        "{error:?}"
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn reverting_in_the_own_history_leaves_nothing_behind() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    let directory = tempfile::tempdir().unwrap();
    write_to(directory.path()).unwrap();
    // Creates the history of Diesel, which stays.
    conn.applied_migrations().unwrap();
    let before = empty.catalog();
    deploy(conn, migrations(directory.path())).unwrap();
    assert_ne!(before, empty.catalog());
    conn.revert_all_migrations(migrations(directory.path()))
        .unwrap();
    assert_eq!(before, empty.catalog());
    assert_eq!(
        run(conn).unwrap().len(),
        number(),
        "the other way is open again"
    );
}

#[test]
fn the_embedded_form_refuses_a_database_of_the_own_history() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    let directory = tempfile::tempdir().unwrap();
    write_to(directory.path()).unwrap();
    deploy(conn, migrations(directory.path())).unwrap();
    let before = empty.catalog();
    for refused in [run(conn), pending(conn), revert_all(conn)] {
        assert!(
            matches!(refused, Err(MigrationsError::InApplicationHistory)),
            "{refused:?}"
        );
    }
    assert_eq!(before, empty.catalog());
}

#[test]
fn the_files_refuse_a_database_of_the_embedded_history() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    run(conn).unwrap();
    let directory = tempfile::tempdir().unwrap();
    write_to(directory.path()).unwrap();
    conn.applied_migrations().unwrap();
    let before = empty.catalog();
    let error = deploy(conn, migrations(directory.path())).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("this database has the embedded migrations"),
        "{error}"
    );
    assert_eq!(before, empty.catalog());
    assert!(pending(conn).unwrap().is_empty());
}

#[test]
fn both_forms_get_their_privileges_from_grant_keys() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    let directory = tempfile::tempdir().unwrap();
    write_to(directory.path()).unwrap();
    deploy(conn, migrations(directory.path())).unwrap();
    let keys = tenancy_testing::PgServer::shared()
        .unwrap()
        .create_login_role("keys")
        .unwrap();
    tenancy_migrations::grant_keys(conn, &keys).unwrap();
    let conn = &mut PgConnection::establish(&empty.database.url_as(&keys)).unwrap();
    assert_eq!(
        lines(conn, "SELECT count(*) FROM tenancy.tenancy_kek"),
        ["0"]
    );
}
