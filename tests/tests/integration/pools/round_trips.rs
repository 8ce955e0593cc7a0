//! Round trips on the wire.

use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::pool::AsyncScopePool;
use tenancy_diesel::prelude::*;
use tenancy_testing::{PgServer, proxy::WireProxy};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::each_async_pool;
use tenancy_tests::schema::{self, TenantPool, projects};
use tenancy_tests::{A, B};

use super::count;

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

    each_async_pool!(url.clone(), 1, |pool| {
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
        warm_values_of_other_types(&pool, &proxy).await;
    });
}

async fn warm_values_of_other_types<P: AsyncScopePool>(pool: &TenantPool<P>, proxy: &WireProxy) {
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

    let before: i64 = count(&mut conn).await.unwrap();
    let insert = |number: i64| {
        let id = i32::try_from(80 + before + number).unwrap();
        insert_into(projects::table)
            .values((projects::id.eq(id), projects::name.eq(format!("w{id}"))))
            .returning(projects::id)
    };
    insert(0).get_result::<i32>(&mut conn).await.unwrap();
    proxy.reset();
    insert(1).get_result::<i32>(&mut conn).await.unwrap();
    assert_eq!(proxy.counters().round_trips, 1, "an insert");
}
