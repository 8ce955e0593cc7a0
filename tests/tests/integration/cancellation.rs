//! Futures that are dropped before their end, on asynchronous connections.

use diesel::result::Error;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use tenancy_diesel::ScopeError;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

use crate::asynchronous::{Conn, count, insert, run};

#[test]
fn a_dropped_future_never_leaves_a_tenant_behind() {
    let shop = Shop::new(Layers::Both);
    run(async {
        for polls in 0..6 {
            let mut raw = shop.async_raw().await;
            {
                let mut conn = Scoped::open(&mut raw, A).unwrap();
                let mut future = Box::pin(async {
                    projects::table
                        .select(projects::name)
                        .load::<String>(&mut conn)
                        .await
                });
                for _ in 0..polls {
                    if futures_util::poll!(future.as_mut()).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                drop(future);
            }
            let left = raw.batch_execute("SELECT 1").await;
            let mut next = Scoped::open(&mut raw, B).unwrap();
            match projects::table.count().get_result::<i64>(&mut next).await {
                Ok(rows) => assert_eq!(rows, 4, "after {polls} polls ({left:?})"),
                Err(error) => assert!(matches!(error, Error::BrokenTransactionManager), "{error}"),
            }
        }
    });
}

/// Polls a future until the server has had time for what was sent, and drops it.
async fn cut_off<F: Future>(future: F) {
    let result = tokio::time::timeout(std::time::Duration::from_millis(100), future).await;
    assert!(result.is_err(), "the future was to be cut off");
}

/// Waits until a statement of the database sleeps.
async fn sleeps(shop: &Shop) {
    #[derive(diesel::QueryableByName)]
    struct Asleep {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        asleep: bool,
    }
    let mut watch = diesel_async::AsyncPgConnection::establish(&shop.superuser_url())
        .await
        .unwrap();
    loop {
        let Asleep { asleep } = diesel::sql_query(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                 AND wait_event = 'PgSleep') AS asleep",
        )
        .get_result(&mut watch)
        .await
        .unwrap();
        if asleep {
            return;
        }
    }
}

async fn never(conn: &mut Conn) -> QueryResult<()> {
    insert(conn, 51).await?;
    std::future::pending().await
}

#[test]
fn a_cut_off_nested_transaction_is_not_committed_around() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            let outer = conn
                .transaction(async |conn| {
                    insert(conn, 50).await?;
                    cut_off(conn.transaction(async |conn| never(conn).await)).await;
                    QueryResult::Ok(())
                })
                .await;
            assert!(matches!(outer, Err(Error::BrokenTransactionManager)));
            assert_eq!(count(&mut shop.async_scope(A).await).await, 3);
        });
    });
}

#[test]
fn a_scope_is_not_used_after_a_cut_off_transaction() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            cut_off(conn.transaction(async |conn| never(conn).await)).await;
            assert!(matches!(
                insert(conn, 52).await,
                Err(Error::BrokenTransactionManager)
            ));
            let again = conn.transaction(async |conn| insert(conn, 53).await).await;
            assert!(matches!(again, Err(Error::BrokenTransactionManager)));
            assert_eq!(count(&mut shop.async_scope(A).await).await, 3);
        });
    });
}

/// The error of a statement that nobody waited for.
#[test]
fn a_statement_cut_off_in_a_transaction_cannot_be_committed_unseen() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            let outer = conn
                .transaction(async |conn| {
                    insert(conn, 50).await?;
                    let fails_late =
                        projects::table.select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                            "1 / (length(pg_sleep(1)::text))",
                        ));
                    tokio::select! {
                        result = fails_late.load::<i32>(conn) => panic!("it ended: {result:?}"),
                        () = sleeps(shop) => {}
                    }
                    QueryResult::Ok(())
                })
                .await;
            assert_eq!(
                ScopeError::of(&outer.unwrap_err()),
                Some(&ScopeError::RolledBack)
            );
            assert_eq!(count(conn).await, 3);
            // The same with a stream whose error is in a row that nobody reads.
            let outer = conn
                .transaction(async |conn| {
                    insert(conn, 50).await?;
                    let rows = projects::table
                        .order(projects::id)
                        .select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                            "1 / (projects.id - 3 - (repeat('x', 20000) = '')::int)",
                        ))
                        .load_stream::<i32>(conn)
                        .await;
                    drop(rows);
                    QueryResult::Ok(())
                })
                .await;
            assert!(outer.is_err());
            assert_eq!(count(conn).await, 3);
            // One that succeeds costs a round trip and commits.
            conn.transaction(async |conn| {
                insert(conn, 50).await?;
                drop(
                    projects::table
                        .select(projects::id)
                        .load_stream::<i32>(conn)
                        .await?,
                );
                QueryResult::Ok(())
            })
            .await
            .unwrap();
            assert_eq!(count(conn).await, 4);
        });
    });
}

#[test]
fn a_begin_cut_off_on_a_borrowed_connection_gives_it_up() {
    let shop = Shop::new(Layers::Both);
    run(async {
        let mut raw = shop.async_raw().await;
        {
            let mut conn = Scoped::open(&mut raw, A).unwrap();
            let mut future = Box::pin(conn.transaction(async |conn| insert(conn, 50).await));
            assert!(futures_util::poll!(future.as_mut()).is_pending());
        }
        let mut next = Scoped::open(&mut raw, B).unwrap();
        assert!(matches!(
            projects::table.count().get_result::<i64>(&mut next).await,
            Err(Error::BrokenTransactionManager)
        ));
    });
}
