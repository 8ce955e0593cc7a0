//! One plaintext and one root key, searched for in all that a program or a server writes down.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::result::Error;
use diesel_async::AsyncConnection;
use tenancy_diesel::encryption::{
    BlindIndex, BlindIndexExpressionMethods, Encrypted, Json, RowBound, RowId, wait,
};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{Scoped, debug_query};
use tenancy_tests::A;
use uuid::Uuid;

use super::desk::{Desk, Grade};
use super::models::NewLetter;
use super::schema::{contacts, letters};
use crate::database::{ROOT_KEY, Vault, refusal};

/// A text that occurs nowhere else.
fn canary() -> String {
    format!("canary{}", Uuid::new_v4().simple())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether a text is there: as it is, as PostgreSQL writes its bytes, or as Rust lists them.
fn contains(text: &str, secret: &str) -> bool {
    let listed = format!("{:?}", secret.as_bytes());
    let text = text.to_lowercase();
    [
        secret,
        &hex(secret.as_bytes()),
        listed.trim_matches(['[', ']']),
    ]
    .iter()
    .any(|form| text.contains(&form.to_lowercase()))
}

#[track_caller]
fn assert_hidden(text: &str, secret: &str) {
    assert!(!contains(text, secret), "{text}");
    assert!(!contains(text, ROOT_KEY), "{text}");
}

fn value(secret: &str) -> Encrypted<String> {
    Encrypted::new(secret.to_owned())
}

#[test]
fn debug_shows_neither_values_nor_keys() {
    let desk = Desk::new();
    let secret = &canary();
    let keys = desk.keyring.unlock_blocking(&A).unwrap();
    let shown = |value: &dyn Debug| assert_hidden(&format!("{value:?} {value:#?}"), secret);
    shown(&value(secret));
    shown(&Some(value(secret)));
    shown(&Encrypted::new(secret.clone().into_bytes()));
    shown(&Encrypted::new(Json(secret.clone())));
    shown(&Json(secret.clone()));
    shown(&RowBound::seal(RowId::new("1"), secret.clone()));
    shown(&BlindIndex::new(secret.as_str()));
    shown(&letters::body.eq(value(secret)));
    shown(&contacts::email_index.matches(secret.as_str()));
    shown(&NewLetter {
        id: 1,
        body: value(secret),
        note: Some(value(secret)),
    });
    shown(&keys);
    shown(&desk.keyring);
    shown(&desk.scope(A));
    assert!(
        contains(&format!("{:?}", letters::topic.eq(secret)), secret),
        "a plain column's value"
    );
}

#[test]
fn debug_query_shows_the_statement_without_the_value() {
    let (secret, plain) = (&canary(), &canary());
    let insert = insert_into(letters::table).values((
        letters::id.eq(1),
        letters::topic.eq(plain),
        letters::body.eq(value(secret)),
        letters::note.eq(Some(value(secret))),
    ));
    let search = contacts::table
        .filter(contacts::email_index.matches(secret.as_str()))
        .select(contacts::id);
    let bulk = insert_into(letters::table).unnest(
        (letters::id, letters::topic, letters::body),
        [(1, plain.as_str(), value(secret))],
    );
    let insert = debug_query(insert, A).unwrap();
    let search = debug_query(search, A).unwrap();
    let bulk = debug_query(bulk, A).unwrap();
    let shown = format!("{insert} {insert:?} {search} {search:?} {bulk} {bulk:?}");
    assert_hidden(&shown, secret);
    assert!(
        shown.contains("Encrypted(..)") && shown.contains("BlindIndex(..)"),
        "{shown}"
    );
    assert!(contains(&shown, plain), "{shown}");
}

/// What an error says in all its texts.
fn texts(error: &Error) -> String {
    let mut texts = format!("{error} {error:?} {error:#?}");
    if let Error::DatabaseError(_, info) = error {
        let parts = [
            info.details(),
            info.hint(),
            info.table_name(),
            info.constraint_name(),
        ];
        let _ = write!(texts, " {} {parts:?}", info.message());
    }
    texts
}

fn letter(
    secret: &str,
    plain: &str,
) -> (
    diesel::dsl::Eq<letters::id, i32>,
    diesel::dsl::Eq<letters::topic, String>,
    diesel::dsl::Eq<letters::body, Encrypted<String>>,
) {
    (
        letters::id.eq(1),
        letters::topic.eq(plain.to_owned()),
        letters::body.eq(value(secret)),
    )
}

#[test]
fn errors_and_instrumentation_show_no_value() {
    let desk = Desk::new();
    desk.vault
        .sql("ALTER TABLE letters ADD CONSTRAINT open CHECK (grade = 'open')");
    let (secret, plain) = (&canary(), &canary());
    let seen = Arc::new(Mutex::new(String::new()));
    let watch = |seen: &Arc<Mutex<String>>| {
        let seen = Arc::clone(seen);
        move |event: InstrumentationEvent<'_>| {
            let _ = writeln!(seen.lock().unwrap(), "{event:?}");
        }
    };
    let mut errors = String::new();

    // The details of an error are kept from a role to which policies apply.
    let keys = desk.keyring.unlock_blocking(&A).unwrap();
    let scope = Scoped::open(desk.vault.superuser(), A).unwrap();
    let conn = &mut scope.with_keys(keys).unwrap();
    conn.set_instrumentation(watch(&seen));
    let insert =
        |id| insert_into(letters::table).values((letter(secret, plain), letters::grade.eq(id)));
    assert_eq!(insert(Grade::Open).execute(conn), Ok(1));
    for grade in [Grade::Open, Grade::Secret] {
        errors += &texts(&insert(grade).execute(conn).unwrap_err());
    }
    let bodies = letters::table.select(letters::body);
    let found: Vec<Encrypted<String>> = bodies.load(conn).unwrap();
    assert_eq!(found[0].expose(), secret);
    errors += &texts(&bodies.load::<Encrypted<i32>>(conn).unwrap_err());
    errors += &texts(&bodies.load::<Encrypted<Json<String>>>(conn).unwrap_err());
    let mut locked = desk.vault.scope_without_keys(A);
    errors += &texts(&insert(Grade::Open).execute(&mut locked).unwrap_err());

    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let conn = &mut desk.async_scope(A).await;
        conn.set_instrumentation(watch(&seen));
        for grade in [Grade::Open, Grade::Secret] {
            let failed = diesel_async::RunQueryDsl::execute(insert(grade), conn).await;
            errors += &texts(&failed.unwrap_err());
        }
        let other = diesel_async::RunQueryDsl::load::<Encrypted<i32>>(bodies, conn).await;
        errors += &texts(&other.unwrap_err());
    });
    let seen = seen.lock().unwrap();
    assert!(seen.contains("INSERT INTO"), "{seen}");
    assert_hidden(&seen, secret);
    assert_hidden(&errors, secret);
    assert!(
        contains(&errors, plain),
        "a plain column is in `Failing row contains`: {errors}"
    );
}

