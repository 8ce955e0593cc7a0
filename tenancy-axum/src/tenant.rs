use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tenancy_diesel::SqlTenantId;

use crate::Rejection;

/// The tenant of the request, which the directory found.
///
/// ```
/// use tenancy_axum::Tenant;
///
/// async fn whose(Tenant(org): Tenant<i64>) -> String {
///     format!("organisation {org}")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant<Id>(pub Id);

impl<Id: SqlTenantId, S: Sync> FromRequestParts<S> for Tenant<Id> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let tenant = parts.extensions.get::<Admitted<Id>>();
        Ok(Tenant(tenant.ok_or(Rejection::NoLayer)?.0.clone()))
    }
}

/// In the extensions of a request, where nothing but the layer can put it.
#[derive(Clone)]
pub(crate) struct Admitted<Id>(pub(crate) Id);
