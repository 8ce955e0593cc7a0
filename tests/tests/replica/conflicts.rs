use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_query;
use diesel::sql_types::BigInt;
use tenancy_diesel::Retry;
use tenancy_testing::{PgServer, Standby};
use tenancy_tests::A;
use tenancy_tests::database::Layers;
use tenancy_tests::schema::{Scoped, projects};

use crate::world::Replicated;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Takes rows away on the primary server that a transaction on the standby may still want to see.
fn vacuum_below(shop: &Replicated<'_>) {
    let mut primary = shop.shop.superuser();
    primary.batch_execute("DELETE FROM comments").unwrap();
    primary.batch_execute("VACUUM comments").unwrap();
}

/// A transaction on the standby waits for a lock that we hold, and has a snapshot from before the vacuum.
fn cancelled(retry: Option<Retry>) -> (QueryResult<i64>, u32) {
    let server = PgServer::shared().unwrap();
    let standby = Standby::of(&server).unwrap();
    let shop = Replicated::on(&standby, Layers::Both);
    let mut superuser = PgConnection::establish(&shop.url_of("postgres")).unwrap();
    superuser
        .batch_execute("SELECT pg_catalog.pg_advisory_lock(4711)")
        .unwrap();
    let mut there = PgConnection::establish(&standby.url("postgres", "postgres")).unwrap();
    there
        .batch_execute("ALTER SYSTEM SET max_standby_streaming_delay = 0")
        .unwrap();
    there.batch_execute("SELECT pg_reload_conf()").unwrap();

    let runs = AtomicU32::new(0);
    let result = std::thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let mut conn: Scoped<PgConnection> = Scoped::open(shop.raw(), A).unwrap();
            let work = |conn: &mut Scoped<PgConnection>| {
                runs.fetch_add(1, Ordering::SeqCst);
                sql_query("SELECT pg_catalog.pg_advisory_xact_lock_shared(4711)").execute(conn)?;
                projects::table.count().get_result(conn)
            };
            let mut transaction = conn.build_transaction().repeatable_read();
            match retry {
                Some(retry) => transaction.retry(retry, work),
                None => transaction.run(work),
            }
        });
        // It waits for the lock.
        let waits =
            "SELECT count(*) AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        while sql_query(waits)
            .get_result::<Count>(&mut superuser)
            .unwrap()
            .count
            == 0
        {
            std::thread::yield_now();
        }
        vacuum_below(&shop);
        // The first attempt ends while the lock is held still: nothing but the replay ends it.
        while runs.load(Ordering::SeqCst) < 2 && !reader.is_finished() {
            std::thread::yield_now();
        }
        superuser
            .batch_execute("SELECT pg_catalog.pg_advisory_unlock(4711)")
            .unwrap();
        reader.join().unwrap()
    });
    (result, runs.into_inner())
}

#[test]
fn a_read_that_gives_way_to_the_replay_is_run_again() {
    // The replay of what other tests do may come in the way of a later attempt as well.
    let retry = Retry::new()
        .attempts(100)
        .delay(Duration::ZERO, Duration::ZERO);
    let (result, runs) = cancelled(Some(retry));
    assert_eq!(result, Ok(3));
    assert!(runs >= 2, "{runs}");
}

/// The control.
#[test]
fn a_read_that_gives_way_to_the_replay_is_a_serialization_failure() {
    let (result, runs) = cancelled(None);
    let kind = DatabaseErrorKind::SerializationFailure;
    assert!(
        matches!(&result, Err(Error::DatabaseError(found, _)) if *found == kind),
        "{result:?}"
    );
    assert_eq!(runs, 1);
}
