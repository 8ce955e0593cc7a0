use axum::http::request::Parts;
use tenancy_diesel::TenantId;

use super::Settings;
use crate::limit::Visit;
use crate::pool::Pool;
use crate::{Rejection, ResolveTenant, TenantDirectory};

/// A request that may act for its tenant.
pub(super) struct Admission<Id: TenantId> {
    pub(super) tenant: Id,
    /// Counts until it is dropped.
    pub(super) visit: Option<Visit<Id>>,
}

impl<P, R, D> Settings<P, R, D>
where
    P: Pool,
    R: ResolveTenant,
    D: TenantDirectory<Id = P::Id>,
{
    pub(super) async fn admit(&self, parts: &mut Parts) -> Result<Admission<P::Id>, Rejection> {
        let tenant = self.find(parts).await?;
        tenant.validate().map_err(Rejection::InvalidTenant)?;
        let visit = match &self.limiter {
            Some(limiter) => Some(limiter.enter(&tenant).await?),
            None => None,
        };
        Ok(Admission { tenant, visit })
    }

    /// The tenant that all names of the request lead to. They are compared as ids: one may be a slug and another one an
    /// id. Each has passed the directory before, so that a conflict tells nothing of a tenant that is not the user's.
    async fn find(&self, parts: &mut Parts) -> Result<P::Id, Rejection> {
        let names = self.source.resolve(parts).await?;
        let mut found: Option<P::Id> = None;
        for (nth, name) in names.iter().enumerate() {
            if names[..nth]
                .iter()
                .any(|asked| asked.is_same_question(name))
            {
                continue;
            }
            let answer = self.directory.find(name, parts).await?;
            let tenant = answer.ok_or(Rejection::Unknown)?;
            if found.as_ref().is_some_and(|found| *found != tenant) {
                return Err(Rejection::Conflict);
            }
            found = Some(tenant);
        }
        found.ok_or(Rejection::Missing)
    }
}
