//! How tenant isolation fails elsewhere, each way as a test of its own.
//!
//! Two tenants, A and B, whose rows have the same keys. Every test acts as A, as a role that owns nothing
//! and is exempt from nothing, with real commits, and asserts that B's rows are neither seen, counted,
//! changed nor inferred. [`case!`](harness) runs a statement three ways and once without any defence,
//! where it must leak.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

#[macro_use]
mod harness;

mod connections;
mod database;
mod inference;
mod queries;
mod tenant_ids;
mod writes;
