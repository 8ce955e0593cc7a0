//! What a scope tells about its statements, to a subscriber that listens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod nesting;
mod requests;
mod spans;
mod subscriber;
