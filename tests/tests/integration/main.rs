//! Every query form against a real PostgreSQL, as the application role, on real commits: two tenants
//! with the same keys, once with both layers and once with the filter alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod asynchronous;
mod bulk;
mod cancellation;
mod generic;
mod ids;
mod isolation;
mod layers;
mod options;
mod pools;
mod regions;
mod scope;
mod select;
mod session;
mod sql;
mod write;
