//! Tokens that must not be taken for valid ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Once;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use sha2::Sha256;
use signature::{Signer, Verifier};
use tenancy_axum::{Jwt, VerifyToken};

/// HMAC with SHA-256 for jsonwebtoken, which leaves cryptography to the application.
struct Hs256(Vec<u8>);

impl Hs256 {
    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.0).unwrap();
        mac.update(message);
        mac
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.mac(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], given: &Vec<u8>) -> Result<(), signature::Error> {
        let verified = self.mac(message).verify_slice(given);
        verified.map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, key: &EncodingKey| Ok(Box::new(Hs256(key.as_bytes().to_vec()))),
    verifier_factory: |_, key: &DecodingKey| Ok(Box::new(Hs256(key.try_get_as_bytes()?.to_vec()))),
    key_utils: KeyUtils::new_unimplemented(),
};

const SECRET: &[u8] = b"the secret of these tests";

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct User {
    sub: String,
    org: Option<String>,
}

fn tokens() -> Jwt<User> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| PROVIDER.install_default().unwrap());
    let key = DecodingKey::from_secret(SECRET);
    Jwt::new(Algorithm::HS256, key, |user: &User| user.org.clone())
}

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let signature = Hs256(secret.to_vec()).sign(message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn token(claims: &Value) -> String {
    signed(&json!({"alg": "HS256", "typ": "JWT"}), claims, SECRET)
}

/// So many seconds from now.
fn at(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

fn claims() -> Value {
    json!({"sub": "ann", "org": "a", "exp": at(600)})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_valid_token_names_its_tenant() {
    let verified = tokens().verify(&token(&claims())).unwrap();
    assert_eq!(verified.tenant.as_deref(), Some("a"));
    assert_eq!(verified.claims.sub, "ann");
    let without = tokens().verify(&token(&with("org", Value::Null))).unwrap();
    assert_eq!(without.tenant, None);
}

#[test]
fn what_was_not_signed_with_the_key_is_refused() {
    let header = json!({"alg": "HS256"});
    let good = token(&claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = message.split_once('.').unwrap();
    let forged = part(&with("org", json!("b")));
    for bad in [
        signed(&header, &claims(), b"another secret"),
        signed(&header, &claims(), b""),
        format!("{head}.{forged}.{signature}"),
        format!("{message}."),
        message.to_owned(),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        String::new(),
        "..".to_owned(),
    ] {
        assert!(tokens().verify(&bad).is_none(), "{bad}");
    }
}

#[test]
fn the_token_does_not_choose_the_algorithm() {
    for algorithm in [
        "none", "None", "NONE", "", "HS384", "HS512", "RS256", "EdDSA",
    ] {
        let header = json!({"alg": algorithm});
        let bad = signed(&header, &claims(), SECRET);
        assert!(tokens().verify(&bad).is_none(), "{algorithm}");
        let unsigned = format!("{}.{}.", part(&header), part(&claims()));
        assert!(tokens().verify(&unsigned).is_none(), "{algorithm}");
    }
    // A token that is signed with the public key, which everybody has, as if it were a secret.
    let public = [7; 32];
    let key = DecodingKey::from_ed_der(&public);
    let tokens = Jwt::new(Algorithm::EdDSA, key, |user: &User| user.org.clone());
    let forged = signed(&json!({"alg": "HS256"}), &claims(), &public);
    assert!(tokens.verify(&forged).is_none());
}

#[test]
fn a_token_has_its_time() {
    let mut without = claims();
    without.as_object_mut().unwrap().remove("exp");
    for bad in [
        without,
        with("exp", Value::Null),
        with("exp", json!("never")),
        with("exp", json!(at(-3600))),
        with("nbf", json!(at(3600))),
    ] {
        assert!(tokens().verify(&token(&bad)).is_none(), "{bad}");
    }
    let begun = with("nbf", json!(at(-3600)));
    assert!(tokens().verify(&token(&begun)).is_some());
}

#[test]
fn a_token_for_another_application_or_of_another_issuer_is_refused() {
    // Of which we know nothing.
    let other = with("aud", json!("other"));
    assert!(tokens().verify(&token(&other)).is_none());

    let strict = || tokens().issuer("login").audience("shop");
    let mut good = with("aud", json!(["shop", "other"]));
    good["iss"] = json!("login");
    assert!(strict().verify(&token(&good)).is_some());
    for (claim, value) in [
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("iss", json!("another login")),
        ("iss", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[claim] = value;
        assert!(strict().verify(&token(&bad)).is_none(), "{bad}");
        let removed = bad.as_object_mut().unwrap().remove(claim);
        assert!(removed.is_some());
        assert!(strict().verify(&token(&bad)).is_none(), "{bad}");
    }
}

#[test]
fn the_old_key_is_good_for_as_long_as_it_is_named() {
    let new = || {
        Jwt::new(
            Algorithm::HS256,
            DecodingKey::from_secret(b"the new one"),
            |user: &User| user.org.clone(),
        )
    };
    let old = token(&claims());
    let _provider = tokens();
    assert!(new().verify(&old).is_none());
    let both = new().or_key(DecodingKey::from_secret(SECRET));
    assert!(both.verify(&old).is_some());
    assert!(!format!("{both:?}").contains("new one"));
}
