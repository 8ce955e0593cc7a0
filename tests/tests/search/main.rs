//! Full-text search of two tenants whose documents have the same keys.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod attacks;
mod engine;
mod meaning;
mod plans;
#[allow(
    missing_debug_implementations,
    unreachable_pub,
    reason = "written by the Diesel CLI"
)]
mod schema;
mod tables;
mod world;
