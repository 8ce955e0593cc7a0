//! A tenant's data taken out of one database and brought into another, under another id.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod attacks;
mod export;
mod import;
#[allow(unreachable_pub, reason = "`diesel print-schema` makes it public")]
mod schema;
mod world;
