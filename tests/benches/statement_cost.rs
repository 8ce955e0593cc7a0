//! What a warm scoped statement costs the client beside the same statement on diesel-async with a
//! filter by hand: `cargo bench -p tenancy-tests --bench statement_cost`.
//!
//! Without arguments it measures time per statement and the throughput of 64 tasks, with the variants
//! interleaved in one process. With a variant and a number it runs this variant so many times and nothing
//! else, for a profiler:
//! `valgrind --tool=callgrind target/release/deps/statement_cost-.. scoped 2000`. Subtract a run with half
//! the number: what is left has no start-up in it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_testing::{PgServer, proxy::WireProxy};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{Scoped as ShopScope, projects};
use tenancy_tests::{A, OrgId};

/// The table as an application without this library declares it.
mod plain {
    diesel::table! {
        projects (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Int4,
            name -> Varchar,
        }
    }
}

const TASKS: usize = 64;

type Scope = ShopScope<AsyncPgConnection>;

async fn bare(conn: &mut AsyncPgConnection, tenant: OrgId) {
    let rows = plain::projects::table
        .filter(plain::projects::tenant_id.eq(tenant.0))
        .order(plain::projects::id)
        .limit(10)
        .select((plain::projects::id, plain::projects::name))
        .load::<(i32, String)>(conn)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
}

async fn scoped(conn: &mut Scope) {
    let rows = projects::table
        .order(projects::id)
        .limit(10)
        .select((projects::id, projects::name))
        .load::<(i32, String)>(conn)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
}

async fn bare_boxed(conn: &mut AsyncPgConnection, tenant: OrgId) {
    let rows = plain::projects::table
        .filter(plain::projects::tenant_id.eq(tenant.0))
        .order(plain::projects::id)
        .limit(10)
        .select((plain::projects::id, plain::projects::name))
        .into_boxed()
        .load::<(i32, String)>(conn)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
}

async fn scoped_boxed(conn: &mut Scope) {
    let rows = projects::table
        .order(projects::id)
        .limit(10)
        .select((projects::id, projects::name))
        .into_boxed()
        .load::<(i32, String)>(conn)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
}

async fn bare_list(conn: &mut AsyncPgConnection, tenant: OrgId) {
    let rows = plain::projects::table
        .filter(plain::projects::tenant_id.eq(tenant.0))
        .order(plain::projects::id)
        .limit(50)
        .select((plain::projects::id, plain::projects::name))
        .load::<(i32, String)>(conn)
        .await
        .unwrap();
    assert_eq!(rows.len(), 50);
}

async fn scoped_list(conn: &mut Scope) {
    let rows = projects::table
        .order(projects::id)
        .limit(50)
        .select((projects::id, projects::name))
        .load::<(i32, String)>(conn)
        .await
        .unwrap();
    assert_eq!(rows.len(), 50);
}

/// So that there are fifty and more.
async fn insert_fifty(conn: AsyncPgConnection) {
    let rows: Vec<_> = (100..150)
        .map(|id| (projects::id.eq(id), projects::name.eq(format!("p{id}"))))
        .collect();
    let mut scope = Scoped::open(conn, A).unwrap();
    insert_into(projects::table)
        .values(rows)
        .execute(&mut scope)
        .await
        .unwrap();
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    let single = arguments
        .next()
        .zip(arguments.next().and_then(|number| number.parse().ok()));
    match single {
        Some((variant, runs)) => current_thread(repeat(&variant, runs)),
        None => {
            current_thread(async {
                for round_trip in [Duration::ZERO, Duration::from_micros(500)] {
                    latency(round_trip).await;
                }
            });
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap()
                .block_on(throughput());
        }
    }
}

