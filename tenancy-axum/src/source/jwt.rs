use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::de::DeserializeOwned;

use super::{Verified, VerifyToken};

type TenantOf<C> = Box<dyn Fn(&C) -> Option<String> + Send + Sync>;

/// Verifies JSON Web Tokens with the crate `jsonwebtoken`, for [`Bearer`](crate::Bearer).
///
/// The algorithm is the one that the application names, and never what the token names: `none` and every other one
/// are refused. A token must have `exp`, within a minute of leeway, and `nbf` is heeded. A token that has an audience
/// is refused unless it is [ours](Self::audience); set the audience and the issuer wherever the issuer knows other
/// applications too, for their tokens are signed as well as ours.
///
/// The application chooses the cryptography, with one of the features `rust_crypto` and `aws_lc_rs` of `jsonwebtoken`;
/// without one, verifying panics. Keys that change while the application runs are for a
/// [`VerifyToken`] of its own.
///
/// ```
/// use jsonwebtoken::{Algorithm, DecodingKey};
/// use tenancy_axum::{Bearer, Jwt};
///
/// #[derive(Clone, serde::Deserialize)]
/// struct User {
///     sub: String,
///     org: Option<String>,
/// }
///
/// # let public_key = [0; 32];
/// let key = DecodingKey::from_ed_der(&public_key);
/// let tokens = Jwt::new(Algorithm::EdDSA, key, |user: &User| user.org.clone())
///     .issuer("https://login.example.com")
///     .audience("shop");
/// let source = Bearer::verified_by(tokens);
/// ```
pub struct Jwt<C> {
    keys: Vec<DecodingKey>,
    validation: Validation,
    tenant: TenantOf<C>,
}

impl<C: DeserializeOwned + Clone + Send + Sync + 'static> Jwt<C> {
    /// Tokens that are signed with this algorithm, and verified with this key. The function finds the tenant in the
    /// claims, if they name one.
    pub fn new(
        algorithm: Algorithm,
        key: DecodingKey,
        tenant: impl Fn(&C) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.validate_nbf = true;
        Jwt {
            keys: vec![key],
            validation,
            tenant: Box::new(tenant),
        }
    }

    /// Another key for the same algorithm, for the time in which keys change.
    #[must_use]
    pub fn or_key(mut self, key: DecodingKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Requires `iss` to be this one.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.validation.set_issuer(&[issuer]);
        self.require("iss")
    }

    /// Requires `aud` to have this one.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.validation.set_audience(&[audience]);
        self.require("aud")
    }

    fn require(mut self, claim: &str) -> Self {
        let required = &mut self.validation.required_spec_claims;
        required.insert(claim.to_owned());
        self
    }
}

impl<C: DeserializeOwned + Clone + Send + Sync + 'static> VerifyToken for Jwt<C> {
    type Claims = C;

    fn verify(&self, token: &str) -> Option<Verified<C>> {
        let mut verified = (self.keys.iter()).map(|key| decode::<C>(token, key, &self.validation));
        let claims = verified.find_map(Result::ok)?.claims;
        let tenant = (self.tenant)(&claims);
        Some(Verified { tenant, claims })
    }
}

/// Nothing of the keys.
impl<C> fmt::Debug for Jwt<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt").finish_non_exhaustive()
    }
}
