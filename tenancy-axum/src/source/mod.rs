//! Where requests name their tenant.

mod and;
mod bearer;
mod header;
#[cfg(feature = "jwt")]
mod jwt;
mod path;
mod subdomain;

pub use and::And;
pub use bearer::{Bearer, Claims, Verified, VerifyToken};
pub use header::Header;
#[cfg(feature = "jwt")]
pub use jwt::Jwt;
pub use path::PathParam;
pub use subdomain::{InvalidDomain, Subdomain};

use axum::http::HeaderName;
use axum::http::request::Parts;

use crate::{Candidate, Rejection};

/// A place where requests name their tenant.
///
/// What it finds is a name. Whether the request may act for that tenant is the
/// [`TenantDirectory`](crate::TenantDirectory)'s to say.
pub trait ResolveTenant: Send + Sync + 'static {
    /// The names that this source has; none if it says nothing.
    ///
    /// # Errors
    /// A [`Rejection`] when it says something that has no clear meaning, or a name that no tenant can have. The request
    /// is refused then, whatever other sources say.
    fn resolve(
        &self,
        parts: &mut Parts,
    ) -> impl Future<Output = Result<Vec<Candidate>, Rejection>> + Send;

    /// This source and another one. All that say something must lead to the same tenant, or the request is refused.
    ///
    /// ```
    /// use axum::http::HeaderName;
    /// use tenancy_axum::{Header, PathParam, ResolveTenant};
    ///
    /// let sources = PathParam::named("org").and(Header::named(HeaderName::from_static("x-tenant")));
    /// ```
    fn and<O: ResolveTenant>(self, other: O) -> And<Self, O>
    where
        Self: Sized,
    {
        And::new(self, other)
    }
}

/// The value of a header, of which there must not be two: what is behind us may read the other one.
fn only_value<'a>(
    parts: &'a Parts,
    name: &HeaderName,
    source_name: &'static str,
) -> Result<Option<&'a [u8]>, Rejection> {
    let mut values = parts.headers.get_all(name).iter();
    let value = values.next();
    match values.next() {
        Some(_) => Err(Rejection::Ambiguous { source_name }),
        None => Ok(value.map(|value| value.as_bytes())),
    }
}
