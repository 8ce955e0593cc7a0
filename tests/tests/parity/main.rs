//! What Diesel offers and what of it a scope takes: `docs/parity.md`, row by row.
//!
//! A test runs the same lines twice: as tenant A of a database that has two tenants with the same keys, and
//! with plain Diesel on a database that has the rows of A alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[macro_use]
mod same;

mod expressions;
mod names;
mod queries;
mod refusals;
mod runs;
mod surface;
mod world;
mod writes;
