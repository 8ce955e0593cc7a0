//! The site in headless Chromium.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod driver;
mod looks;
mod tenants;
