//! Signed receipts, the chain that they make, and the sinks that keep them.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod chain;
mod directory;
mod forgery;
mod frozen;
mod issuing;
mod keys;
#[cfg(feature = "files")]
mod objects;
mod support;
