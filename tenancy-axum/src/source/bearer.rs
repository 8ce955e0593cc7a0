use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::{ResolveTenant, only_value};
use crate::{Candidate, Rejection};

/// The token of `Authorization: Bearer ..`, whose verified claims name the tenant.
///
/// A token that is not valid is a 401, whatever other sources say. Without one, or with another scheme, it says
/// nothing. What the verifier found goes into the extensions of the request as [`Claims`], for the directory and the
/// handlers.
///
/// ```
/// use tenancy_axum::{Bearer, Verified};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// let source = Bearer::verified_by(|token: &str| {
///     // Check the signature, the algorithm and the dates here.
///     # let (tenant, user) = token.split_once('/')?;
///     Some(Verified { tenant: Some(tenant.to_owned()), claims: User(user.to_owned()) })
/// });
/// ```
#[derive(Debug, Clone)]
pub struct Bearer<V>(V);

impl<V: VerifyToken> Bearer<V> {
    /// Tokens that this verifier accepts.
    pub fn verified_by(verifier: V) -> Self {
        Bearer(verifier)
    }
}

/// Checks tokens. Closures do.
pub trait VerifyToken: Send + Sync + 'static {
    /// What a token says.
    type Claims: Clone + Send + Sync + 'static;

    /// What a valid token says; `None` for any other.
    fn verify(&self, token: &str) -> Option<Verified<Self::Claims>>;
}

impl<F, C> VerifyToken for F
where
    F: Fn(&str) -> Option<Verified<C>> + Send + Sync + 'static,
    C: Clone + Send + Sync + 'static,
{
    type Claims = C;

    fn verify(&self, token: &str) -> Option<Verified<C>> {
        self(token)
    }
}

/// What a valid token says.
#[derive(Debug, Clone)]
pub struct Verified<C> {
    /// The tenant, if it names one.
    pub tenant: Option<String>,
    /// The rest, for the directory and the handlers.
    pub claims: C,
}

/// The claims of the request's token, in its extensions.
#[derive(Debug, Clone)]
pub struct Claims<C>(pub C);

impl<V: VerifyToken> ResolveTenant for Bearer<V> {
    async fn resolve(&self, parts: &mut Parts) -> Result<Vec<Candidate>, Rejection> {
        let Some(token) = token(parts)? else {
            return Ok(Vec::new());
        };
        let Verified { tenant, claims } = self.0.verify(token).ok_or(Rejection::InvalidToken)?;
        parts.extensions.insert(Claims(claims));
        let tenant = tenant.map(|tenant| Candidate::verified("token", &tenant));
        Ok(tenant.transpose()?.into_iter().collect())
    }
}

fn token(parts: &Parts) -> Result<Option<&str>, Rejection> {
    let Some(value) = only_value(parts, &AUTHORIZATION, "token")? else {
        return Ok(None);
    };
    let value = str::from_utf8(value).map_err(|_| Rejection::InvalidToken)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    Ok(scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start_matches(' ')))
}
