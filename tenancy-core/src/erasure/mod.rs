//! Forgetting a tenant everywhere: what holds data of tenants, and what was done to it.

mod report;
mod target;

pub use report::{Left, Report, Step, StepKind};
pub use target::{Amount, Target, TargetError};
