//! The end of an organisation: its rows, files, cached images and waiting jobs, and its keys.

use std::fmt;
use std::sync::Arc;

use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_core::files::TenantFiles;
use tenancy_diesel::encryption::Keyring;
use tenancy_diesel::erasure::{Erasure, Report};
use tenancy_diesel::jobs::Queue;

use crate::cache::Cache;
use crate::schema::REGISTRY;
use crate::{BoxError, OrgId};

/// Erases organisations, on connections of a role of its own.
pub(crate) struct Eraser {
    pub(crate) url: String,
    pub(crate) keyring: Keyring,
    pub(crate) files: Arc<TenantFiles>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) queue: Arc<Queue>,
}

impl Eraser {
    /// Erases an organisation and says what was done. Where it is cut off, it goes on when it is called again.
    ///
    /// The report is the operator's record; `tenancy receipt` signs it and keeps a copy outside of the database, so
    /// that a backup which is restored can be brought up to date by `tenancy replay`.
    pub(crate) async fn erase(&self, org: &OrgId, by: &str) -> Result<Report, BoxError> {
        let erasure = Erasure::new(&REGISTRY)
            .requested_by(by, "asked for on the page of the organisation")
            .target(self.queue.clone())
            .target(self.files.clone())
            .target(self.cache.clone())
            .keys(&self.keyring);
        let mut conn = AsyncPgConnection::establish(&self.url).await?;
        let plan = erasure.plan(&mut conn, org).await?;
        Ok(erasure.execute(&mut conn, &plan, |_| ()).await?)
    }
}

impl fmt::Debug for Eraser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eraser").finish_non_exhaustive()
    }
}
