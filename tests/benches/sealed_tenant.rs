//! What a sealed tenant costs a statement, beside the plain variable:
//! `cargo bench -p tenancy-tests --bench sealed_tenant`.
//!
//! The runs of the variants are interleaved, so that noise of the machine meets all of them. Given are the
//! time that a tenth of the runs do not exceed, which a busy machine disturbs least, and the median.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_testing::{Fixture, TenantDatabase};
use tenancy_tests::database::set_up_with;
use tenancy_tests::schema::{REGISTRY, Scoped as ShopScope, projects};
use tenancy_tests::sealed::{prepare, sealer};
use tenancy_tests::{A, B, OrgId};

static PLAIN: Fixture<OrgId> = Fixture::new(&REGISTRY, |db| {
    let policies = db.policy_options();
    set_up_with(db, &policies)
})
.tenants(|| [A, B]);

static SEALED: Fixture<OrgId> = Fixture::new(&REGISTRY, |db| {
    prepare(db)?;
    let policies = db.policy_options().sealed();
    set_up_with(db, &policies)
})
.tenants(|| [A, B]);

const RUNS: usize = 2000;
const WARM: usize = 200;

fn main() {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let (plain, sealed) = (PLAIN.database(), SEALED.database());
            sealing();
            verifying(&sealed);
            statements(&plain, &sealed).await;
        });
}

/// In the application, each time a scope is opened.
fn sealing() {
    let sealer = sealer();
    let begin = Instant::now();
    for _ in 0..100_000 {
        black_box(sealer.seal("app.tenant_id", &black_box(A)));
    }
    println!("sealing: {:.2} us", micros(begin.elapsed()) / 100_000.0);
}

/// In the database: many calls in one statement, and one in a transaction of its own, which is what a scope's
/// statement does.
fn verifying(sealed: &TenantDatabase<OrgId>) {
    let mut conn = sealed.raw();
    let value = sealer().seal("app.tenant_id", &A);
    conn.batch_execute(&format!(
        "SET app.tenant_id = '{}'; SET app.plain = '{}'",
        value.text(),
        A.0
    ))
    .unwrap();
    let tenants = [
        "nullif(current_setting('app.plain', true), '')",
        "tenancy.sealed_tenant('app.tenant_id', false)",
    ];
    let many = |tenant| {
        format!("SELECT count({tenant}::uuid::text || n) FROM generate_series(1, 200) AS n")
    };
    let one = |tenant| format!("BEGIN; SELECT {tenant}::uuid; COMMIT");
    for (label, calls, variants) in [
        ("one of many calls", 200.0, tenants.map(many)),
        ("a call in a transaction of its own", 1.0, tenants.map(one)),
    ] {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..1000 {
            for (sql, times) in variants.iter().zip(&mut times) {
                let begin = Instant::now();
                conn.batch_execute(sql).unwrap();
                times.push(begin.elapsed());
            }
        }
        let [plain, sealed] = times.map(|mut times| micros(fastest_tenth(&mut times)) / calls);
        println!(
            "{label}: {sealed:.2} us, plain {plain:.2} us, so {:.2} us more",
            sealed - plain
        );
    }
}

async fn statements(plain: &TenantDatabase<OrgId>, sealed: &TenantDatabase<OrgId>) {
    let connect = async |db: &TenantDatabase<OrgId>| Scoped::open(db.async_raw().await, A).unwrap();
    let sealer = sealer();
    let bare = sealer.clone().padding(0).unwrap();
    let mut variants = [
        ("plain variable", connect(plain).await),
        (
            "sealed, without padding",
            connect(sealed).await.with_sealer(&bare),
        ),
        (
            "sealed, padding 1 KiB",
            connect(sealed).await.with_sealer(&sealer),
        ),
        (
            "sealed, padding 16 KiB",
            connect(sealed)
                .await
                .with_sealer(&sealer.padding(16_384).unwrap()),
        ),
    ];
    for in_transaction in [false, true] {
        let mut times = vec![Vec::with_capacity(RUNS); variants.len()];
        for run in 0..RUNS + WARM {
            for ((_, scope), times) in variants.iter_mut().zip(&mut times) {
                let begin = Instant::now();
                let rows = match in_transaction {
                    false => list(scope).await,
                    true => scope.transaction(async |conn| list(conn).await).await,
                };
                assert_eq!(rows, Ok(3));
                if run >= WARM {
                    times.push(begin.elapsed());
                }
            }
        }
        let title = if in_transaction {
            "a list of 3 in a transaction"
        } else {
            "a list of 3, in one round trip"
        };
        println!("{title}");
        let base = micros(fastest_tenth(&mut times[0]));
        for ((label, _), times) in variants.iter().zip(&mut times) {
            let fast = micros(fastest_tenth(times));
            println!(
                "  {fast:>8.1} us  {:+.1} us  (median {:.1} us)  {label}",
                fast - base,
                micros(times[times.len() / 2]),
            );
        }
    }
}

async fn list(conn: &mut ShopScope<AsyncPgConnection>) -> QueryResult<usize> {
    projects::table
        .order(projects::id)
        .limit(10)
        .select(projects::name)
        .load::<String>(conn)
        .await
        .map(|rows| rows.len())
}

fn fastest_tenth(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 10]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
