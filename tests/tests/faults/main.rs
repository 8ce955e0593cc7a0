//! What goes wrong in production, done on purpose: after it, no lease sees another tenant's row, no
//! connection is lost from the pool, and what was acknowledged is in the database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails where its setup does, and the soak shows its ledger"
)]

mod cut;
mod each;
mod fault;
mod ledger;
mod network;
mod soak;
mod world;
