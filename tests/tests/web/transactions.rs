//! How the transaction of a request ends.

use std::panic::AssertUnwindSafe;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get as on_get, post as on_post};
use diesel_async::{AsyncConnection, RunQueryDsl, TransactionManager};
use futures_util::{FutureExt, StreamExt, stream};
use tenancy_axum::Rejection;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{AsyncScopedTransactionManager, ScopeError};
use tenancy_tests::B;
use tenancy_tests::schema::{TenantPool, projects, tasks};

use crate::world::{NAMES_OF_A, Tx, World, get, insert, names, post, rejection, request, send};

#[tokio::test]
async fn a_response_below_400_is_committed_before_it_is_sent() {
    let world = World::new(2).await;
    for status in [200, 201, 204, 303, 399] {
        let id = 1000 + i32::from(status);
        let app = world.app(on_post(move |mut tx: Tx| async move {
            insert(&mut tx, id).await?;
            Ok::<_, Rejection>(StatusCode::from_u16(status).unwrap())
        }));
        assert_eq!(post(&app, "/o/a").await.status, status);
        assert_eq!(world.projects(id), 1, "{status}");
    }
}

#[tokio::test]
async fn a_response_of_400_or_more_is_rolled_back() {
    let world = World::new(1).await;
    let before = world.backends();
    for status in [400, 404, 409, 422, 499, 500, 503, 599] {
        let id = 1000 + i32::from(status);
        let app = world.app(on_post(move |mut tx: Tx| async move {
            insert(&mut tx, id).await?;
            Ok::<_, Rejection>(StatusCode::from_u16(status).unwrap())
        }));
        assert_eq!(post(&app, "/o/a").await.status, status);
        assert_eq!(world.projects(id), 0, "{status}");
    }
    assert_eq!(world.backends(), before, "no connection was lost");
}

#[tokio::test]
async fn an_error_of_the_handler_is_rolled_back() {
    let world = World::new(1).await;
    let app = world.app(on_post(|mut tx: Tx| async move {
        insert(&mut tx, 50).await?;
        insert(&mut tx, 50).await
    }));
    let answer = post(&app, "/o/a").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("duplicate"), "{}", answer.body);
    assert_eq!(world.projects(50), 0);
}

#[tokio::test]
async fn a_panic_is_rolled_back_and_its_connection_stays() {
    let world = World::new(1).await;
    let before = world.backends();
    let app = world.app(
        on_post(|mut tx: Tx| async move {
            insert(&mut tx, 50).await.unwrap();
            if tx.conn().await.is_ok() {
                panic!("on purpose");
            }
        })
        .get(names),
    );
    let panicked = AssertUnwindSafe(post(&app, "/o/a")).catch_unwind().await;
    let panic = panicked.unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    assert_eq!(world.projects(50), 0);
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
    assert_eq!(world.backends(), before);
}

/// Diesel's count of open transactions is wrong then, so the connection cannot stay.
#[tokio::test]
async fn a_panic_in_a_nested_transaction_is_rolled_back() {
    let world = World::new(1).await;
    let app = world.app(
        on_post(|mut tx: Tx| async move {
            let conn = tx.conn().await.unwrap();
            let nested = conn.transaction(async |conn| {
                insert_into(projects::table)
                    .values((projects::id.eq(50), projects::name.eq("p50")))
                    .execute(conn)
                    .await?;
                let panics = true;
                assert!(!panics, "on purpose");
                QueryResult::Ok(())
            });
            nested.await.unwrap();
        })
        .get(names),
    );
    let panicked = AssertUnwindSafe(post(&app, "/o/a")).catch_unwind().await;
    assert!(panicked.is_err());
    assert_eq!(world.projects(50), 0);
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
}

async fn orphan(mut tx: Tx) -> Result<impl IntoResponse, Rejection> {
    let conn = tx.conn().await?;
    insert_into(tasks::table)
        .values((
            tasks::id.eq(50),
            tasks::project_id.eq(4711),
            tasks::title.eq("orphan"),
        ))
        .execute(conn)
        .await?;
    Ok((
        [("x-from-handler", "yes"), ("set-cookie", "made=1")],
        "it is made",
    ))
}