/// The log of the server. One of the harness has it beside its data.
fn server_log(vault: &Vault) -> String {
    let read = "SELECT pg_read_file(coalesce(pg_current_logfile(), '../server.log'))";
    vault.lines(read).remove(0)
}

/// Writes and reads an encrypted value, a plain text and plain bytes on both kinds of connection; and runs
/// statements that fail.
fn work(desk: &Desk, secret: &str, plain: &str, bytes: &str) {
    let insert = |id: i32| {
        insert_into(letters::table).values((
            letters::id.eq(id),
            letters::topic.eq(plain.to_owned()),
            letters::grade.eq(Grade::Secret),
            letters::body.eq(value(secret)),
            letters::note.eq(RowBound::seal(RowId::new("1"), secret.to_owned())),
        ))
    };
    let contact = insert_into(contacts::table).values((
        contacts::id.eq(1),
        contacts::email.eq(value(secret)),
        contacts::email_index.eq(BlindIndex::new(secret)),
    ));
    let search = || {
        contacts::table
            .filter(contacts::email_index.matches(secret))
            .select(contacts::email)
    };
    let rows = (100..200).map(|id| (id, value(secret)));
    let bulk = insert_into(letters::table).unnest((letters::id, letters::body), rows);

    let conn = &mut desk.scope(A);
    assert_eq!(insert(1).execute(conn), Ok(1));
    assert!(insert(1).execute(conn).is_err());
    assert_eq!(contact.execute(conn), Ok(1));
    assert_eq!(bulk.execute(conn), Ok(100));
    let found: Vec<Option<Encrypted<String>>> = search().load(conn).unwrap();
    assert_eq!(found[0].as_ref().unwrap().expose(), secret);
    diesel::sql_query("SELECT $1 AS plain_bytes")
        .bind::<diesel::sql_types::Bytea, _>(bytes.as_bytes())
        .execute(conn)
        .unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let conn = &mut desk.async_scope(A).await;
        let inserted = diesel_async::RunQueryDsl::execute(insert(2), conn).await;
        assert_eq!(inserted, Ok(1));
        assert!(
            diesel_async::RunQueryDsl::execute(insert(2), conn)
                .await
                .is_err()
        );
        let found: Vec<Option<Encrypted<String>>> = diesel_async::RunQueryDsl::load(search(), conn)
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
    });
    wait(desk.keyring.new_generation(&A)).unwrap();
    assert_eq!(desk.read(A, 2).unwrap(), secret);
}

