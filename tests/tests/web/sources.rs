//! Tokens.

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::routing::get as on_get;
use tenancy_axum::{
    Bearer, Claims, PathParam, Rejection, ResolveTenant, TenantLayer, Verified, VouchedFor,
};
use tenancy_tests::{A, B};

use crate::world::{NAMES_OF_A, World, get, names, rejection, request, send};

#[derive(Debug, Clone)]
struct User(String);

/// A verifier whose only valid tokens begin with `good/`.
fn verify(token: &str) -> Option<Verified<User>> {
    let (tenant, user) = token.strip_prefix("good/")?.split_once('/')?;
    let tenant = (!tenant.is_empty()).then(|| tenant.to_owned());
    let claims = User(user.to_owned());
    Some(Verified { tenant, claims })
}

fn with_token(value: &str, path: &str) -> axum::extract::Request {
    let mut request = request(Method::GET, path);
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().append("authorization", value);
    request
}

#[tokio::test]
async fn the_tenant_of_a_verified_token_is_the_requests() {
    let world = World::new(1).await;
    let source = Bearer::verified_by(verify);
    let layer = TenantLayer::new(world.pool.clone(), source, VouchedFor::new());
    let user = |axum::Extension(Claims(User(user))): axum::Extension<Claims<User>>| async { user };
    let app = Router::new()
        .route("/", on_get(names))
        .route("/user", on_get(user))
        .route_layer(layer);
    let (a, b) = (A.0, B.0);
    let good = send(&app, with_token(&format!("Bearer good/{a}/ann"), "/")).await;
    assert_eq!(good.body, NAMES_OF_A);
    let user = send(&app, with_token(&format!("bEARER  good/{a}/ann"), "/user")).await;
    assert_eq!(user.body, "ann");
    for (token, status) in [
        (format!("Bearer bad/{a}/ann"), 401),
        ("Bearer ".to_owned(), 401),
        ("Bearer".to_owned(), 401),
        (format!("Basic good/{a}/ann"), 401),
        // It vouches for a user, and for no tenant.
        ("Bearer good//ann".to_owned(), 401),
        // And for one that no tenant can be.
        (format!("Bearer good/{}/ann", uuid::Uuid::nil()), 404),
        ("Bearer good/a/ann".to_owned(), 404),
    ] {
        let answer = send(&app, with_token(&token, "/")).await;
        assert_eq!(answer.status, status, "{token}");
    }
    let mut two = with_token(&format!("Bearer good/{a}/ann"), "/");
    let other = HeaderValue::from_str(&format!("Bearer good/{b}/bob")).unwrap();
    two.headers_mut().append("authorization", other);
    assert!(matches!(
        *rejection(&app, two).await,
        Rejection::Ambiguous { .. }
    ));
    assert_eq!(get(&app, "/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_of_one_tenant_is_of_no_use_in_the_path_of_another() {
    let world = World::new(1).await;
    let source = PathParam::named("org").and(Bearer::verified_by(verify));
    let layer = TenantLayer::new(world.pool.clone(), source, crate::world::Members);
    let app = Router::new()
        .route("/o/{org}", on_get(names))
        .route_layer(layer);
    let of_a = format!("Bearer good/{}/ann", A.0);
    assert_eq!(send(&app, with_token(&of_a, "/o/a")).await.body, NAMES_OF_A);
    let why = rejection(&app, with_token(&of_a, "/o/b")).await;
    assert!(matches!(*why, Rejection::Conflict), "{why:?}");
    // A token that is not valid is not left out.
    let why = rejection(&app, with_token("Bearer bad", "/o/a")).await;
    assert!(matches!(*why, Rejection::InvalidToken), "{why:?}");
}
