use axum::http::HeaderName;
use axum::http::request::Parts;

use super::{ResolveTenant, only_value};
use crate::{Candidate, Rejection};

/// A header that has the tenant's name.
///
/// Anybody can send any header: it is no proof of anything, and a directory must ask who the user is. A header that
/// is there twice is refused, even with equal values.
///
/// ```
/// use axum::http::HeaderName;
/// use tenancy_axum::Header;
///
/// let source = Header::named(HeaderName::from_static("x-tenant"));
/// ```
#[derive(Debug, Clone)]
pub struct Header(HeaderName);

impl Header {
    /// The header of this name.
    pub fn named(name: HeaderName) -> Self {
        Header(name)
    }
}

impl ResolveTenant for Header {
    async fn resolve(&self, parts: &mut Parts) -> Result<Vec<Candidate>, Rejection> {
        let Some(value) = only_value(parts, &self.0, "header")? else {
            return Ok(Vec::new());
        };
        let text = str::from_utf8(value).map_err(|_| Rejection::Unknown)?;
        Ok(vec![Candidate::named("header", text)?])
    }
}
