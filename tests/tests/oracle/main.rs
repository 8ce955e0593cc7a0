//! A property test: random statements and rows for three tenants with the same keys, run through `Scoped`
//! and, as an oracle, by plain Diesel on databases that hold one tenant's rows each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(unreachable_pub, reason = "a test has no outside")]

mod case;
mod grid;
mod outcome;
mod random;
mod rows;
mod run;
mod side;
mod world;

use std::io::Write;

/// The seed of a run is random, and printed. `TENANCY_ORACLE_SEED` repeats a run,
/// `TENANCY_ORACLE_STATEMENTS` makes it shorter or longer, `TENANCY_ORACLE_SHAPE` runs one shape alone, and
/// `TENANCY_ORACLE_LAYERS=filter` leaves the databases with policies out.
#[test]
fn every_statement_of_a_scope_does_what_it_does_where_the_tenant_is_alone() {
    let settings = run::Settings::from_environment();
    // Written past the test runner, which would keep the output of a test that passes.
    let mut out = std::io::stdout();
    writeln!(
        out,
        "TENANCY_ORACLE_SEED={} TENANCY_ORACLE_STATEMENTS={}",
        settings.seed, settings.statements
    )
    .unwrap();
    let mut run = run::Run::new(settings);
    while let Some(failure) = run.next() {
        if let Err(failure) = failure {
            panic!("{failure}");
        }
    }
    writeln!(out, "{run}").unwrap();
    run.assert_covered();
}
