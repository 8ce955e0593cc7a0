//! Thousands of requests of two tenants over two connections.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get as on_get;
use diesel_async::RunQueryDsl;
use tenancy_axum::{Rejection, Tenant};
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{TenantPool, projects};
use tenancy_tests::{A, B, OrgId};

use crate::world::{NAMES_OF_A, NAMES_OF_B, Tx, World, insert, names, request, send};

const TASKS: usize = 64;
const REQUESTS: usize = 5_000;

/// Sends all of them, and counts answers that have a row of the other tenant.
async fn leaks(app: Router, requests: usize) -> usize {
    let next = Arc::new(AtomicUsize::new(0));
    let answers = Arc::new(Mutex::new(HashSet::new()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let (app, next, answers) = (app.clone(), Arc::clone(&next), Arc::clone(&answers));
        tasks.spawn(async move {
            let mut leaks = 0;
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= requests {
                    return leaks;
                }
                let (path, expected) = match nth % 2 {
                    0 => ("/o/a", NAMES_OF_A),
                    _ => ("/o/b", NAMES_OF_B),
                };
                let method = match nth % 7 {
                    0 => Method::POST,
                    1 => Method::PUT,
                    2 => Method::DELETE,
                    _ => Method::GET,
                };
                let mut sent = Box::pin(send(&app, request(method.clone(), path)));
                if method == Method::DELETE {
                    // A client that goes away, at one point or another.
                    for _ in 0..nth % 13 {
                        if futures_util::poll!(sent.as_mut()).is_ready() {
                            break;
                        }
                        tokio::task::yield_now().await;
                    }
                    continue;
                }
                let answer = sent.await;
                let is_known = match method {
                    Method::GET => answer.status == 200 && answer.body == expected,
                    Method::POST => answer.status == StatusCode::IM_A_TEAPOT,
                    _ => answer.status == StatusCode::INTERNAL_SERVER_ERROR,
                };
                leaks += usize::from(!is_known);
                answers.lock().unwrap().insert(answer.body);
            }
        });
    }
    let leaks = tasks.join_all().await.into_iter().sum();
    let answers = answers.lock().unwrap();
    assert!(
        [NAMES_OF_A, NAMES_OF_B]
            .iter()
            .all(|names| answers.contains(*names))
    );
    leaks
}

fn routes() -> axum::routing::MethodRouter {
    on_get(names)
        .post(|mut tx: Tx| async move {
            insert(&mut tx, 60).await?;
            Ok::<_, Rejection>(StatusCode::IM_A_TEAPOT)
        })
        .put(|mut tx: Tx| async move {
            insert(&mut tx, 61).await?;
            insert(&mut tx, 61).await
        })
        .delete(|mut tx: Tx| async move {
            insert(&mut tx, 62).await?;
            insert(&mut tx, 63).await?;
            Ok::<_, Rejection>(StatusCode::IM_A_TEAPOT)
        })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_requests_of_two_tenants_see_their_own_rows_only() {
    for layers in [Layers::Both, Layers::FilterOnly] {
        let world = World::with_patience(Shop::new(layers), 2).await;
        assert_eq!(leaks(world.app(routes()), REQUESTS).await, 0);
        assert_eq!([60, 61, 62, 63].map(|id| world.projects(id)), [0; 4]);
    }
}

/// The same where the tenant is kept in one place for all, as some libraries do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_tenant_kept_for_the_process_leaks() {
    let world = World::with_patience(Shop::new(Layers::Both), 2).await;
    let current = Arc::new(Mutex::new(None));
    let pool = world.pool.clone();
    let names = move |Tenant(org): Tenant<OrgId>| {
        let (pool, current): (TenantPool, _) = (pool.clone(), Arc::clone(&current));
        async move {
            *current.lock().unwrap() = Some(org);
            tokio::task::yield_now().await;
            let tenant = current.lock().unwrap().unwrap();
            assert!([A, B].contains(&tenant));
            let mut conn = pool.scope(tenant).await?;
            let names = projects::table.order(projects::id).select(projects::name);
            let names: Vec<String> = names.load(&mut conn).await?;
            Ok::<_, Rejection>(names.join(","))
        }
    };
    let routes = on_get(names)
        .post(|| async { StatusCode::IM_A_TEAPOT })
        .put(|| async { StatusCode::INTERNAL_SERVER_ERROR });
    assert!(leaks(world.app(routes), 500).await > 0);
}
