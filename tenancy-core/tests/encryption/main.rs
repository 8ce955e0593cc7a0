//! Encryption per tenant, from outside.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "what the tests share stops a test at the first failure, and nobody else sees it"
)]

mod codecs;
mod envelope;
mod keyring;
mod leases;
mod operations;
mod primitives;
mod records;
mod roots;
mod secrets;
mod support;
mod untyped;
