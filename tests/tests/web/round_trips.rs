//! What a request costs on the wire.

use std::time::Duration;

use axum::routing::get as on_get;
use tenancy_axum::Rejection;
use tenancy_testing::proxy::WireProxy;
use tenancy_tests::database::{Layers, Shop};

use crate::world::{NAMES_OF_A, Tx, World, get, insert, names, post};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_begins_with_its_first_statement_and_costs_one_commit() {
    let shop = Shop::new(Layers::Both);
    let server = shop.server().socket_addr().unwrap();
    // With some distance, no answer can arrive between the messages of one flight.
    let proxy = WireProxy::start(server, Duration::from_millis(2)).unwrap();
    let world = World::through(&proxy, shop).await;
    let app = world.app(
        on_get(names)
            .post(|mut tx: Tx| async move {
                insert(&mut tx, 50).await?;
                Err::<(), _>(Rejection::Unknown)
            })
            .put(|mut tx: Tx| async move { tx.conn().await.map(drop) }),
    );
    for _ in 0..2 {
        assert_eq!(post(&app, "/o/a").await.status, 404);
        assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
    }
    proxy.reset();
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
    // BEGIN with the statement, and COMMIT.
    assert_eq!(proxy.counters().round_trips, 2);
    // The next one has the same connection, so ROLLBACK was answered by then.
    proxy.reset();
    post(&app, "/o/a").await;
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
    assert_eq!(proxy.counters().round_trips, 4);
    proxy.reset();
    let unused = crate::world::request(axum::http::Method::PUT, "/o/a");
    assert_eq!(crate::world::send(&app, unused).await.status, 200);
    assert_eq!(get(&app, "/o/nobody").await.status, 404);
    assert_eq!(proxy.counters().round_trips, 0);
}
