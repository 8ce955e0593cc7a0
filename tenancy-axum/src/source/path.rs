use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::ResolveTenant;
use crate::{Candidate, Rejection};

/// A parameter of the route, such as `org` in `/o/{org}/projects`.
///
/// Routes without it say nothing, so under a layer that has no other source they are refused.
///
/// ```
/// use tenancy_axum::PathParam;
///
/// let source = PathParam::named("org");
/// ```
#[derive(Debug, Clone)]
pub struct PathParam(&'static str);

impl PathParam {
    /// The parameter of this name.
    pub fn named(name: &'static str) -> Self {
        PathParam(name)
    }
}

impl ResolveTenant for PathParam {
    async fn resolve(&self, parts: &mut Parts) -> Result<Vec<Candidate>, Rejection> {
        use axum::extract::rejection::RawPathParamsRejection;

        let params = match RawPathParams::from_request_parts(parts, &()).await {
            Ok(params) => params,
            // A route without parameters.
            Err(RawPathParamsRejection::MissingPathParams(_)) => return Ok(Vec::new()),
            Err(_) => return Err(Rejection::Unknown),
        };
        (params.iter())
            .filter(|(name, _)| *name == self.0)
            .map(|(_, value)| Candidate::named("path", value))
            .collect()
    }
}
