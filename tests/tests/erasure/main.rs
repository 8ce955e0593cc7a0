//! Erasing one tenant of a database, on tables that belong to tenants in every way.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod attacks;
mod generated;
mod killed;
mod outside;
mod unknown;
mod whole;
mod world;
