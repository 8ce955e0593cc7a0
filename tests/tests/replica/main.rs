//! Reads on a standby by streaming replication: what holds there, what is refused, and what lags.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod conflicts;
mod crossing;
mod lag;
mod reads;
mod world;
mod writes;
