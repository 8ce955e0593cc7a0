//! Deployers of the application's migrations.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod empty;

use std::fs;
use std::sync::Barrier;
use std::thread;

use diesel::connection::SimpleConnection;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;
use tenancy_migrations::{DeployLock, MigrationsError, deploy};

use crate::empty::{Empty, lines};

/// Three migrations that fail when they run twice, the second outside of a transaction.
fn application() -> (TempDir, FileBasedMigrations) {
    let directory = tempfile::tempdir().unwrap();
    for (folder, up, metadata) in [
        ("1_notes", "CREATE TABLE notes (id int)", None),
        (
            "2_index",
            "CREATE INDEX CONCURRENTLY notes_idx ON notes (id)",
            Some("run_in_transaction = false"),
        ),
        ("3_row", "INSERT INTO notes VALUES (1)", None),
    ] {
        let folder = directory.path().join(folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), "SELECT 1").unwrap();
        if let Some(metadata) = metadata {
            fs::write(folder.join("metadata.toml"), metadata).unwrap();
        }
    }
    let migrations = FileBasedMigrations::from_path(directory.path()).unwrap();
    (directory, migrations)
}

/// Runs a deployer in each thread, all at once.
fn at_once<R: Send>(deployers: usize, one: impl Fn() -> R + Sync) -> Vec<R> {
    let start = Barrier::new(deployers);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..deployers)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    one()
                })
            })
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn two_deployers_apply_each_migration_once() {
    let empty = Empty::new();
    let (_directory, migrations) = application();
    empty.owner().applied_migrations().unwrap();
    let mut applied: Vec<usize> = at_once(2, || {
        deploy(&mut empty.owner(), migrations.clone())
            .unwrap()
            .len()
    });
    applied.sort_unstable();
    assert_eq!(applied, [0, 3]);
    assert_eq!(lines(&mut empty.owner(), "SELECT id FROM notes"), ["1"]);
}

/// The control: Diesel's harness alone lets both run the first migration.
#[test]
fn without_the_lock_one_of_them_fails() {
    let empty = Empty::new();
    let (_directory, migrations) = application();
    empty.owner().applied_migrations().unwrap();
    let looked = Barrier::new(2);
    let results = at_once(2, || {
        let conn = &mut empty.owner();
        let pending = conn.pending_migrations(migrations.clone()).unwrap();
        looked.wait();
        conn.run_migrations(&pending)
            .map(|applied| applied.len())
            .is_ok()
    });
    assert!(results.contains(&false), "{results:?}");
}

#[test]
fn the_second_lock_waits_for_the_first() {
    let empty = Empty::new();
    let (first, second) = (&mut empty.owner(), &mut empty.owner());
    let lock = DeployLock::try_acquire(first).unwrap().unwrap();
    assert!(DeployLock::try_acquire(second).unwrap().is_none());
    lock.release().unwrap();
    let lock = DeployLock::try_acquire(second).unwrap().unwrap();
    drop(lock);
    assert!(DeployLock::try_acquire(first).unwrap().is_some());
}

#[test]
fn databases_of_one_server_have_locks_of_their_own() {
    let (one, other) = (Empty::new(), Empty::new());
    let (first, second) = (&mut one.owner(), &mut other.owner());
    let _lock = DeployLock::acquire(first).unwrap();
    assert!(DeployLock::try_acquire(second).unwrap().is_some());
}

#[test]
fn the_lock_of_a_deployer_that_dies_is_released() {
    let empty = Empty::new();
    let mut dying = empty.owner();
    let lock = DeployLock::acquire(&mut dying).unwrap();
    let backend = lines(
        &mut empty.superuser(),
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    assert_eq!(backend.len(), 1);
    // Not by the value's own drop.
    std::mem::forget(lock);
    let waiting = &mut empty.owner();
    assert!(DeployLock::try_acquire(waiting).unwrap().is_none());
    empty
        .superuser()
        .batch_execute(&format!("SELECT pg_terminate_backend({})", backend[0]))
        .unwrap();
    DeployLock::acquire(waiting).unwrap().release().unwrap();
    assert!(dying.batch_execute("SELECT 1").is_err());
}

#[test]
fn a_failed_migration_releases_the_lock_and_keeps_what_came_before() {
    let empty = Empty::new();
    let (directory, migrations) = application();
    let conn = &mut empty.owner();
    let broken = directory.path().join("3_row/up.sql");
    fs::write(&broken, "INSERT INTO notes VALUES (1); SELECT 1 / 0").unwrap();
    let error = deploy(conn, migrations.clone()).unwrap_err();
    assert!(
        matches!(error, MigrationsError::Application(_)),
        "{error:?}"
    );
    assert!(error.to_string().contains("division by zero"), "{error}");
    assert!(
        DeployLock::try_acquire(&mut empty.owner())
            .unwrap()
            .is_some()
    );

    fs::write(&broken, "INSERT INTO notes VALUES (1)").unwrap();
    assert_eq!(deploy(conn, migrations).unwrap().len(), 1);
}

#[test]
fn a_lock_that_the_session_does_not_hold_is_reported() {
    let empty = Empty::new();
    let conn = &mut empty.owner();
    let lock = DeployLock::acquire(conn).unwrap();
    // The session ends behind the back of the client, as with a pooler that shares sessions.
    let lost = empty.superuser().batch_execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    lost.unwrap();
    assert!(matches!(lock.release(), Err(MigrationsError::Database(_))));

    let conn = &mut empty.owner();
    let mut lock = DeployLock::acquire(conn).unwrap();
    let (_directory, migrations) = unlocking();
    lock.run_pending_migrations(migrations).unwrap();
    assert!(matches!(lock.release(), Err(MigrationsError::LockLost)));
}

/// A migration that leaves the session as another one would be.
fn unlocking() -> (TempDir, FileBasedMigrations) {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("1_unlock");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("up.sql"), "SELECT pg_advisory_unlock_all()").unwrap();
    let migrations = FileBasedMigrations::from_path(directory.path()).unwrap();
    (directory, migrations)
}
