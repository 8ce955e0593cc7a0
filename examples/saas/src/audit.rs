//! The isolation auditor, asked at most once a minute.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::audit::{Audit, Report};
use tokio::sync::Mutex;

use crate::{BoxError, policies, schema};

const FRESH: Duration = Duration::from_secs(60);

/// Asks the auditor on a connection of its own. It reads the catalog and no rows, so its answer is the same for all
/// organisations.
pub struct Auditor {
    url: String,
    last: Mutex<Option<(Instant, Arc<Report>)>>,
}

impl Auditor {
    /// An auditor that connects there. Any role can read the catalog; this is the application's.
    pub fn new(url: impl Into<String>) -> Self {
        Auditor {
            url: url.into(),
            last: Mutex::new(None),
        }
    }

    /// What the auditor says, or has said within a minute.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn report(&self) -> Result<Arc<Report>, BoxError> {
        let mut last = self.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(report));
        }
        let mut conn = AsyncPgConnection::establish(&self.url).await?;
        let audit = Audit::new(&schema::REGISTRY).policies(policies::options());
        let report = Arc::new(audit.run_async(&mut conn).await?);
        *last = Some((Instant::now(), Arc::clone(&report)));
        Ok(report)
    }
}

impl fmt::Debug for Auditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auditor").finish_non_exhaustive()
    }
}
