//! Sixty-four tasks over eight connections and two hundred tenants, while everything goes wrong.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tenancy_diesel::pool::Error;

use crate::fault::Fault;
use crate::world::{TENANTS, World, tenant};

const TASKS: u64 = 64;

/// How often each task works, and the seed; for a long run, through the environment.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn soak() {
    let rounds = setting("TENANCY_SOAK_ROUNDS", 40);
    let seed = setting("TENANCY_SOAK_SEED", 7);
    println!("TENANCY_SOAK_ROUNDS={rounds} TENANCY_SOAK_SEED={seed}");
    let world = Arc::new(World::new().await);

    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut rng = StdRng::seed_from_u64(seed ^ (task << 32));
                for _ in 0..rounds {
                    let n = rng.random_range(0..TENANTS);
                    if rng.random_ratio(1, 5) {
                        // Errors of the connection are what the fault is about, also for those beside.
                        let _ = random(&mut rng).happen(&world, n).await;
                    } else if let Err(error) = work(&world, n).await {
                        assert!(is_of_the_connection(&error), "{error:?}");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    if world.is_private() {
        let crashing = Arc::clone(&world);
        tokio::task::spawn_blocking(move || crashing.crash())
            .await
            .unwrap();
    }
    for n in 0..TENANTS {
        world.look_patiently(n).await;
    }
    world.check_pool().await;
    world.check();
    println!(
        "{}leaks                       0\nacknowledged, lost          0",
        world.ledger
    );
    assert!(world.ledger.kinds_of_faults() > 10);
}

/// Reads, writes a row and reads it again.
async fn work(world: &World, n: u128) -> Result<(), Error> {
    world.look(n).await?;
    let key = world.row(n);
    let mut conn = world.pool.scope(tenant(n)).await?;
    world.ledger.count_lease(1);
    world.insert(&mut conn, key).await?;
    Ok(())
}

/// Any fault but those that need both connections of a pair at once, which sixty-four tasks would not get
/// out of eight: they have tests of their own.
fn random(rng: &mut StdRng) -> Fault {
    let (polls, woken) = (rng.random_range(0..10), rng.random());
    match rng.random_range(0..11) {
        0 => Fault::StatementDropped { polls, woken },
        1 => Fault::TransactionDropped { polls, woken },
        2 => Fault::PanicInClosure,
        3 => Fault::PanicInRow,
        4 => Fault::StatementError,
        5 => Fault::SwallowedError,
        6 => Fault::CommitError,
        7 => Fault::SessionKilled,
        8 => Fault::NetworkCut {
            bytes: rng.random_range(0..5_000),
        },
        9 => Fault::StatementTimeout,
        _ => Fault::VariableChanged,
    }
}

fn is_of_the_connection(error: &Error) -> bool {
    use crate::world::AsQueryError;
    matches!(error, Error::Checkout(_)) || error.outcome_is_unknown()
}
