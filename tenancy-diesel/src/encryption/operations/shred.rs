use std::fmt;

use tenancy_core::encryption::{Keyring, ShredReceipt};

use super::inventory::count;
#[cfg(feature = "async")]
use super::session::Asynchronous;
#[cfg(feature = "postgres")]
use super::session::Blocking;
use super::session::Session;
use super::{Inventory, Limits, OperationError};
#[cfg(feature = "async")]
use crate::AsyncScopeConnection;
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::{Registry, Scoped, SqlTenantId};

/// What became of a tenant whose keys were destroyed. The texts do not name the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says what still holds the keys"]
pub struct ShredReport {
    /// What was destroyed, and what may still hold it.
    pub receipt: ShredReceipt,
    /// The values that can no longer be opened.
    pub lost: Inventory,
}

impl fmt::Display for ShredReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.receipt)?;
        writeln!(f, "{} values can no longer be opened:", self.lost.total())?;
        for column in self.lost.columns() {
            writeln!(f, "  {column}")?;
        }
        write!(
            f,
            "The rows are still there, and so is what was never encrypted. Who can restore a copy of the key \
             record can open the values, those in backups, replicas and the write-ahead log of the database \
             included."
        )
    }
}

/// Destroys all keys of the scope's tenant for good, and counts the values that nobody can open from then
/// on. [`remaining`](super::remaining) is its dry run. Shredding twice does no harm.
///
/// The values are counted before, so that a database that does not answer keeps the keys, and again after.
/// Processes that have the keys unlocked may use them for a lease: their values are lost too, and are not
/// all in the count.
///
/// # Errors
/// As [`remaining`](super::remaining) and [`Keyring::shred`]; then the keys were not destroyed, unless the
/// key store's answer was lost. Run it again.
///
/// ```no_run
/// # #[cfg(feature = "async")]
/// # async fn example(
/// #     registry: &tenancy_diesel::Registry,
/// #     mut conn: tenancy_diesel::Scoped<diesel_async::AsyncPgConnection, i32>,
/// #     keyring: &tenancy_diesel::encryption::Keyring,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::encryption::operations::{Limits, shred};
///
/// let report = shred(&mut conn, registry, keyring, &Limits::new()).await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "async")]
pub async fn shred<C: AsyncScopeConnection, Id: SqlTenantId>(
    conn: &mut Scoped<C, Id>,
    registry: &Registry,
    keyring: &Keyring,
    limits: &Limits,
) -> Result<ShredReport, OperationError> {
    destroy(&mut Asynchronous(conn), registry, keyring, limits).await
}

/// `shred` on a synchronous connection.
///
/// # Errors
/// As `shred`.
#[cfg(feature = "postgres")]
pub fn shred_blocking<C: SyncScopeConnection, Id: SqlTenantId>(
    conn: &mut Scoped<C, Id>,
    registry: &Registry,
    keyring: &Keyring,
    limits: &Limits,
) -> Result<ShredReport, OperationError> {
    tenancy_core::encryption::wait(destroy(&mut Blocking(conn), registry, keyring, limits))
}

async fn destroy<S: Session>(
    session: &mut S,
    registry: &Registry,
    keyring: &Keyring,
    limits: &Limits,
) -> Result<ShredReport, OperationError> {
    let before = count(session, registry, limits).await?;
    let receipt = keyring.shred(session.tenant()).await?;
    // The keys are gone: the receipt must reach the caller, whatever the database says.
    let lost = count(session, registry, limits).await.unwrap_or(before);
    Ok(ShredReport { receipt, lost })
}