fn current_thread(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

async fn connect(url: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(url).await.unwrap()
}

/// One variant, for a profiler. The server is a process of its own and not in the profile.
async fn repeat(variant: &str, runs: usize) {
    let shop = Shop::new(Layers::FilterOnly);
    let mut conn = connect(&shop.url()).await;
    match variant {
        "bare" => {
            for _ in 0..runs {
                bare(&mut conn, A).await;
            }
        }
        "bare-boxed" => {
            for _ in 0..runs {
                bare_boxed(&mut conn, A).await;
            }
        }
        "bare-list" => {
            insert_fifty(connect(&shop.url()).await).await;
            for _ in 0..runs {
                bare_list(&mut conn, A).await;
            }
        }
        "scoped-list" => {
            insert_fifty(connect(&shop.url()).await).await;
            let mut scope = Scoped::open(conn, A).unwrap();
            for _ in 0..runs {
                scoped_list(&mut scope).await;
            }
        }
        "scoped" => {
            let mut scope = Scoped::open(conn, A).unwrap();
            for _ in 0..runs {
                scoped(&mut scope).await;
            }
        }
        "scoped-session" => {
            let mut scope = Scoped::open(conn, A).unwrap().dangerously_set_for_session();
            for _ in 0..runs {
                scoped(&mut scope).await;
            }
        }
        "scoped-boxed" => {
            let mut scope = Scoped::open(conn, A).unwrap();
            for _ in 0..runs {
                scoped_boxed(&mut scope).await;
            }
        }
        other => panic!("no variant `{other}`"),
    }
}

async fn latency(round_trip: Duration) {
    let shop = Shop::new(Layers::FilterOnly);
    let proxy;
    let url = if round_trip.is_zero() {
        shop.url()
    } else {
        let address = PgServer::shared().unwrap().socket_addr().unwrap();
        proxy = WireProxy::start(address, round_trip / 2).unwrap();
        proxy.url(&shop.url()).unwrap()
    };
    let mut conn = connect(&url).await;
    let mut scope = Scoped::open(connect(&url).await, A).unwrap();
    let runs = if round_trip.is_zero() { 6000 } else { 1000 };
    let mut times = vec![Vec::new(); 4];
    for run in 0..runs + 50 {
        for (variant, times) in times.iter_mut().enumerate() {
            let begin = Instant::now();
            match variant {
                0 => bare(&mut conn, A).await,
                1 => scoped(&mut scope).await,
                2 => bare_boxed(&mut conn, A).await,
                _ => scoped_boxed(&mut scope).await,
            }
            if run >= 50 {
                times.push(begin.elapsed());
            }
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64() * 1e6
        })
        .collect();
    println!("round trip {round_trip:?}");
    println!(
        "  bare {:.1} us, scoped {:.1} us: {:.2}x; boxed {:.1} us, {:.1} us: {:.2}x",
        medians[0],
        medians[1],
        medians[1] / medians[0],
        medians[2],
        medians[3],
        medians[3] / medians[2],
    );
}

/// 64 tasks over 8 connections each, in turns of both variants.
async fn throughput() {
    const CONNECTIONS: usize = 8;
    const TURN: Duration = Duration::from_millis(500);
    let shop = Shop::new(Layers::FilterOnly);
    let url = shop.url();
    let (mut bare_conns, mut scopes) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        bare_conns.push(std::sync::Arc::new(tokio::sync::Mutex::new(
            connect(&url).await,
        )));
        scopes.push(std::sync::Arc::new(tokio::sync::Mutex::new(
            Scoped::open(connect(&url).await, A).unwrap(),
        )));
    }
    let (mut of_bare, mut of_scoped) = (0, 0);
    for _ in 0..12 {
        let end = Instant::now() + TURN;
        let tasks: Vec<_> = (0..TASKS)
            .map(|i| {
                let conn = bare_conns[i % CONNECTIONS].clone();
                tokio::spawn(async move {
                    let mut done = 0;
                    while Instant::now() < end {
                        bare(&mut *conn.lock().await, A).await;
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        for task in tasks {
            of_bare += task.await.unwrap();
        }
        let end = Instant::now() + TURN;
        let tasks: Vec<_> = (0..TASKS)
            .map(|i| {
                let conn = scopes[i % CONNECTIONS].clone();
                tokio::spawn(async move {
                    let mut done = 0;
                    while Instant::now() < end {
                        scoped(&mut *conn.lock().await).await;
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        for task in tasks {
            of_scoped += task.await.unwrap();
        }
    }
    println!(
        "{TASKS} tasks over {CONNECTIONS} connections: bare {of_bare}, scoped {of_scoped} statements: \
         {:.2}x",
        f64::from(of_scoped) / f64::from(of_bare)
    );
}
