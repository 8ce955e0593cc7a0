//! The operations on encrypted values, on a schema of their own with two tenants whose rows have the same keys.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod canary;
mod concurrency;
mod destroy;
mod killed;
mod plaintext;
mod reencrypt;
mod schema;
mod shred;
mod world;
