//! One tenant that asks for more than its share.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get as on_get;
use diesel_async::RunQueryDsl;
use tenancy_axum::{Limit, Rejection};
use tenancy_tests::database::{Layers, Shop};

use crate::world::{
    Answer, NAMES_OF_A, NAMES_OF_B, Tx, World, get, names, post, rejection, request,
};

const ASLEEP: &str = "wait_event = 'PgSleep'";

/// GET reads; POST holds the transaction until it is dropped.
fn app(world: &World, limit: Option<Limit>) -> Router {
    let hold = |mut tx: Tx| async move {
        tx.conn().await?;
        std::future::pending::<()>().await;
        Ok::<_, Rejection>(())
    };
    let layer = match limit {
        Some(limit) => world.layer().limit(limit),
        None => world.layer(),
    };
    Router::new()
        .route("/o/{org}", on_get(names).post(hold))
        .route_layer(layer)
}

#[tokio::test]
async fn a_tenant_at_its_limit_leaves_connections_for_others() {
    let world = World::new(2).await;
    let app = app(&world, Some(Limit::of(1)));
    let mut held = Box::pin(post(&app, "/o/a"));
    while world.connections.state().idle_connections == world.connections.state().connections {
        assert!(futures_util::poll!(held.as_mut()).is_pending());
    }
    let refused = get(&app, "/o/a").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "1");
    let why = rejection(&app, request(Method::GET, "/o/a")).await;
    assert!(matches!(*why, Rejection::Busy));
    assert_eq!(get(&app, "/o/b").await.body, NAMES_OF_B);
    // A client that goes away gives its turn back.
    drop(held);
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
}

/// The same without a limit: it takes the whole pool.
#[tokio::test]
async fn control_without_a_limit_one_tenant_takes_the_pool_and_others_get_a_503() {
    let world = World::new(2).await;
    let app = app(&world, None);
    let mut held = [(); 2].map(|()| Box::pin(post(&app, "/o/a")));
    while world.connections.state().idle_connections > 0
        || world.connections.state().connections < 2
    {
        for held in &mut held {
            assert!(futures_util::poll!(held.as_mut()).is_pending());
        }
        tokio::task::yield_now().await;
    }
    let refused = get(&app, "/o/b").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers["retry-after"], "1");
    let why = rejection(&app, request(Method::GET, "/o/b")).await;
    assert!(matches!(*why, Rejection::NoConnection(_)), "{why:?}");
    drop(held);
    assert_eq!(get(&app, "/o/b").await.body, NAMES_OF_B);
}

#[tokio::test]
async fn a_request_waits_for_its_turn_within_its_patience() {
    let world = World::new(2).await;
    let limit = Limit::of(1).patience(Duration::from_secs(3600));
    let app = app(&world, Some(limit));
    let mut held = Box::pin(post(&app, "/o/a"));
    assert!(futures_util::poll!(held.as_mut()).is_pending());
    let mut waiting = Box::pin(get(&app, "/o/a"));
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    assert_eq!(get(&app, "/o/b").await.body, NAMES_OF_B);
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    drop(held);
    assert_eq!(waiting.await.body, NAMES_OF_A);
}

/// What a panic or a refusal leaves behind would add up.
#[tokio::test]
async fn requests_that_end_badly_give_their_turn_back() {
    use futures_util::FutureExt;
    use std::panic::AssertUnwindSafe;

    let world = World::new(1).await;
    let app = Router::new()
        .route(
            "/o/{org}",
            on_get(names)
                .post(|_: Tx| async {
                    let fails = true;
                    assert!(!fails, "on purpose");
                })
                .put(|one: Tx, _other: Tx| async { drop(one) }),
        )
        .route_layer(world.layer().limit(Limit::of(1)));
    for _ in 0..3 {
        let panicked = AssertUnwindSafe(post(&app, "/o/a")).catch_unwind().await;
        assert!(panicked.is_err());
        let refused = rejection(&app, request(Method::PUT, "/o/a")).await;
        assert!(matches!(*refused, Rejection::TransactionInUse));
        assert_eq!(get(&app, "/o/nobody").await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
}

/// A statement that the handler has given up runs on in the database.
#[tokio::test]
async fn a_response_does_not_wait_for_a_statement_that_was_given_up_and_its_turn_does() {
    let world = World::with_patience(Shop::new(Layers::Both), 2).await;
    let (tell, told) = tokio::sync::mpsc::channel::<()>(1);
    let told = Arc::new(tokio::sync::Mutex::new(told));
    let gives_up = move |mut tx: Tx| {
        let told = Arc::clone(&told);
        async move {
            let conn = tx.conn().await?;
            let sleeps = diesel::sql_query("SELECT pg_sleep(600)");
            let mut told = told.lock().await;
            tokio::select! {
                slept = sleeps.execute(conn) => { slept?; }
                _ = told.recv() => {}
            }
            Ok::<_, Rejection>(StatusCode::REQUEST_TIMEOUT)
        }
    };
    let limit = Limit::of(1).patience(Duration::from_secs(3600));
    let app = Router::new()
        .route("/o/{org}", on_get(names).post(gives_up))
        .route_layer(world.layer().limit(limit));
    let mut sent = Box::pin(post(&app, "/o/a"));
    falls_asleep(&world, &mut sent).await;
    tell.send(()).await.unwrap();
    assert_eq!(sent.await.status, StatusCode::REQUEST_TIMEOUT);
    still_counts(&world, &app).await;
}

#[tokio::test]
async fn a_client_that_goes_away_has_its_turn_until_its_statement_has_ended() {
    let world = World::with_patience(Shop::new(Layers::Both), 2).await;
    let sleeps = |mut tx: Tx| async move {
        let conn = tx.conn().await?;
        diesel::sql_query("SELECT pg_sleep(600)")
            .execute(conn)
            .await?;
        Ok::<_, Rejection>(())
    };
    let limit = Limit::of(1).patience(Duration::from_secs(3600));
    let app = Router::new()
        .route("/o/{org}", on_get(names).post(sleeps))
        .route_layer(world.layer().limit(limit));
    let mut sent = Box::pin(post(&app, "/o/a"));
    falls_asleep(&world, &mut sent).await;
    drop(sent);
    still_counts(&world, &app).await;
}

/// Goes on with a request until its statement sleeps.
async fn falls_asleep(world: &World, sent: &mut Pin<Box<impl Future<Output = Answer>>>) {
    while world.activity(ASLEEP).is_empty() {
        assert!(futures_util::poll!(sent.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
}

/// The next request of A waits until the statement that sleeps has ended.
async fn still_counts(world: &World, app: &Router) {
    let app = app.clone();
    assert_eq!(get(&app, "/o/b").await.body, NAMES_OF_B);
    let mut waiting = Box::pin(get(&app, "/o/a"));
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    let asleep = world.activity(ASLEEP);
    assert_eq!(asleep.len(), 1);
    world.superuser(&format!("SELECT pg_cancel_backend({})", asleep[0]));
    assert_eq!(waiting.await.body, NAMES_OF_A);
}
