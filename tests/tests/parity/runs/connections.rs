use std::sync::{Arc, Mutex};

use diesel::connection::{CacheSize, DefaultLoadingMode, InstrumentationEvent, LoadConnection};
use diesel::prelude::*;
use diesel::row::Row;
use diesel::sql_types::Text;

use crate::world::World;

#[test]
fn transactions() {
    let world = World::new();
    let kept = same!(world, |conn| conn.transaction(|conn| {
        update(tasks::table.find(1))
            .set(tasks::title.eq("kept"))
            .execute(conn)?;
        let undone: QueryResult<()> = conn.transaction(|conn| {
            delete(tasks::table).execute(conn)?;
            Err(diesel::result::Error::RollbackTransaction)
        });
        assert!(undone.is_err());
        tasks::table.count().get_result::<i64>(conn)
    }));
    assert_eq!(kept, Ok(4));
    let undone = same!(world, |conn| conn.transaction(|conn| {
        delete(tasks::table).execute(conn)?;
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    }));
    assert_eq!(undone, Err(diesel::result::Error::RollbackTransaction));
}

#[test]
fn test_transactions() {
    let world = World::new();
    let number = same!(world, |conn| conn.test_transaction(|conn| {
        delete(tasks::table.find(1)).execute(conn)?;
        tasks::table.count().get_result::<i64>(conn)
    }));
    assert_eq!(number, 3);
    let number = same!(world, |conn| {
        conn.begin_test_transaction().unwrap();
        delete(tasks::table.find(2)).execute(conn).unwrap();
        tasks::table.count().get_result::<i64>(conn)
    });
    assert_eq!(number, Ok(3));
}

#[test]
fn a_scope_is_not_established_from_a_url() {
    type Scoped = tenancy_tests::schema::Scoped<PgConnection>;
    let refused = Scoped::establish("postgres://nobody@127.0.0.1:1/none");
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("open it with `Scoped::open"), "{error}");
}

#[test]
fn the_settings_of_a_connection() {
    use crate::names::scoped::tasks;
    let world = World::to_read();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let conn = &mut world.shared[0].scope();
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    let log = Arc::clone(&seen);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            log.lock().unwrap().push(query.to_string());
        }
    });
    let rows = tasks::table.select(tasks::id).load::<i32>(conn);
    assert_eq!(rows.unwrap().len(), 4);
    let seen = seen.lock().unwrap();
    assert!(
        seen.iter()
            .any(|query| query.contains("FROM \"tasks\" WHERE")),
        "{seen:?}"
    );
}

/// A shared table is read with the rows of the connection itself.
#[test]
fn rows_of_a_connection() {
    let world = World::to_read();
    let labels = same!(world, |conn| {
        let query = countries::table
            .select(countries::label)
            .order(countries::code);
        let rows = LoadConnection::<DefaultLoadingMode>::load(conn, query).unwrap();
        let labels: Vec<String> = rows
            .map(|row| row.unwrap().get_value::<Text, String, _>(0).unwrap())
            .collect();
        labels
    });
    assert_eq!(labels, ["Germany", "France"]);
}

/// Statements of a shared table go through the connection as Diesel sends them.
#[test]
fn shared_tables_are_plain_tables() {
    let world = World::to_read();
    let rows = same!(world, |conn| countries::table
        .filter(countries::code.ne("xx"))
        .order(countries::code)
        .load::<(String, String)>(conn));
    assert_eq!(rows.unwrap().len(), 2);
}

define_sql_function! {
    /// A setting of the session.
    fn current_setting(name: Text) -> Text;
}

#[test]
fn transactions_with_options() {
    let world = World::new();
    macro_rules! options {
        ($($($method:ident).+: $expected:literal,)+) => {$(
            let found = same!(world, |conn| conn
                .build_transaction()
                $(.$method())+
                .run(|conn| {
                    let settings = [
                        "transaction_isolation",
                        "transaction_read_only",
                        "transaction_deferrable",
                    ]
                    .map(|name| diesel::select(current_setting(name)).get_result::<String>(conn).unwrap());
                    let count = tasks::table.count().get_result::<i64>(conn)?;
                    QueryResult::Ok((settings.join(", "), count))
                }));
            assert_eq!(found, Ok(($expected.to_owned(), 4)));
        )+};
    }
    options! {
        read_committed.read_write.not_deferrable: "read committed, off, off",
        repeatable_read: "repeatable read, off, off",
        serializable.read_only.deferrable: "serializable, on, on",
    }
    let refused = same!(world, |conn| {
        let refused = conn.build_transaction().read_only().run(|conn| {
            update(tasks::table)
                .set(tasks::title.eq("late"))
                .execute(conn)
        });
        refused.unwrap_err().to_string()
    });
    assert!(refused.contains("read-only transaction"), "{refused}");
    let inside = same!(world, |conn| conn.transaction(|conn| {
        let inside = conn.build_transaction().run(|_| QueryResult::Ok(()));
        assert_eq!(inside, Err(diesel::result::Error::AlreadyInTransaction));
        tasks::table.count().get_result::<i64>(conn)
    }));
    assert_eq!(inside, Ok(4));
    let kept = same!(world, |conn| conn.build_transaction().serializable().run(
        |conn| { update(tasks::table).set(tasks::points.eq(7)).execute(conn) }
    ));
    assert_eq!(kept, Ok(4));
}
