//! The site, asked without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod erasing;
mod files;
mod guessing;
mod members;
mod sessions;
mod support;
mod work;