#[tokio::test]
async fn a_failed_commit_is_a_500_and_nothing_of_the_handlers_response() {
    let world = World::new(1).await;
    world.superuser(
        "ALTER TABLE tasks ALTER CONSTRAINT tasks_tenant_id_project_id_fkey DEFERRABLE INITIALLY DEFERRED",
    );
    let app = world.app(on_post(orphan).get(names));
    let answer = post(&app, "/o/a").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.headers.contains_key("x-from-handler"));
    assert!(!answer.headers.contains_key("set-cookie"));
    assert_eq!(
        answer.body,
        r#"{"title":"Internal Server Error","status":500}"#
    );
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    assert!(
        matches!(
            &*why,
            Rejection::Commit(diesel::result::Error::DatabaseError(..))
        ),
        "{why:?}"
    );
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
    // The same handler where its COMMIT succeeds.
    world.superuser(&format!(
        "INSERT INTO projects SELECT tenant_id, 4711, 'late', NULL, NULL FROM projects WHERE id = 1
             AND tenant_id = '{}'",
        tenancy_tests::A.0
    ));
    let answer = post(&app, "/o/a").await;
    assert_eq!(
        (answer.status, &*answer.body),
        (StatusCode::OK, "it is made")
    );
    assert!(answer.headers.contains_key("set-cookie"));
}

/// The server would answer COMMIT with a rollback, and without an error.
#[tokio::test]
async fn a_failed_statement_whose_error_is_swallowed_is_a_500() {
    let world = World::new(1).await;
    let app = world.app(on_post(|mut tx: Tx| async move {
        insert(&mut tx, 50).await.unwrap();
        insert(&mut tx, 50).await.unwrap_err();
    }));
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    let Rejection::Commit(error) = &*why else {
        panic!("{why:?}");
    };
    assert_eq!(ScopeError::of(error), Some(&ScopeError::RolledBack));
    assert_eq!(world.projects(50), 0);
}

#[tokio::test]
async fn a_savepoint_of_the_handler_is_its_own() {
    let world = World::new(1).await;
    let app = world.app(on_post(|mut tx: Tx| async move {
        insert(&mut tx, 50).await?;
        let conn = tx.conn().await?;
        let undone = conn.transaction(async |conn| {
            insert_into(projects::table)
                .values((projects::id.eq(51), projects::name.eq("p51")))
                .execute(conn)
                .await?;
            QueryResult::<()>::Err(diesel::result::Error::RollbackTransaction)
        });
        undone.await.unwrap_err();
        insert(&mut tx, 52).await
    }));
    assert_eq!(post(&app, "/o/a").await.status, 200);
    assert_eq!([50, 51, 52].map(|id| world.projects(id)), [1, 0, 1]);
}

#[tokio::test]
async fn a_transaction_in_the_body_of_a_response_is_a_500_and_rolled_back() {
    let world = World::new(1).await;
    let app = world.app(
        on_post(|mut tx: Tx| async move {
            insert(&mut tx, 50).await?;
            let rows = stream::once(async move {
                insert(&mut tx, 51).await.map_err(axum::Error::new)?;
                Ok::<_, axum::Error>(Bytes::from("rows"))
            });
            Ok::<_, Rejection>(Body::from_stream(rows))
        })
        .get(names),
    );
    let answer = post(&app, "/o/a").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("rows"));
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    assert!(matches!(*why, Rejection::TransactionKept));
    assert_eq!([50, 51].map(|id| world.projects(id)), [0, 0]);
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
}

#[tokio::test]
async fn a_body_that_needs_no_transaction_streams_after_the_commit() {
    let world = World::new(1).await;
    let app = world.app(on_post(|mut tx: Tx| async move {
        insert(&mut tx, 50).await?;
        let rows = stream::iter(["a", "b"]).map(|row| Ok::<_, axum::Error>(Bytes::from(row)));
        Ok::<_, Rejection>(Body::from_stream(rows))
    }));
    assert_eq!(post(&app, "/o/a").await.body, "ab");
    assert_eq!(world.projects(50), 1);
}

#[tokio::test]
async fn a_transaction_in_a_spawned_task_is_a_500_and_ends_for_the_task() {
    let world = World::new(1).await;
    let (ended, end) = tokio::sync::oneshot::channel();
    let (told, tell) = tokio::sync::oneshot::channel();
    let channels = std::sync::Arc::new(std::sync::Mutex::new(Some((end, told))));
    let app = world.app(on_post(move |mut tx: Tx| async move {
        insert(&mut tx, 50).await.unwrap();
        let (end, told) = channels.lock().unwrap().take().unwrap();
        tokio::spawn(async move {
            end.await.unwrap();
            let again = insert(&mut tx, 51).await;
            drop(tx);
            told.send(again).unwrap();
        });
    }));
    let answer = post(&app, "/o/a").await;
    assert_eq!(answer.status, 500);
    ended.send(()).unwrap();
    let again = tell.await.unwrap();
    assert!(
        matches!(again, Err(Rejection::TransactionEnded)),
        "{again:?}"
    );
    assert_eq!([50, 51].map(|id| world.projects(id)), [0, 0]);
}

