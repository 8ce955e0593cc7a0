use std::fmt;

use crate::{BoxFuture, CanonicalTenant};

/// Why a target failed. Its text names no tenant and shows no data.
pub type TargetError = Box<dyn std::error::Error + Send + Sync>;

/// A place outside of the application's tables that holds data of tenants: files, a cache, a search
/// index, a queue, another service.
///
/// An erasure asks each of its targets, after the rows of the database are gone and before the keys are
/// shredded. It may be cut off anywhere and run again, so each method says what is there *now*.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use tenancy_core::erasure::{Amount, Target, TargetError};
/// use tenancy_core::{BoxFuture, CanonicalTenant};
///
/// /// Newsletters that wait to be sent.
/// #[derive(Debug, Default)]
/// struct Outbox(Mutex<HashMap<CanonicalTenant, Vec<String>>>);
///
/// impl Target for Outbox {
///     fn name(&self) -> &str {
///         "outbox"
///     }
///
///     fn count<'a>(&'a self, tenant: &'a CanonicalTenant) -> BoxFuture<'a, Result<Amount, TargetError>> {
///         Box::pin(async move {
///             let outbox = self.0.lock().map_err(|_| "the outbox is poisoned")?;
///             Ok(Amount::items(outbox.get(tenant).map_or(0, Vec::len) as u64))
///         })
///     }
///
///     fn erase<'a>(&'a self, tenant: &'a CanonicalTenant) -> BoxFuture<'a, Result<Amount, TargetError>> {
///         Box::pin(async move {
///             let mut outbox = self.0.lock().map_err(|_| "the outbox is poisoned")?;
///             Ok(Amount::items(outbox.remove(tenant).map_or(0, |letters| letters.len()) as u64))
///         })
///     }
/// }
/// ```
pub trait Target: fmt::Debug + Send + Sync {
    /// A short name that no other target of the same erasure has, such as `files`. It stands in plans and
    /// receipts, and a later release keeps it.
    fn name(&self) -> &str;

    /// What the target holds of the tenant. Zero of a tenant that it has never heard of.
    ///
    /// # Errors
    /// When it cannot tell. "Cannot be reached" is never a count of zero.
    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>>;

    /// Erases all that the target holds of the tenant, and says how much that was in this call. Erasing
    /// twice does no harm. What belongs to other tenants stays as it is, also where names or keys repeat.
    ///
    /// # Errors
    /// When something may be left. The erasure stops there, and goes on from there when it is run again.
    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>>;

    /// Where copies may remain that the target cannot reach, such as earlier versions in a bucket. The
    /// receipt lists them.
    fn copies(&self) -> Vec<String> {
        Vec::new()
    }
}

/// How much a [`Target`] holds, or has erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "erasure", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Amount {
    /// Files, entries, messages, keys.
    pub items: u64,
    /// Their size in bytes, where it is known.
    pub bytes: Option<u64>,
}

impl Amount {
    /// Items whose size is not known.
    pub const fn items(items: u64) -> Self {
        Amount { items, bytes: None }
    }

    /// Items of this size together.
    pub const fn sized(items: u64, bytes: u64) -> Self {
        Amount {
            items,
            bytes: Some(bytes),
        }
    }
}
