//! Encrypted columns and the key store against a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod database;
mod guards;
mod isolation;
mod key_roles;
mod key_store;
mod schema;
mod stored_records;
mod tenants;
mod values;
