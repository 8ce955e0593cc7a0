use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::{ExpressionMethods, QueryDsl, QueryResult};
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use scoped_futures::ScopedFutureExt;
use tenancy_diesel::{insert_into, update};
use tenancy_tests::A;
use tenancy_tests::schema::{Scoped, projects};

use crate::world::{at_commit, at_once, change_elsewhere, country, number_of, shop};

type Conn = Scoped<AsyncPgConnection>;

async fn rename(conn: &mut Conn, id: i32, country: &str) -> QueryResult<usize> {
    let country = projects::country.eq(country.to_owned());
    update(projects::table.find(id))
        .set(country)
        .execute(conn)
        .await
}

async fn count(conn: &mut Conn) -> QueryResult<i64> {
    projects::table.count().get_result(conn).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_is_run_again_in_a_fresh_transaction() {
    let shop = Arc::new(shop());
    let runs = Arc::new(AtomicU32::new(0));
    let mut conn = shop.async_scope(A).await;
    let (there, counted) = (Arc::clone(&shop), Arc::clone(&runs));
    // In a task of its own: the future has to be `Send`.
    let seen = tokio::spawn(async move {
        conn.build_transaction()
            .repeatable_read()
            .retry(at_once(), async |conn| {
                let run = counted.fetch_add(1, Ordering::Relaxed);
                let before: Option<String> = projects::table
                    .find(1)
                    .select(projects::country)
                    .first(conn)
                    .await?;
                if run == 0 {
                    tokio::task::block_in_place(|| change_elsewhere(&there, 1));
                }
                rename(conn, 1, "fr").await?;
                QueryResult::Ok(before)
            })
            .await
    });
    let seen = seen.await.unwrap();
    assert_eq!(
        (seen, runs.fetch_add(0, Ordering::Relaxed)),
        (Ok(Some("xx".to_owned())), 2)
    );
    assert_eq!(country(&shop, 1).as_deref(), Some("fr"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boxed_callback_is_run_again_and_gives_up_after_its_attempts() {
    let shop = shop();
    let mut conn = shop.async_scope(A).await;
    let runs = AtomicU32::new(0);
    let result = conn
        .build_transaction()
        .repeatable_read()
        .retry_boxed(at_once().attempts(3), |conn| {
            let (runs, shop) = (&runs, &shop);
            async move {
                runs.fetch_add(1, Ordering::Relaxed);
                count(conn).await?;
                tokio::task::block_in_place(|| change_elsewhere(shop, 1));
                rename(conn, 1, "fr").await
            }
            .scope_boxed()
        })
        .await;
    let kind = DatabaseErrorKind::SerializationFailure;
    assert!(
        matches!(result, Err(Error::DatabaseError(found, _)) if found == kind),
        "{result:?}"
    );
    assert_eq!(runs.fetch_add(0, Ordering::Relaxed), 3);
    assert_eq!(count(&mut conn).await, Ok(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_transactions_that_deadlock_both_succeed() {
    let shop = Arc::new(shop());
    let met = Arc::new(tokio::sync::Barrier::new(2));
    let mut all = Vec::new();
    for (first, second) in [(1, 2), (2, 1)] {
        let (shop, met) = (Arc::clone(&shop), Arc::clone(&met));
        all.push(tokio::spawn(async move {
            let mut conn = shop.async_scope(A).await;
            let runs = AtomicU32::new(0);
            let result = conn
                .build_transaction()
                .retry(at_once(), async |conn| {
                    let run = runs.fetch_add(1, Ordering::Relaxed);
                    rename(conn, first, "de").await?;
                    if run == 0 {
                        met.wait().await;
                    }
                    rename(conn, second, "fr").await
                })
                .await;
            assert_eq!(result, Ok(1));
            runs.into_inner()
        }));
    }
    let mut runs = 0;
    for one in all {
        runs += one.await.unwrap();
    }
    assert_eq!(runs, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_at_commit_are_told_apart() {
    let shop = shop();
    at_commit(
        &shop,
        "IF nth = 1 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF;
         IF nth = 3 THEN RAISE EXCEPTION 'never'; END IF;",
    );
    let mut conn = shop.async_scope(A).await;
    let runs = AtomicU32::new(0);
    for id in [70, 71] {
        let result = conn
            .build_transaction()
            .retry(at_once(), async |conn| {
                runs.fetch_add(1, Ordering::Relaxed);
                insert_into(projects::table)
                    .values((projects::id.eq(id), projects::name.eq(format!("new {id}"))))
                    .execute(conn)
                    .await
            })
            .await;
        match (id, result) {
            (70, Ok(1)) => assert_eq!(runs.fetch_add(0, Ordering::Relaxed), 2),
            (71, Err(Error::DatabaseError(_, info))) => {
                assert_eq!(
                    (info.message(), runs.fetch_add(0, Ordering::Relaxed)),
                    ("never", 3)
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((number_of(&shop, 70), number_of(&shop, 71)), (1, 0));
    assert_eq!(count(&mut conn).await, Ok(4));
}
