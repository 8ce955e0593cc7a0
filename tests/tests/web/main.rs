//! The tenant of a request and its transaction, in axum applications on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod connection;
mod directory;
mod http2;
mod interleaved;
mod limits;
mod round_trips;
mod sources;
mod tasks;
mod tenants;
mod transactions;
mod world;
