//! What tenants of one database share whatever is done. The threat manual names each, with this test.

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

use super::session::TRACE;
use crate::harness::lines;

/// `lastval()` is of the session: raw SQL of the next lease learns the number of A's last row, and nothing
/// else of it.
#[test]
fn the_last_number_of_a_sequence_is_known_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let sequence = "CREATE SEQUENCE numbers START 4711; GRANT USAGE ON SEQUENCE numbers TO PUBLIC";
    shop.superuser().batch_execute(sequence).unwrap();
    let pool = Pool::builder()
        .max_size(1)
        .build(ConnectionManager::<PgConnection>::new(shop.url()))
        .unwrap();
    let next = "SELECT nextval('numbers')::text AS line";
    let mut conn = Scoped::open(pool.get().unwrap(), A).unwrap();
    assert_eq!(lines(&mut conn, next).unwrap(), ["4711"]);
    drop(conn);
    let mut conn = Scoped::open(pool.get().unwrap(), B).unwrap();
    let last = "SELECT lastval()::text AS line";
    assert_eq!(lines(&mut conn, last).unwrap(), ["4711"]);
    let mut fresh = shop.scope(B);
    assert!(lines(&mut fresh, last).is_err());
}

/// A notification reaches every session of the database that listens.
#[test]
fn a_notification_reaches_every_listener() {
    let shop = Shop::new(Layers::Both);
    let mut listener = shop.raw();
    listener.batch_execute("LISTEN news").unwrap();
    let notify = "SELECT pg_notify('news', 'of a')::text AS line";
    lines(&mut shop.scope(A), notify).unwrap();
    // It travels by itself, and a statement of the listener's picks it up.
    let received = loop {
        listener.batch_execute("SELECT 1").unwrap();
        if let Some(received) = listener.notifications_iter().next() {
            break received.unwrap();
        }
    };
    assert_eq!(received.payload, "of a");
}

/// A lock is a number. Two tenants that lock the same one wait for each other.
#[test]
fn an_advisory_lock_is_of_the_database_and_not_of_the_tenant() {
    let shop = Shop::new(Layers::Both);
    let lock = "SELECT pg_try_advisory_xact_lock(7)::text AS line";
    shop.scope(A)
        .transaction(|a| {
            assert_eq!(lines(a, lock)?, ["true"]);
            assert_eq!(lines(&mut shop.scope(B), lock)?, ["false"]);
            QueryResult::Ok(())
        })
        .unwrap();
    assert_eq!(lines(&mut shop.scope(B), lock).unwrap(), ["true"]);
}

/// A scope on `&mut` of a connection cannot discard it. Scoped queries stay in their tenant, but what raw SQL
/// did to the session stays too; a scope that owns the lease discards it.
#[test]
fn a_borrowed_connection_keeps_what_raw_sql_did_to_the_session() {
    let shop = Shop::new(Layers::Both);
    let mut raw = shop.raw();
    let clean = lines(&mut raw, TRACE).unwrap();
    let attack = format!("SET app.tenant_id = '{}'; PREPARE kept AS SELECT 1", B.0);
    let mut conn = Scoped::open(&mut raw, A).unwrap();
    conn.batch_execute(&attack).unwrap();
    drop(conn);
    assert_ne!(lines(&mut raw, TRACE).unwrap(), clean);
    let all = "SELECT name AS line FROM projects ORDER BY id";
    assert_eq!(
        lines(&mut raw, all).unwrap().len(),
        4,
        "raw SQL without a scope"
    );
    let mut conn = Scoped::open(&mut raw, A).unwrap();
    let own = ["alpha a", "beta a", "gamma a"];
    let query = projects::table.order(projects::id).select(projects::name);
    assert_eq!(query.load::<String>(&mut conn).unwrap(), own);
    assert_eq!(lines(&mut conn, all).unwrap(), own);
}

/// A transaction around scopes of both tenants, whose savepoints are rolled back, as Diesel's tests do it.
#[test]
fn a_savepoint_rolled_back_around_a_scope_brings_no_tenant_back() {
    let seen = |shop: &Shop| {
        let mut raw = shop.raw();
        raw.transaction(|raw| {
            let failed: QueryResult<()> = raw.transaction(|raw| {
                let rows: i64 = projects::table
                    .count()
                    .get_result(&mut Scoped::open(&mut *raw, A).unwrap())?;
                assert_eq!(rows, 3);
                raw.transaction(|raw| {
                    let mut conn = Scoped::open(raw, B).unwrap();
                    let taken = insert_into(projects::table)
                        .values((projects::id.eq(1), projects::name.eq("taken")));
                    taken.execute(&mut conn).map(drop)
                })
            });
            assert!(failed.is_err());
            lines(raw, "SELECT name AS line FROM projects")
        })
        .unwrap()
    };
    assert_eq!(seen(&Shop::new(Layers::Both)), [""; 0]);
    assert_eq!(seen(&Shop::new(Layers::FilterOnly)).len(), 7, "the control");
}