#[tokio::test]
async fn a_nested_transaction_that_is_left_open_is_a_500_and_rolled_back() {
    let world = World::new(1).await;
    let app = world.app(
        on_post(|mut tx: Tx| async move {
            insert(&mut tx, 50).await?;
            AsyncScopedTransactionManager::begin_transaction(tx.conn().await?).await?;
            insert(&mut tx, 51).await
        })
        .get(names),
    );
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    assert!(matches!(*why, Rejection::TransactionReplaced), "{why:?}");
    assert_eq!([50, 51].map(|id| world.projects(id)), [0, 0]);
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
}

#[tokio::test]
async fn a_scope_of_another_tenant_in_the_place_of_the_requests_is_a_500() {
    let world = World::new(2).await;
    let pool = world.pool.clone();
    let app = world.app(on_post(move |mut tx: Tx| {
        let pool = pool.clone();
        async move {
            insert(&mut tx, 50).await?;
            let mut other = pool.scope(B).await?;
            AsyncScopedTransactionManager::begin_transaction(&mut other).await?;
            std::mem::swap(tx.conn().await?, &mut other);
            insert(&mut tx, 51).await
        }
    }));
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    assert!(matches!(*why, Rejection::TransactionReplaced), "{why:?}");
    assert_eq!([50, 51].map(|id| world.projects(id)), [0, 0]);
}

/// Uses the transaction of the request before the handler does.
struct Inserted(i32);

impl<S: Sync> FromRequestParts<S> for Inserted {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let mut tx = Tx::from_request_parts(parts, state).await?;
        insert(&mut tx, 50).await?;
        Ok(Inserted(50))
    }
}

#[tokio::test]
async fn an_extractor_and_the_handler_have_one_transaction() {
    let world = World::new(1).await;
    let app = world.app(
        on_post(|Inserted(id): Inserted, mut tx: Tx| async move {
            let conn = tx.conn().await?;
            let name: String = projects::table
                .find(id)
                .select(projects::name)
                .first(conn)
                .await?;
            Ok::<_, Rejection>((StatusCode::CONFLICT, name))
        })
        .put(|Inserted(_): Inserted, mut tx: Tx| async move { insert(&mut tx, 51).await }),
    );
    let before = world.checkouts();
    let answer = post(&app, "/o/a").await;
    assert_eq!(
        (answer.status, &*answer.body),
        (StatusCode::CONFLICT, "p50")
    );
    assert_eq!(world.checkouts() - before, 1);
    assert_eq!(world.projects(50), 0);
    let answer = send(&app, request(Method::PUT, "/o/a")).await;
    assert_eq!(answer.status, 200);
    assert_eq!([50, 51].map(|id| world.projects(id)), [1, 1]);
}

#[tokio::test]
async fn two_transactions_of_a_request_at_a_time_are_refused() {
    let world = World::new(2).await;
    let app = world.app(on_post(|_one: Tx, _other: Tx| async {}));
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    assert!(matches!(*why, Rejection::TransactionInUse));
}

#[tokio::test]
async fn no_connection_is_taken_before_it_is_needed() {
    let world = World::new(1).await;
    let before = world.checkouts();
    let (asked, ask) = tokio::sync::mpsc::channel::<Bytes>(1);
    let app = world.app(
        on_post(|mut tx: Tx, body: String| async move {
            insert(&mut tx, 50).await?;
            Ok::<_, Rejection>(body)
        })
        .get(|_unused: Tx| async {}),
    );
    assert_eq!(get(&app, "/o/a").await.status, 200);
    assert_eq!(world.checkouts(), before);
    // A client that takes its time to send a body.
    let slow = stream::unfold(ask, |mut ask| async move {
        ask.recv()
            .await
            .map(|part| (Ok::<_, axum::Error>(part), ask))
    });
    let mut upload = request(Method::POST, "/o/a");
    *upload.body_mut() = Body::from_stream(slow);
    let mut upload = Box::pin(send(&app, upload));
    for _ in 0..3 {
        assert!(futures_util::poll!(upload.as_mut()).is_pending());
        asked.send(Bytes::from("part ")).await.unwrap();
    }
    assert!(futures_util::poll!(upload.as_mut()).is_pending());
    assert_eq!(world.checkouts(), before);
    drop(asked);
    assert_eq!(upload.await.body, "part part part ");
    assert_eq!(world.checkouts() - before, 1);
}