/// Everything that this database's sessions are told to log, they log.
const TALKATIVE: &[&str] = &[
    "log_statement = 'all'",
    "log_min_duration_statement = 0",
    "log_parameter_max_length_on_error = -1",
    "log_error_verbosity = 'verbose'",
    "log_min_messages = 'debug1'",
    "debug_print_parse = on",
    "debug_print_plan = on",
];

#[test]
fn the_servers_log_holds_no_value_and_no_key() {
    let desk = Desk::within(Vault::alone());
    let database = desk.vault.name().to_owned();
    for setting in TALKATIVE {
        desk.vault
            .sql(&format!("ALTER DATABASE \"{database}\" SET {setting}"));
    }
    assert_eq!(
        desk.vault
            .lines("SELECT current_setting('log_parameter_max_length')"),
        ["-1"],
        "binds in full"
    );
    let (secret, plain, bytes) = (&canary(), &canary(), &canary());
    work(&desk, secret, plain, bytes);
    let log = server_log(&desk.vault);
    assert!(contains(&log, plain), "a plain text is in the log");
    assert!(contains(&log, bytes), "so are plain bytes");
    assert!(log.contains("\\xf9010001"), "and envelopes");
    assert!(!contains(&log, secret));
    assert!(!contains(&log, ROOT_KEY));
}

#[test]
fn the_views_of_the_server_hold_no_value() {
    let desk = Desk::within(Vault::alone());
    let (secret, plain) = (&canary(), &canary());
    work(&desk, secret, plain, plain);
    let activity = || {
        let query = "SELECT concat_ws(' ', usename, query) FROM pg_stat_activity";
        desk.vault.lines(query).join("\n")
    };
    desk.scope(A)
        .transaction(|conn| {
            let insert = insert_into(letters::table).values((
                letters::id.eq(900),
                letters::topic.eq(plain),
                letters::body.eq(value(secret)),
            ));
            insert.execute(conn)?;
            let bound = activity();
            assert!(bound.contains("INSERT INTO \"letters\""), "{bound}");
            assert_hidden(&bound, secret);
            diesel::sql_query(format!("SELECT '{plain}'")).execute(conn)?;
            assert!(contains(&activity(), plain), "a literal is seen");
            QueryResult::Ok(())
        })
        .unwrap();

    // Statistics of statements need a library that the server loads when it starts.
    desk.vault
        .sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    let loaded = desk
        .vault
        .lines("SELECT current_setting('shared_preload_libraries')")
        .remove(0);
    let statistics = diesel::sql_query("SELECT query FROM pg_stat_statements")
        .execute(&mut desk.vault.superuser());
    if loaded.contains("pg_stat_statements") {
        let texts = desk
            .vault
            .lines("SELECT query FROM pg_stat_statements")
            .join("\n");
        assert!(texts.contains("INSERT INTO \"letters\""), "{texts}");
        assert_hidden(&texts, secret);
    } else {
        let message = refusal(statistics);
        assert!(message.contains("shared_preload_libraries"), "{message}");
    }
}
