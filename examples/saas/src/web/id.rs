//! Ids in addresses.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use uuid::Uuid;

use super::Failure;

/// The id at the end of the named parts of an address. What is no id is not found, like an id that nobody has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Failure::NotFound)?;
        let last = params.iter().last();
        let id = last.and_then(|(_, text)| Uuid::try_parse(text).ok());
        id.map(Id).ok_or(Failure::NotFound)
    }
}