#[tokio::test]
async fn a_transaction_without_a_statement_costs_nothing_and_keeps_its_connection() {
    let world = World::new(1).await;
    let before = world.backends();
    let app = world.app(any(|mut tx: Tx, method: Method| async move {
        tx.conn().await?;
        if method == Method::DELETE {
            return Err(Rejection::from(diesel::result::Error::NotFound));
        }
        if method == Method::PUT {
            std::future::pending::<()>().await;
        }
        Ok(())
    }));
    assert_eq!(get(&app, "/o/a").await.status, 200);
    assert_eq!(
        send(&app, request(Method::DELETE, "/o/a")).await.status,
        404
    );
    // A client that goes away.
    let mut gone = Box::pin(send(&app, request(Method::PUT, "/o/a")));
    while world.connections.state().idle_connections > 0 {
        assert!(futures_util::poll!(gone.as_mut()).is_pending());
    }
    drop(gone);
    assert_eq!(get(&app, "/o/a").await.status, 200);
    assert_eq!(world.backends(), before);
}

#[tokio::test]
async fn safe_methods_change_nothing_where_that_is_asked_for() {
    let world = World::new(1).await;
    let writes = || {
        on_get(|mut tx: Tx| async move { insert(&mut tx, 50).await })
            .post(|mut tx: Tx| async move { insert(&mut tx, 51).await })
    };
    let app = axum::Router::new()
        .route("/o/{org}", writes())
        .route_layer(world.layer().read_only_safe_methods());
    let why = rejection(&app, request(Method::GET, "/o/a")).await;
    let Rejection::Query(error) = &*why else {
        panic!("{why:?}");
    };
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!(post(&app, "/o/a").await.status, 200);
    assert_eq!([50, 51].map(|id| world.projects(id)), [0, 1]);
    // The same without it.
    assert_eq!(get(&world.app(writes()), "/o/a").await.status, 200);
    assert_eq!(world.projects(50), 1);
}

#[tokio::test]
async fn a_statement_has_the_timeout_of_the_layer() {
    let world = World::new(1).await;
    let app = axum::Router::new()
        .route(
            "/o/{org}",
            on_post(|mut tx: Tx| async move {
                let conn = tx.conn().await?;
                diesel::sql_query("SELECT pg_sleep(600)")
                    .execute(conn)
                    .await?;
                Ok::<_, Rejection>(())
            }),
        )
        .route_layer(
            world
                .layer()
                .statement_timeout(std::time::Duration::from_millis(1)),
        );
    let why = rejection(&app, request(Method::POST, "/o/a")).await;
    let Rejection::Query(error) = &*why else {
        panic!("{why:?}");
    };
    assert_eq!(ScopeError::of(error), Some(&ScopeError::StatementTimeout));
}

#[tokio::test]
async fn deadpool_serves_as_well() {
    let world = World::new(1).await;
    let pool = tenancy_tests::pools::deadpool(&world.shop.url(), 1).await;
    type Tx = tenancy_axum::Tx<TenantPool<tenancy_diesel::deadpool::Pool>>;
    let layer = tenancy_axum::TenantLayer::new(
        pool,
        crate::world::by_path_and_header(),
        crate::world::Members,
    );
    let app = axum::Router::new()
        .route(
            "/o/{org}",
            on_post(|mut tx: Tx| async move {
                let conn = tx.conn().await?;
                insert_into(projects::table)
                    .values((projects::id.eq(50), projects::name.eq("p50")))
                    .execute(conn)
                    .await?;
                Ok::<_, Rejection>(StatusCode::CREATED)
            }),
        )
        .route_layer(layer);
    assert_eq!(post(&app, "/o/a").await.status, 201);
    assert_eq!(world.projects(50), 1);
}

/// A type of pool that no layer is there for.
#[tokio::test]
async fn a_handler_without_its_layer_is_a_500() {
    let world = World::new(1).await;
    let bare = axum::Router::new().route("/o/{org}", on_post(|_tx: Tx| async {}));
    let why = rejection(&bare, request(Method::POST, "/o/a")).await;
    assert!(matches!(*why, Rejection::NoLayer));
    let tenant = |_: tenancy_axum::Tenant<i32>| async {};
    let why = rejection(&world.app(on_post(tenant)), request(Method::POST, "/o/a")).await;
    assert!(matches!(*why, Rejection::NoLayer));
}
