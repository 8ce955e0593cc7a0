use axum::http::request::Parts;

use super::ResolveTenant;
use crate::{Candidate, Rejection};

/// Two sources, from [`ResolveTenant::and`].
#[derive(Debug, Clone)]
pub struct And<A, B>(A, B);

impl<A, B> And<A, B> {
    pub(super) fn new(one: A, other: B) -> Self {
        And(one, other)
    }
}

impl<A: ResolveTenant, B: ResolveTenant> ResolveTenant for And<A, B> {
    async fn resolve(&self, parts: &mut Parts) -> Result<Vec<Candidate>, Rejection> {
        let mut candidates = self.0.resolve(parts).await?;
        candidates.extend(self.1.resolve(parts).await?);
        Ok(candidates)
    }
}
