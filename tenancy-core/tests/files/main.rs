//! Files of tenants: in memory, on the local disk, and in stores that misbehave.

#![allow(clippy::unwrap_used, reason = "tests")]

mod disk;
mod encrypted;
mod erasure;
mod isolation;
mod names;
mod oracle;
mod probe;
mod signing;
mod support;
mod uploads;
