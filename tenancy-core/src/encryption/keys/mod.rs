//! Unlocked keys, ready for synchronous use.

mod column;
mod derived;
mod lease;
mod tenant;

pub use column::Column;
pub use derived::DerivedKeys;
pub(super) use lease::Lease;
pub use lease::{Clock, Moment, SystemClock};
pub(super) use tenant::Snapshot;
pub use tenant::TenantKeys;
