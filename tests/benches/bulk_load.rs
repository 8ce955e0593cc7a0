//! What loading 10,000 rows costs: `cargo bench -p tenancy-tests --bench bulk_load`.
//!
//! COPY is the yardstick. PostgreSQL refuses it to the application role under row-level security, so it
//! runs as the superuser, past the policies. The runs of the variants are interleaved, and medians are
//! given with the middle half of the times.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{Scoped, tasks};
use tenancy_tests::{A, OrgId, plain};

const ROWS: i32 = 10_000;
const RUNS: usize = 15;

#[derive(Insertable)]
#[diesel(table_name = plain::tasks, treat_none_as_default_value = false)]
struct PlainTask {
    tenant_id: OrgId,
    id: i32,
    project_id: i32,
    title: String,
    points: i32,
}

fn ids() -> impl Iterator<Item = i32> {
    1000..1000 + ROWS
}

fn copy(superuser: &mut PgConnection) -> usize {
    let rows: Vec<PlainTask> = ids()
        .map(|id| PlainTask {
            tenant_id: A,
            id,
            project_id: 1,
            title: format!("task {id}"),
            points: id,
        })
        .collect();
    diesel::copy_from(plain::tasks::table)
        .from_insertable(rows)
        .execute(superuser)
        .unwrap()
}

fn unnest(conn: &mut Scoped<PgConnection>, size: usize) -> usize {
    let all: Vec<i32> = ids().collect();
    conn.transaction(|conn| {
        all.chunks(size).try_fold(0, |loaded, chunk| {
            let rows = chunk.iter().map(|&id| (id, 1, format!("task {id}"), id));
            let columns = (tasks::id, tasks::project_id, tasks::title, tasks::points);
            insert_into(tasks::table)
                .unnest(columns, rows)
                .execute(conn)
                .map(|rows| loaded + rows)
        })
    })
    .unwrap()
}

fn values(conn: &mut Scoped<PgConnection>, size: usize) -> usize {
    let all: Vec<i32> = ids().collect();
    conn.transaction(|conn| {
        all.chunks(size).try_fold(0, |loaded, chunk| {
            let rows: Vec<_> = chunk
                .iter()
                .map(|&id| {
                    (
                        tasks::id.eq(id),
                        tasks::project_id.eq(1),
                        tasks::title.eq(format!("task {id}")),
                        tasks::points.eq(id),
                    )
                })
                .collect();
            insert_into(tasks::table)
                .values(rows)
                .execute(conn)
                .map(|rows| loaded + rows)
        })
    })
    .unwrap()
}

fn main() {
    let shop = Shop::new(Layers::Both);
    let mut superuser = shop.superuser();
    let mut loader = shop.superuser();
    let mut scope = shop.scope(A);
    let variants = [
        "COPY as the superuser",
        "unnest, one statement",
        "unnest, 1,000 rows a statement",
        "VALUES, 1,000 rows a statement",
    ];
    let mut times = vec![Vec::with_capacity(RUNS); variants.len()];
    for run in 0..RUNS + 2 {
        for (variant, times) in times.iter_mut().enumerate() {
            superuser
                .batch_execute("DELETE FROM tasks WHERE id >= 1000")
                .unwrap();
            // VACUUM does not run in a transaction, which several statements at once are.
            superuser.batch_execute("VACUUM tasks").unwrap();
            let begin = Instant::now();
            let loaded = match variant {
                0 => copy(&mut loader),
                1 => unnest(&mut scope, ROWS as usize),
                2 => unnest(&mut scope, 1000),
                _ => values(&mut scope, 1000),
            };
            assert_eq!(loaded, ROWS as usize);
            if run >= 2 {
                times.push(begin.elapsed());
            }
        }
    }
    println!("{ROWS} rows of 4 columns and the tenant, median of {RUNS}");
    let base = median(&mut times[0]);
    for (label, times) in variants.iter().zip(&mut times) {
        let middle = median(times);
        println!(
            "  {:>8.1} ms  ({:>7.1} .. {:>7.1})  {:.2}x  {label}",
            millis(middle),
            millis(times[times.len() / 4]),
            millis(times[times.len() * 3 / 4]),
            middle.as_secs_f64() / base.as_secs_f64(),
        );
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
