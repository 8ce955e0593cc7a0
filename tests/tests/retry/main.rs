//! Transactions that are run again: real conflicts, on both kinds of connection.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod asynchronous;
mod blocking;
mod lost_commit;
mod world;
