//! Forgetting a tenant everywhere: what holds data of tenants, and what was done to it.

#[cfg(feature = "erasure")]
pub mod receipts;
mod report;
mod target;

pub use report::{Left, Report, Step, StepKind};
pub use target::{Amount, Target, TargetError};
