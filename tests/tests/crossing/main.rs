//! Reading the rows of all tenants, for a reason that is on record.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(missing_docs, reason = "the modules are named by what they claim")]

mod asynchronous;
mod leaks;
mod queries;
mod records;
mod roles;
#[path = "../observe/subscriber.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod subscriber;
mod world;
