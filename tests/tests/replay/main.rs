//! Backups that are restored after erasures, and receipts of these outside of the database.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod receipts;
mod restored;
mod world;
