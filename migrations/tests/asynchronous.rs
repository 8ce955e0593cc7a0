//! Deployers of programs that have asynchronous connections.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod empty;

use std::fs;

use diesel_async::{AsyncConnection, AsyncPgConnection};
use diesel_migrations::FileBasedMigrations;
use tenancy_migrations::asynchronous;

use crate::empty::{Empty, lines};

async fn connect(empty: &Empty) -> AsyncPgConnection {
    AsyncPgConnection::establish(&empty.database.url_as(&empty.owner))
        .await
        .unwrap()
}

#[tokio::test]
async fn two_deployers_apply_each_migration_once() {
    let empty = Empty::new();
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("1_notes");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("up.sql"), "CREATE TABLE notes (id int)").unwrap();
    let migrations = FileBasedMigrations::from_path(directory.path()).unwrap();
    let (first, second) = tokio::join!(
        asynchronous::deploy(connect(&empty).await, migrations.clone()),
        asynchronous::deploy(connect(&empty).await, migrations.clone()),
    );
    assert_eq!(first.unwrap().len() + second.unwrap().len(), 1);
}

#[tokio::test]
async fn our_own_migrations_run_over_an_asynchronous_connection() {
    let empty = Empty::new();
    let applied = asynchronous::run(connect(&empty).await).await.unwrap();
    assert!(!applied.is_empty());
    let history = "SELECT version FROM tenancy.schema_migrations";
    assert_eq!(lines(&mut empty.owner(), history).len(), applied.len());
    assert!(
        asynchronous::run(connect(&empty).await)
            .await
            .unwrap()
            .is_empty()
    );
}
