//! Sixty-four tasks over pools of eight connections.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::Pool;
use tenancy_diesel::bb8::ConnectionManager;
use tokio::sync::Mutex;

use crate::by_hand::ByHand;
use crate::database::{Databases, TENANTS, tenant};
use crate::scoped::schema::TenantPool;
use crate::variant::{Variant, next};
use crate::work::{Operation, Work};
use crate::{plain, scoped};

const TASKS: u128 = 64;
const CONNECTIONS: u32 = 8;
/// Of all tasks together, in one slice.
const RUNS: u32 = 3_200;
const SLICES: usize = 11;

#[derive(Clone)]
enum Crowd {
    Plain(Pool<AsyncPgConnection>, Variant),
    /// A connection serves one transaction at a time.
    ByHand(Arc<[Mutex<ByHand>]>),
    Scoped(TenantPool, Variant),
}

const VARIANTS: [Variant; 6] = [
    Variant::Bare,
    Variant::Recipe,
    Variant::ByHand,
    Variant::ScopedFilterOnly,
    Variant::Scoped,
    Variant::ScopedSession,
];

pub(crate) fn throughput(databases: &Databases) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut text = format!(
        "### {TASKS} tasks over {CONNECTIONS} connections, loopback\n\n\
         | operation | variant | operations a second, median | middle half | ratio |\n\
         |---|---|---|---|---|\n"
    );
    runtime.block_on(async {
        let mut crowds = Vec::new();
        for variant in VARIANTS {
            crowds.push(connect(databases, variant).await);
        }
        for operation in [Operation::Point, Operation::List, Operation::Transaction] {
            let mut rates = vec![Vec::new(); crowds.len()];
            for slice in 0..=SLICES {
                for (crowd, rates) in crowds.iter().zip(&mut rates) {
                    let taken = run(crowd, operation).await;
                    if slice > 0 {
                        rates.push(f64::from(RUNS) / taken.as_secs_f64());
                    }
                }
            }
            let mut bare = 0.0;
            for (variant, mut rates) in VARIANTS.into_iter().zip(rates) {
                rates.sort_by(f64::total_cmp);
                let at = |part: usize| rates[rates.len() * part / 4];
                if variant == Variant::Bare {
                    bare = at(2);
                }
                writeln!(
                    text,
                    "| {} | {} | {:.0} | {:.0} .. {:.0} | {:.2} |",
                    operation.name(),
                    variant.name(),
                    at(2),
                    at(1),
                    at(3),
                    at(2) / bare,
                )
                .unwrap();
            }
        }
    });
    text
}

async fn connect(databases: &Databases, variant: Variant) -> Crowd {
    let url = variant.url(databases);
    match variant {
        Variant::ScopedFilterOnly | Variant::Scoped | Variant::ScopedSession => {
            let pool = bb8::Pool::builder()
                .max_size(CONNECTIONS)
                .test_on_check_out(false)
                .build(ConnectionManager::new(url))
                .await
                .unwrap();
            let mut pool = TenantPool::builder(pool);
            if !variant.is_secured() {
                pool =
                    pool.dangerously_skip_boot_check("what policies cost is measured without them");
            }
            Crowd::Scoped(pool.build().await.unwrap(), variant)
        }
        Variant::ByHand => {
            let mut clients = Vec::new();
            for _ in 0..CONNECTIONS {
                clients.push(Mutex::new(ByHand::connect(&url, true).await));
            }
            Crowd::ByHand(clients.into())
        }
        _ => {
            let pool = Pool::builder()
                .max_size(CONNECTIONS)
                .test_on_check_out(false)
                .build(AsyncDieselConnectionManager::new(url))
                .await
                .unwrap();
            Crowd::Plain(pool, variant)
        }
    }
}

async fn run(crowd: &Crowd, operation: Operation) -> Duration {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let crowd = crowd.clone();
            tokio::spawn(async move {
                for run in 0..u128::from(RUNS) / TASKS {
                    let tenant = tenant((task * 97 + run * 13) % TENANTS);
                    let work = Work::new(operation, next());
                    let rows = match &crowd {
                        Crowd::Plain(pool, variant) => {
                            let mut conn = pool.get().await.unwrap();
                            if *variant == Variant::Recipe {
                                plain::recipe(&mut conn, tenant.0, work).await
                            } else {
                                plain::bare(&mut conn, tenant.0, work).await
                            }
                        }
                        Crowd::ByHand(clients) => {
                            let client = &clients[task as usize % clients.len()];
                            client.lock().await.run(tenant.0, work).await
                        }
                        Crowd::Scoped(pool, variant) => {
                            let mut conn = pool.scope(tenant).await.unwrap();
                            if *variant == Variant::ScopedSession {
                                conn = conn.dangerously_set_for_session();
                            }
                            scoped::scoped(&mut conn, work).await
                        }
                    };
                    assert_eq!(rows, Ok(operation.rows()));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    begin.elapsed()
}
