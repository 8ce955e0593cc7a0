//! Forgetting a tenant everywhere: what holds data of tenants, and what was done to it.

#[cfg(feature = "erasure")]
pub mod receipts;
mod target;

pub use target::{Amount, Target, TargetError};
