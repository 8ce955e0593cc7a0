//! Scoped statements beside the same by other means, in one run:
//! `cargo bench -p tenancy-tests --bench side_by_side`.
//!
//! The runs of the variants are interleaved, so that the noise of the machine meets all of them alike, and
//! what is given is medians with the middle half of the times. criterion measures one after the other, which
//! on a shared machine compares different minutes.
//!
//! The tables and the plot of docs/benchmarks.md are what it leaves in `target/side-by-side`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a measuring program tells where it is, and stops at the first failure"
)]

mod by_hand;
mod crowd;
mod database;
mod measure;
mod plain;
mod planning;
mod plot;
mod scoped;
mod variant;
mod work;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::database::Databases;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    eprintln!("making two databases with a million rows each");
    let databases = Databases::new();
    let mut tables = Vec::new();
    let mut text = String::new();
    for round_trip in [0, 500, 2_000].map(Duration::from_micros) {
        eprintln!("one task, round trip {round_trip:?}");
        let table = runtime.block_on(measure::times(&databases, round_trip));
        writeln!(text, "{table}").unwrap();
        tables.push(table);
    }
    if let Some(far) = tables.last() {
        writeln!(text, "{}", far.wire()).unwrap();
    }
    eprintln!("processor time of the client");
    let cpu = runtime.block_on(measure::processor_times(&databases));
    writeln!(text, "{cpu}").unwrap();
    eprintln!("sixty-four tasks");
    writeln!(text, "{}", crowd::throughput(&databases)).unwrap();
    eprintln!("planning");
    writeln!(text, "{}", planning::six_tables(&databases)).unwrap();

    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../side-by-side");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("tables.md"), &text).unwrap();
    fs::write(directory.join("plot.svg"), plot::svg(&tables)).unwrap();
    eprintln!("{text}");
}
