//! What goes over the wire: the messages of each way to run a statement, their order and the round trips.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cache;
mod counts;
mod line;
mod order;
mod pipelines;
mod session;
mod transactions;
