//! Background jobs against a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod alternating;
mod enqueueing;
mod erasing;
mod failing;
mod forging;
mod job;
mod once;
mod roles;
mod running;
mod stopping;
mod world;
