//! Scopes of pools of each asynchronous kind.

use std::future::poll_fn;
use std::task::Poll;

use diesel::result::Error as QueryError;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use scoped_futures::ScopedFutureExt;
use tenancy_diesel::AsyncScopeConnection;
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::each_async_pool;
use tenancy_tests::schema::{self, projects};
use tenancy_tests::{A, B, OrgId};

use super::count;

#[tokio::test(flavor = "multi_thread")]
async fn scopes_of_a_pool_keep_apart() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 2, |pool| {
        let mut tasks = Vec::new();
        for i in 0..40 {
            let (tenant, rows) = if i % 2 == 0 { (A, 3) } else { (B, 4) };
            let pool = pool.clone();
            tasks.push(tokio::spawn(async move {
                // A scope may have to wait for another one to end.
                let mut conn = loop {
                    match pool.scope(tenant).await {
                        Err(Error::Checkout(_)) => {}
                        scope => break scope?,
                    }
                };
                assert_eq!(count(&mut conn).await?, rows);
                let inside = conn.transaction(async |conn| count(conn).await).await?;
                assert_eq!(inside, rows);
                Ok::<_, Error>(())
            }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scope_is_one_transaction() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        let name = String::from("borrowed");
        let name = &name;
        let insert = |id: i32| {
            insert_into(projects::table).values((
                projects::id.eq(id),
                projects::name.eq(format!("{name} {id}")),
            ))
        };
        let rows = pool
            .with_scope(A, async |conn| {
                insert(50).execute(conn).await?;
                insert(51).execute(conn).await?;
                Ok::<_, Error>(count(conn).await?)
            })
            .await
            .unwrap();
        assert_eq!(rows, 5);
        let failed: Result<(), Error> = pool
            .with_scope(A, async |conn| {
                insert(52).execute(conn).await?;
                insert(1).execute(conn).await?;
                Ok(())
            })
            .await;
        assert!(matches!(
            failed,
            Err(Error::Query(QueryError::DatabaseError(..)))
        ));
        let plain: QueryResult<i64> = pool.with_scope(A, async |conn| count(conn).await).await;
        assert_eq!(plain, Ok(5));
        let boxed: i64 = pool
            .with_scope_boxed(A, |conn| {
                async move { Ok::<_, Error>(count(conn).await?) }.scope_boxed()
            })
            .await
            .unwrap();
        assert_eq!(boxed, 5);
        let spawned = pool.clone();
        let rows = tokio::spawn(async move {
            let local = 40;
            let local = &local;
            spawned
                .with_scope(B, async |conn| {
                    insert_into(projects::table)
                        .values((projects::id.eq(*local), projects::name.eq("spawned")))
                        .execute(conn)
                        .await?;
                    Ok::<_, Error>(count(conn).await?)
                })
                .await
        });
        assert_eq!(rows.await.unwrap().unwrap(), 5);
        // For the next pool.
        let new = projects::id.ge(40);
        for tenant in [A, B] {
            let mut conn = pool.scope(tenant).await.unwrap();
            delete(projects::table.filter(new))
                .execute(&mut conn)
                .await
                .unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_off_lease_is_discarded_and_the_next_one_is_clean() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        // A future dropped in the middle of a transaction.
        {
            let mut conn = pool.scope(A).await.unwrap();
            cut_off(&mut conn, "SELECT 1").await;
        }
        assert_eq!(count(&mut pool.scope(B).await.unwrap()).await, Ok(4));
        // SQL that changes the session.
        {
            let mut conn = pool.scope(A).await.unwrap();
            let attack = format!(
                "COMMIT; SET app.tenant_id = '{}'; SET search_path = pg_catalog",
                B.0
            );
            let _ = conn.batch_execute(&attack).await;
        }
        assert_eq!(count(&mut pool.scope(A).await.unwrap()).await, Ok(3));
        // A panic in the closure.
        let panicking = pool.clone();
        let panicked = tokio::spawn(async move {
            panicking
                .with_scope(A, async |conn| {
                    count(conn).await?;
                    if true {
                        panic!("on purpose");
                    }
                    Ok::<_, Error>(())
                })
                .await
        });
        assert!(panicked.await.is_err());
        assert_eq!(count(&mut pool.scope(B).await.unwrap()).await, Ok(4));
    });
}

#[tokio::test]
async fn an_invalid_id_gets_no_scope() {
    let shop = Shop::new(Layers::Both);
    let nil = OrgId(uuid::Uuid::nil());
    each_async_pool!(shop.url(), 1, |pool| {
        // The id is looked at before a connection is waited for.
        let _only = pool.scope(A).await.unwrap();
        assert!(matches!(pool.scope(nil).await, Err(Error::Scope(_))));
    });
}

/// A connection is looked at when it is returned, not when it is next taken: what is open on it, and the
/// locks, end with the scope.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_lease_keeps_no_lock_in_the_pool() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 2, |pool| {
        let mut conn = pool.scope(A).await.unwrap();
        cut_off(&mut conn, "SELECT pg_advisory_xact_lock(4711)").await;
        drop(conn);
        // A connection beside the pool gets the lock.
        let mut conn = AsyncPgConnection::establish(&shop.url()).await.unwrap();
        conn.batch_execute("SET lock_timeout = '10s'; SELECT pg_advisory_lock(4711)")
            .await
            .unwrap();
    });
}

/// Runs raw SQL in a transaction, and drops the future of the transaction after it.
async fn cut_off<C: AsyncScopeConnection>(conn: &mut schema::Scoped<C>, sql: &str) {
    let (begun, mut is_begun) = tokio::sync::oneshot::channel();
    let mut future = Box::pin(conn.transaction(async |conn| {
        conn.batch_execute(sql).await?;
        begun.send(()).unwrap();
        std::future::pending::<QueryResult<()>>().await
    }));
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        match is_begun.try_recv() {
            Ok(()) => Poll::Ready(()),
            Err(_) => Poll::Pending,
        }
    })
    .await;
}
