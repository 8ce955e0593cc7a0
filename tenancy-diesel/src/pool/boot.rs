//! What a pool looks at before it hands out its first scope.
//!
//! Row-level security is worth nothing where it does not apply, and nothing fails then: every query simply
//! finds more rows. So a pool refuses such a database, with all that the [auditor](crate::audit) finds.

use diesel::QueryResult;
use tenancy_core::Registry;

use super::BuildError;
use super::error::list;
use crate::audit::{Audit, Finding, Report};

/// What to look at, and what to do about it.
#[derive(Debug)]
pub(super) struct Settings {
    registries: Vec<&'static Registry>,
    /// Why findings are only to be warned of.
    skip: Option<String>,
}

impl Settings {
    pub(super) fn new(registry: &'static Registry) -> Self {
        Settings {
            registries: vec![registry],
            skip: None,
        }
    }

    pub(super) fn also(&mut self, registry: &'static Registry) {
        self.registries.push(registry);
    }

    pub(super) fn skip(&mut self, reason: String) {
        self.skip = Some(reason);
    }

    /// # Errors
    /// [`BuildError::NoReason`] before anything is asked of the database.
    pub(super) fn validate(&self) -> Result<(), BuildError> {
        match &self.skip {
            Some(reason) if reason.trim().is_empty() => Err(BuildError::NoReason),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`BuildError::UnsafeDatabase`] with everything that was found.
    fn judge(&self, findings: Vec<Finding>) -> Result<(), BuildError> {
        match &self.skip {
            _ if findings.is_empty() => Ok(()),
            None => Err(BuildError::UnsafeDatabase { findings }),
            Some(reason) => {
                tracing::warn!(reason, "the boot check was skipped:{}", list(&findings));
                Ok(())
            }
        }
    }
}

/// Adds the errors of a report. What is wrong with a role is found with each registry again.
fn collect(findings: &mut Vec<Finding>, report: QueryResult<Report>) -> Result<(), BuildError> {
    for finding in report.map_err(BuildError::Query)?.errors() {
        let text = finding.to_string();
        if findings.iter().all(|known| known.to_string() != text) {
            findings.push(finding.clone());
        }
    }
    Ok(())
}

/// Looks at the database. The one place for asynchronous pools where a check is called.
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(super) async fn check(
    pg: &mut diesel_async::AsyncPgConnection,
    settings: &Settings,
) -> Result<(), BuildError> {
    let mut findings = Vec::new();
    for registry in &settings.registries {
        collect(&mut findings, Audit::boot(registry).run_async(pg).await)?;
    }
    settings.judge(findings)
}

/// Looks at the database. The one place for synchronous pools where a check is called.
#[cfg(feature = "r2d2")]
pub(super) fn check_blocking(
    pg: &mut diesel::PgConnection,
    settings: &Settings,
) -> Result<(), BuildError> {
    let mut findings = Vec::new();
    for registry in &settings.registries {
        collect(&mut findings, Audit::boot(registry).run(pg))?;
    }
    settings.judge(findings)
}
