//! One fault, then a thousand leases.

use crate::fault::Fault;
use crate::world::{CONNECTIONS, TENANTS, World, tenant};

/// Each of the faults on one world, and a thousand leases of other tenants after each.
async fn after(faults: impl IntoIterator<Item = Fault>, leases: u128) {
    let world = World::new().await;
    for (i, fault) in faults.into_iter().enumerate() {
        let n = (17 * i as u128) % TENANTS;
        fault.happen(&world, n).await.unwrap();
        for lease in 1..=leases {
            world.look_patiently((n + lease) % TENANTS).await;
        }
        world.check_pool().await;
    }
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_dropped_at_any_await() {
    let points = (0..8)
        .flat_map(|polls| [false, true].map(|woken| Fault::StatementDropped { polls, woken }));
    after(points, 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_dropped_at_any_await() {
    let points = (0..12)
        .flat_map(|polls| [false, true].map(|woken| Fault::TransactionDropped { polls, woken }));
    after(points, 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panics() {
    after([Fault::PanicInClosure, Fault::PanicInRow], 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_statements_and_of_commit() {
    let faults = [
        Fault::StatementError,
        Fault::SwallowedError,
        Fault::CommitError,
    ];
    after(faults, 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlocks_and_serialization_failures() {
    after([Fault::Deadlock, Fault::SerializationFailure], 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_killed_or_run_out_of_time() {
    after([Fault::SessionKilled, Fault::StatementTimeout], 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_raw_sql_has_changed() {
    after([Fault::VariableChanged], 1_000).await;
}

/// From the answer to BEGIN to the middle of a long result.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_cut_anywhere() {
    let places = [0, 1, 5, 17, 60, 100, 150, 200, 300, 500, 5_000, 50_000];
    after(places.map(|bytes| Fault::NetworkCut { bytes }), 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_crashes_and_comes_back() {
    let world = World::new().await;
    for n in 0..20 {
        let mut conn = world.pool.scope(tenant(n)).await.unwrap();
        let key = world.row(n);
        world.insert(&mut conn, key).await.unwrap();
    }
    world.crash();
    for lease in 0..1_000 {
        world.look_patiently(lease % TENANTS).await;
    }
    world.check_pool().await;
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_is_exhausted() {
    let world = World::new().await;
    let mut held = Vec::new();
    for n in 0..u128::from(CONNECTIONS) {
        held.push(world.pool.scope(tenant(n)).await.unwrap());
    }
    // Waits in vain, and is dropped.
    assert!(
        crate::cut::cut(world.pool.scope(tenant(9)), 1, false)
            .await
            .is_none()
    );
    drop(held);
    for lease in 0..1_000 {
        world.look(lease % TENANTS).await.unwrap();
    }
    world.check_pool().await;
}
