//! Sealed tenants: SQL in a scope cannot name another tenant, whatever it sets the variable to.
//!
//! Raw SQL meets the policies alone, so each attack runs as such, and once more where the policies read the
//! plain variable, as a control that must leak.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where its setup does"
)]

mod boot;
mod bouncer;
mod forgery;
mod function;
mod injection;
mod kit;
mod planner;
mod policies;
mod privileges;
mod rotation;
mod scopes;
mod visible;
mod world;
