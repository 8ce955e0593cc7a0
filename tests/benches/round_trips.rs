//! What a scoped statement costs on the wire and in time, beside the bare statement and the usual
//! recipe: `cargo bench -p tenancy-tests --bench round_trips`.
//!
//! The runs of the variants are interleaved, so that noise of the machine meets all of them, and
//! medians are given with the middle half of the times.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::time::{Duration, Instant};

use diesel::sql_types::{Bool, Text};
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

diesel::define_sql_function! {
    /// PostgreSQL's own function.
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}

const VARIANTS: [&str; 4] = [
    "bare statement, filter by hand",
    "usual recipe: BEGIN, set_config, query, COMMIT",
    "scoped",
    "scoped, in a transaction of one statement",
];

async fn bare(conn: &mut AsyncPgConnection, tenant: OrgId) -> usize {
    plain::projects::table
        .filter(plain::projects::tenant_id.eq(tenant.0))
        .order(plain::projects::id)
        .limit(10)
        .select(plain::projects::name)
        .load::<String>(conn)
        .await
        .unwrap()
        .len()
}

async fn usual(conn: &mut AsyncPgConnection, tenant: OrgId) -> usize {
    conn.transaction(async |conn| {
        diesel::select(set_config("app.tenant_id", tenant.0.to_string(), true))
            .execute(conn)
            .await?;
        QueryResult::Ok(bare(conn, tenant).await)
    })
    .await
    .unwrap()
}

async fn scoped(conn: &mut ShopScope<AsyncPgConnection>) -> QueryResult<usize> {
    projects::table
        .order(projects::id)
        .limit(10)
        .select(projects::name)
        .load::<String>(conn)
        .await
        .map(|rows| rows.len())
}

fn main() {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            for round_trip in [
                Duration::ZERO,
                Duration::from_micros(500),
                Duration::from_millis(2),
            ] {
                measure(round_trip).await;
            }
        });
}

async fn measure(round_trip: Duration) {
    // Bare statements name no tenant to the policies, so the comparison is on the filter alone; the
    // cost of the policies is the server's and the same for all.
    let shop = Shop::new(Layers::FilterOnly);
    let server = PgServer::shared().unwrap();
    let proxy = WireProxy::start(server.socket_addr().unwrap(), round_trip / 2).unwrap();
    let url = proxy.url(&shop.url()).unwrap();
    let connect = || async { AsyncPgConnection::establish(&url).await.unwrap() };
    let mut bare_conn = connect().await;
    let mut usual_conn = connect().await;
    let mut scope = Scoped::open(connect().await, A).unwrap();

    println!("\nround trip {round_trip:?}");
    for state in ["cold", "warm"] {
        let mut trips = Vec::new();
        for variant in 0..VARIANTS.len() {
            proxy.reset();
            let rows = run_variant(variant, &mut bare_conn, &mut usual_conn, &mut scope).await;
            assert_eq!(rows, 3);
            trips.push(proxy.counters().round_trips.to_string());
        }
        // Without distance, an answer may arrive between two messages of one flight.
        if !round_trip.is_zero() {
            println!("  round trips, {state}: {}", trips.join(", "));
        }
    }

    let runs = if round_trip.is_zero() { 3000 } else { 400 };
    let mut times = vec![Vec::with_capacity(runs); VARIANTS.len()];
    for run in 0..runs + 50 {
        for (variant, times) in times.iter_mut().enumerate() {
            let begin = Instant::now();
            let rows = run_variant(variant, &mut bare_conn, &mut usual_conn, &mut scope).await;
            assert_eq!(rows, 3);
            if run >= 50 {
                times.push(begin.elapsed());
            }
        }
    }
    let base = median(&mut times[0]);
    for (label, times) in VARIANTS.iter().zip(&mut times) {
        let middle = median(times);
        println!(
            "  {:>9.1} us  ({:>7.1} .. {:>7.1})  {:.2}x  {label}",
            micros(middle),
            micros(times[times.len() / 4]),
            micros(times[times.len() * 3 / 4]),
            middle.as_secs_f64() / base.as_secs_f64(),
        );
    }
}

async fn run_variant(
    variant: usize,
    bare_conn: &mut AsyncPgConnection,
    usual_conn: &mut AsyncPgConnection,
    scope: &mut ShopScope<AsyncPgConnection>,
) -> usize {
    match variant {
        0 => bare(bare_conn, A).await,
        1 => usual(usual_conn, A).await,
        2 => scoped(scope).await.unwrap(),
        _ => scope
            .transaction(async |conn| scoped(conn).await)
            .await
            .unwrap(),
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
