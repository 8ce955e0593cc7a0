//! A value of B is good for whoever has it, so sessions of A must not see one.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::Scoped;
use tenancy_diesel::sealed::{SealedError, check};
use tenancy_testing::PgServer;
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, VARIABLE, create_key, lines, sealer};

const STATEMENTS: &str = "SELECT query AS line FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// The value of another session, as a role finds it among the statements of its other sessions.
fn stolen(shop: &Shop) -> Option<String> {
    let seen = lines(&mut shop.scope_of(A), STATEMENTS).unwrap();
    let value = seen.iter().find_map(|sql| sql.split_once("'s1."))?.1;
    Some(format!("s1.{}", value.split_once('\'')?.0))
}

#[test]
fn the_statement_of_another_session_shows_no_value() {
    let shop = Shop::new(Mode::Sealed);
    let theft = |padding| {
        let sealer = sealer().padding(padding).unwrap();
        let scope = Scoped::open(shop.raw(), B).unwrap();
        // Its last statement is the one that begins the transaction.
        scope
            .with_sealer(&sealer)
            .transaction(|_| QueryResult::Ok(stolen(&shop)))
            .unwrap()
    };
    assert_eq!(theft(1024), None);

    let value = theft(0).expect("the control shows the value");
    let mut conn = shop.raw();
    conn.batch_execute(&format!("BEGIN; SET LOCAL {VARIABLE} = '{value}'"))
        .unwrap();
    let names = lines(&mut conn, "SELECT name::text AS line FROM projects").unwrap();
    assert!(names.contains(&"alpha b".to_owned()), "the control leaks");
}

/// Also in a transaction that was open before, and in one with options.
#[test]
fn no_form_of_the_statement_shows_a_value() {
    let shop = Shop::new(Mode::Sealed);
    let mut scope = shop.scope_of(B);
    let seen = scope
        .build_transaction()
        .read_only()
        .run(|_| QueryResult::Ok(stolen(&shop)));
    assert_eq!(seen, Ok(None));

    let mut around = shop.test_raw();
    let seen = shop
        .open(&mut around, B)
        .transaction(|_| QueryResult::Ok(stolen(&shop)));
    assert_eq!(seen, Ok(None));
}

/// What the server shows is asked when a pool is built.
#[test]
fn a_padding_that_is_too_short_is_refused() {
    let shop = Shop::new(Mode::Sealed);
    let short = sealer().padding(1023).unwrap();
    let refused = check(&mut shop.raw(), VARIABLE, &short);
    assert!(
        matches!(
            refused,
            Err(SealedError::Shown {
                shown: 1024,
                padding: 1023,
                ..
            })
        ),
        "{refused:?}"
    );
    // Where the role cannot see other statements, there is nothing to hide.
    shop.superuser()
        .batch_execute(
            "REVOKE EXECUTE ON FUNCTION pg_stat_get_activity(integer),
                 pg_stat_get_backend_activity(integer) FROM PUBLIC",
        )
        .unwrap();
    check(&mut shop.raw(), VARIABLE, &short).unwrap();
    let hidden = lines(&mut shop.raw(), STATEMENTS).unwrap_err();
    assert!(hidden.to_string().contains("permission denied"), "{hidden}");
}

/// `pg_stat_statements` keeps the texts of SET with their constants, and shows a role its own.
#[test]
fn statements_that_are_recorded_with_their_values_are_refused() {
    let server = PgServer::start_with(&["shared_preload_libraries=pg_stat_statements"]).unwrap();
    let app = server.create_login_role("app").unwrap();
    let template = server
        .template("recorded", |conn| {
            tenancy_migrations::run(conn).unwrap();
            create_key(conn, &sealer());
            tenancy_migrations::grant_sealed(conn, &app).unwrap();
            conn.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        })
        .unwrap();
    let database = template.create().unwrap();
    let mut conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    let value = crate::world::sealed(B);
    conn.batch_execute(&format!("BEGIN; SET LOCAL {VARIABLE} = '{value}'; COMMIT"))
        .unwrap();
    let recorded = format!(
        "SELECT query AS line FROM pg_stat_statements WHERE strpos(query, '{value}') > 0
             AND query LIKE 'SET %'"
    );
    let is_recorded = !lines(&mut conn, &recorded).unwrap().is_empty();
    assert_eq!(is_recorded, server.version() < 180_000, "the control");

    let refused = check(&mut conn, VARIABLE, &sealer());
    match is_recorded {
        true => assert!(
            matches!(refused, Err(SealedError::Recorded { .. })),
            "{refused:?}"
        ),
        false => refused.unwrap(),
    }
    let mut superuser = PgConnection::establish(&database.url()).unwrap();
    let function = "EXECUTE ON FUNCTION pg_stat_statements(boolean)";
    superuser
        .batch_execute(&format!("REVOKE {function} FROM PUBLIC"))
        .unwrap();
    check(&mut conn, VARIABLE, &sealer()).unwrap();
    assert!(lines(&mut conn, &recorded).is_err());
    superuser
        .batch_execute(&format!(
            "GRANT {function} TO PUBLIC;
             ALTER ROLE {app} SET pg_stat_statements.track_utility = off"
        ))
        .unwrap();
    let mut conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    check(&mut conn, VARIABLE, &sealer()).unwrap();
}
