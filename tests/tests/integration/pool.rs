//! The bb8 pool, and round trips on the wire.

use std::time::Duration;

use diesel::result::Error as QueryError;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use scoped_futures::ScopedFutureExt;
use tenancy_diesel::bb8::{ConnectionManager, Lease};
use tenancy_diesel::pool::{BuildError, Error};
use tenancy_diesel::prelude::*;
use tenancy_testing::{PgServer, proxy::WireProxy};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{self, TenantPool, projects};
use tenancy_tests::{A, B, OrgId};

async fn pool(url: &str, size: u32) -> TenantPool {
    let pool = bb8::Pool::builder()
        .max_size(size)
        .test_on_check_out(false)
        .build(ConnectionManager::new(url))
        .await
        .unwrap();
    TenantPool::builder(pool).build().await.unwrap()
}

async fn count<C: tenancy_diesel::AsyncScopeConnection>(
    conn: &mut schema::Scoped<C>,
) -> QueryResult<i64> {
    projects::table.count().get_result(conn).await
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_of_a_pool_keep_apart() {
    let shop = Shop::new(Layers::Both);
    let pool = pool(&shop.url(), 2).await;
    let mut tasks = Vec::new();
    for i in 0..40 {
        let (tenant, rows) = if i % 2 == 0 { (A, 3) } else { (B, 4) };
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let mut conn = pool.scope(tenant).await?;
            assert_eq!(count(&mut conn).await?, rows);
            let inside = count_in_transaction(&mut conn).await?;
            assert_eq!(inside, rows);
            Ok::<_, Error>(())
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

async fn count_in_transaction(conn: &mut schema::Scoped<Lease>) -> QueryResult<i64> {
    conn.transaction(async |conn| count(conn).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scope_is_one_transaction() {
    let shop = Shop::new(Layers::Both);
    let pool = pool(&shop.url(), 1).await;
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
    let spawned = {
        let pool = pool.clone();
        tokio::spawn(async move {
            let local = 40;
            let local = &local;
            pool.with_scope(B, async |conn| {
                insert_into(projects::table)
                    .values((projects::id.eq(*local), projects::name.eq("spawned")))
                    .execute(conn)
                    .await?;
                Ok::<_, Error>(count(conn).await?)
            })
            .await
        })
        .await
        .unwrap()
        .unwrap()
    };
    assert_eq!(spawned, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_off_lease_is_discarded_and_the_next_one_is_clean() {
    let shop = Shop::new(Layers::Both);
    let pool = pool(&shop.url(), 1).await;
    // A future dropped in the middle of a transaction.
    {
        let mut conn = pool.scope(A).await.unwrap();
        let mut future = Box::pin(conn.transaction(async |conn| {
            count(conn).await?;
            std::future::pending::<()>().await;
            QueryResult::Ok(())
        }));
        for _ in 0..50 {
            assert!(futures_util::poll!(future.as_mut()).is_pending());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
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
    let panicked = {
        let pool = pool.clone();
        tokio::spawn(async move {
            pool.with_scope(A, async |conn| {
                count(conn).await?;
                if true {
                    panic!("on purpose");
                }
                Ok::<_, Error>(())
            })
            .await
        })
        .await
    };
    assert!(panicked.is_err());
    assert_eq!(count(&mut pool.scope(B).await.unwrap()).await, Ok(4));
}

#[tokio::test]
async fn a_pool_refuses_an_unsafe_role_and_a_scope_an_invalid_id() {
    let shop = Shop::new(Layers::Both);
    let raw = bb8::Pool::builder()
        .max_size(1)
        .build(ConnectionManager::new(shop.superuser_url()))
        .await
        .unwrap();
    assert!(matches!(
        TenantPool::builder(raw).build().await,
        Err(BuildError::UnsafeDatabase { .. })
    ));
    let pool = pool(&shop.url(), 1).await;
    assert!(matches!(
        pool.scope(OrgId(uuid::Uuid::nil())).await,
        Err(Error::Scope(_))
    ));
}

/// Counted on the wire: one round trip once the statement is prepared, and that memory stays with
/// the pool's connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_warm_statement_is_one_round_trip() {
    let shop = Shop::new(Layers::Both);
    let proxy = WireProxy::start(
        PgServer::shared().unwrap().socket_addr().unwrap(),
        // With some distance, no answer can arrive between the messages of one flight.
        Duration::from_millis(2),
    )
    .unwrap();
    let url = proxy.url(&shop.url()).unwrap();

    let mut bare = AsyncPgConnection::establish(&url).await.unwrap();
    let plain = schema::countries::table;
    plain.count().get_result::<i64>(&mut bare).await.unwrap();
    proxy.reset();
    plain.count().get_result::<i64>(&mut bare).await.unwrap();
    assert_eq!(proxy.counters().round_trips, 1, "a bare statement");

    proxy.reset();
    bare.transaction(async |conn| {
        diesel::sql_query("SELECT set_config('app.tenant_id', $1, true)")
            .bind::<diesel::sql_types::Text, _>(A.0.to_string())
            .execute(conn)
            .await?;
        plain.count().get_result::<i64>(conn).await
    })
    .await
    .unwrap();
    let usual = proxy.counters().round_trips;
    assert!(usual >= 4, "the usual recipe: {usual}");

    let pool = pool(&url, 1).await;
    let mut trips = Vec::new();
    for tenant in [A, B, A] {
        let mut conn = pool.scope(tenant).await.unwrap();
        for _ in 0..2 {
            proxy.reset();
            count(&mut conn).await.unwrap();
            trips.push(proxy.counters().round_trips);
        }
    }
    assert!(trips[0] > 1, "cold: {trips:?}");
    assert_eq!(
        trips[1..],
        [1, 1, 1, 1, 1],
        "warm, also for the next lease: {trips:?}"
    );

    let mut conn = pool.scope(A).await.unwrap();
    let open = || {
        schema::tasks::table
            .filter(schema::tasks::status.eq(tenancy_tests::models::Status::Open))
            .count()
    };
    open().get_result::<i64>(&mut conn).await.unwrap();
    proxy.reset();
    assert_eq!(open().get_result(&mut conn).await, Ok(2i64));
    assert_eq!(proxy.counters().round_trips, 1, "a custom type");

    let insert = |id: i32| {
        insert_into(projects::table)
            .values((projects::id.eq(id), projects::name.eq(format!("w{id}"))))
            .returning(projects::id)
    };
    insert(80).get_result::<i32>(&mut conn).await.unwrap();
    proxy.reset();
    insert(81).get_result::<i32>(&mut conn).await.unwrap();
    assert_eq!(proxy.counters().round_trips, 1, "an insert");
}
