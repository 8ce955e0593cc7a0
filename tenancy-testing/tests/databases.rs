//! Servers, roles, templates and their copies.

#![allow(
    clippy::print_stdout,
    reason = "the timings are what `--nocapture` is for"
)]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use tenancy_testing::{HarnessError, PgServer};

type TestResult = Result<(), Box<dyn Error + Send + Sync>>;

fn count(connection: &mut PgConnection, query: &str) -> QueryResult<i64> {
    diesel::select(sql::<BigInt>(&format!("({query})"))).get_result(connection)
}

fn notes(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(
        "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL);
         INSERT INTO notes (body) SELECT 'note ' || n FROM generate_series(1, 100) AS n;",
    )
}

#[test]
fn a_server_starts_and_its_databases_are_copies_of_a_template() -> TestResult {
    let started = Instant::now();
    let server = PgServer::start()?;
    println!("initdb and start: {:?}", started.elapsed());

    let started = Instant::now();
    let template = server.template("notes", notes)?;
    println!("template:         {:?}", started.elapsed());

    let mut databases = Vec::new();
    for _ in 0..10 {
        let started = Instant::now();
        databases.push(template.create()?);
        println!("copy:             {:?}", started.elapsed());
    }
    let started = Instant::now();
    databases.truncate(2);
    println!("drop, each:       {:?}", started.elapsed() / 8);

    let mut first = PgConnection::establish(&databases[0].url())?;
    let mut second = PgConnection::establish(&databases[1].url())?;
    first.batch_execute("DELETE FROM notes")?;
    assert_eq!(count(&mut first, "SELECT count(*) FROM notes")?, 0);
    assert_eq!(count(&mut second, "SELECT count(*) FROM notes")?, 100);
    Ok(())
}

#[test]
fn the_shared_server_is_the_same_for_all_threads() -> TestResult {
    let servers = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(PgServer::shared)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join())
            .collect::<Vec<_>>()
    });
    let shared = PgServer::shared()?;
    for server in servers {
        assert!(Arc::ptr_eq(
            &server.map_err(|_| "a thread panicked")??,
            &shared
        ));
    }
    Ok(())
}

#[test]
fn threads_share_one_setup_and_get_a_database_each() -> TestResult {
    let server = PgServer::shared()?;
    let setups = AtomicU32::new(0);
    let one = || -> TestResult {
        let template = server.template("shared by threads", |connection| {
            setups.fetch_add(1, Ordering::SeqCst);
            notes(connection)
        })?;
        for _ in 0..4 {
            let database = template.create()?;
            let mut connection = PgConnection::establish(&database.url())?;
            connection.batch_execute("INSERT INTO notes (body) VALUES ('mine')")?;
            assert_eq!(count(&mut connection, "SELECT count(*) FROM notes")?, 101);
        }
        Ok(())
    };
    let started = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    println!(
        "32 copies, used and dropped, from 8 threads: {:?}",
        started.elapsed()
    );
    assert_eq!(setups.load(Ordering::SeqCst), 1);
    Ok(())
}

#[test]
fn a_database_is_gone_after_its_test_even_while_somebody_is_connected() -> TestResult {
    let server = PgServer::shared()?;
    let database = server.template("notes", notes)?.create()?;
    let _connected = PgConnection::establish(&database.url())?;
    let name = database.name().to_owned();
    drop(database);
    let mut admin = PgConnection::establish(&server.admin_url())?;
    let query = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(count(&mut admin, &query)?, 0);
    Ok(())
}

#[test]
fn a_login_role_is_created_once_and_cannot_bypass_anything() -> TestResult {
    let server = PgServer::shared()?;
    let role = server.create_login_role("plain")?;
    assert_eq!(server.create_login_role("plain")?, role);
    assert_eq!(server.role_name("plain"), role);

    let database = server.template("notes", notes)?.create()?;
    let mut connection = PgConnection::establish(&database.url_as(&role))?;
    let plain: bool = diesel::select(sql::<Bool>(
        "(SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) \
         FROM pg_roles WHERE rolname = current_user)",
    ))
    .get_result(&mut connection)?;
    assert!(plain);
    assert!(
        connection.batch_execute("SELECT * FROM notes").is_err(),
        "no privilege was granted"
    );
    Ok(())
}

#[test]
fn a_failed_setup_is_reported_and_the_next_one_runs() -> TestResult {
    let server = PgServer::shared()?;
    let failed = server.template("fails once", |conn| conn.batch_execute("SELECT nothing"));
    match failed {
        Err(HarnessError::Setup { key, source }) => {
            assert_eq!(key, "fails once");
            assert!(source.to_string().contains("nothing"), "{source}");
        }
        other => return Err(format!("{other:?}").into()),
    }
    let panicked = thread::scope(|scope| {
        let setup = |_: &mut PgConnection| -> QueryResult<()> { panic!("a setup that panics") };
        let server = &server;
        scope
            .spawn(move || server.template("fails once", setup).is_ok())
            .join()
    });
    assert!(panicked.is_err());
    server.template("fails once", notes)?.create()?;
    Ok(())
}

#[test]
fn privileges_and_settings_of_the_database_itself_are_copied() -> TestResult {
    let server = PgServer::shared()?;
    let role = server.create_login_role("set")?;
    let template = server.template("settings", |conn| {
        conn.batch_execute(&format!(
            "DO $$ BEGIN
                 EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
                 EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database());
                 EXECUTE format('ALTER DATABASE %I SET search_path = a, \"B c\"', current_database());
                 EXECUTE format('ALTER ROLE {role} IN DATABASE %I SET app.greeting = %L',
                                current_database(), 'it''s');
             END $$"
        ))
    })?;
    let database = template.create()?;
    let mut connection = PgConnection::establish(&database.url_as(&role))?;
    assert!(
        connection
            .batch_execute("CREATE TEMPORARY TABLE t ()")
            .is_err()
    );
    connection.batch_execute("CREATE SCHEMA b")?;
    let settings: bool = diesel::select(sql::<Bool>(
        "current_setting('search_path') = 'a, \"B c\"' AND current_setting('app.greeting') = 'it''s'",
    ))
    .get_result(&mut connection)?;
    assert!(settings);
    Ok(())
}
