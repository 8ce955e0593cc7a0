//! Forgetting a tenant everywhere: what holds data of tenants, and what was done to it.

mod target;

pub use target::{Amount, Target, TargetError};
