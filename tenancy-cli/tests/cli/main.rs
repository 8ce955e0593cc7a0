//! The real program on a real server: every command, its exit codes and what it says to obvious mistakes.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod audit;
mod basics;
mod doctor;
mod erase;
mod explain;
mod keys;
mod migrations;
mod policies;
mod pooler;
mod portability;
mod receipts;
mod registry;
mod replay;
mod secrets;
mod support;
