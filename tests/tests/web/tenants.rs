//! Which tenant a request has, and what it learns when it has none.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::routing::get as on_get;
use tenancy_axum::{Rejection, Subdomain, Tenant, TenantLayer, VouchedFor};
use tenancy_diesel::CurrentTenant;
use tenancy_tests::{A, B, OrgId};

use crate::world::{
    Answer, Members, NAMES_OF_A, NAMES_OF_B, World, get, names, rejection, request, request_of,
    send,
};

#[tokio::test]
async fn a_request_has_the_tenant_that_it_names() {
    let world = World::new(1).await;
    let app = world.app(on_get(names));
    assert_eq!(get(&app, "/o/a").await.body, NAMES_OF_A);
    assert_eq!(get(&app, "/o/b").await.body, NAMES_OF_B);
    assert_eq!(get(&app, &format!("/o/{}", A.0)).await.body, NAMES_OF_A);
}

#[tokio::test]
async fn the_id_is_extracted_and_entered() {
    let world = World::new(1).await;
    let app = world.app(on_get(|Tenant(org): Tenant<OrgId>| async move {
        assert_eq!(CurrentTenant::try_get(), Ok(org));
        org.0.to_string()
    }));
    assert_eq!(get(&app, "/o/b").await.body, B.0.to_string());
    assert!(CurrentTenant::<OrgId>::try_get().is_err());
}

/// With the header of another tenant, and with none.
fn with_header(value: &[u8], path: &str) -> Request {
    let mut request = request(Method::GET, path);
    let value = HeaderValue::from_bytes(value).unwrap();
    request.headers_mut().append("x-tenant", value);
    request
}

#[tokio::test]
async fn what_is_unknown_and_what_is_not_the_users_is_one_answer_to_the_last_byte() {
    let world = World::new(1).await;
    let app = world.app(on_get(names));
    let before = world.checkouts();
    let unknown = send(&app, request_of("a", Method::GET, "/o/nobody")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let long = "x".repeat(1 << 20);
    let others = [
        // Of another user.
        request_of("a", Method::GET, "/o/b"),
        request_of("a", Method::GET, &format!("/o/{}", B.0)),
        request_of("", Method::GET, "/o/a"),
        // Such as no tenant has.
        request_of("a,b", Method::GET, "/o/A"),
        request_of("a,b", Method::GET, "/o/%2e%2e"),
        request_of("a,b", Method::GET, "/o/a%00"),
        request_of("a,b", Method::GET, "/o/a%20"),
        request_of("a,b", Method::GET, "/o/a%0d%0ax-tenant:%20b"),
        request_of("a,b", Method::GET, "/o/%ff"),
        request_of("a,b", Method::GET, "/o/%d0%b0"),
        request_of("a,b", Method::GET, "/o/a'--"),
        request_of("a,b", Method::GET, &format!("/o/{}", uuid::Uuid::nil())),
        request_of("a,b", Method::GET, &format!("/o/{}", "x".repeat(129))),
        with_header(long.as_bytes(), "/o/a"),
        with_header(b"", "/o/a"),
        with_header(b"a,b", "/o/a"),
        with_header(b"\xff", "/o/a"),
    ];
    for other in others {
        let text = format!("{:.200}", format!("{other:?}"));
        assert_eq!(send(&app, other).await, unknown, "{text}");
    }
    assert_eq!(world.checkouts(), before, "the database was not asked");
    // A row that is not there is no other answer either.
    let app = world.app(on_get(|| async {
        Err::<(), _>(Rejection::from(diesel::result::Error::NotFound))
    }));
    assert_eq!(get(&app, "/o/a").await, unknown);
}

#[tokio::test]
async fn a_request_without_a_tenant_is_refused_and_takes_no_connection() {
    let world = World::new(1).await;
    let app = Router::new()
        .route("/", on_get(names))
        .route_layer(world.layer());
    let before = world.checkouts();
    let answer = get(&app, "/").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let why = rejection(&app, request(Method::GET, "/")).await;
    assert!(matches!(*why, Rejection::Missing));
    assert_eq!(world.checkouts(), before);
    assert_eq!(send(&app, with_header(b"a", "/")).await.body, NAMES_OF_A);
}

/// Else somebody who has not signed in could try names out.
#[tokio::test]
async fn without_a_user_a_tenant_that_is_there_is_like_one_that_is_not() {
    let world = World::new(1).await;
    let app = world.app(on_get(names));
    let mut answers = Vec::new();
    for path in ["/o/a", "/o/nobody"] {
        let mut anonymous = request(Method::GET, path);
        anonymous.headers_mut().remove("x-member-of");
        answers.push(send(&app, anonymous).await);
    }
    assert_eq!(answers[0].status, StatusCode::UNAUTHORIZED);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn sources_that_lead_to_different_tenants_are_refused() {
    let world = World::new(1).await;
    let app = world.app(on_get(names));
    let before = world.checkouts();
    for (path, header) in [("/o/a", "b"), ("/o/b", "a")] {
        let why = rejection(&app, with_header(header.as_bytes(), path)).await;
        assert!(matches!(*why, Rejection::Conflict), "{why:?}");
    }
    // A slug and an id of one tenant do not differ.
    let by_id = A.0.to_string();
    let answer = send(&app, with_header(by_id.as_bytes(), "/o/a")).await;
    assert_eq!(answer.body, NAMES_OF_A);
    assert_eq!(world.checkouts() - before, 1);
    // To somebody who is no member of B a conflict with B is what one with nobody is.
    let foreign = |name: &str| {
        let mut request = request_of("a", Method::GET, "/o/a");
        let name = HeaderValue::from_str(name).unwrap();
        request.headers_mut().insert("x-tenant", name);
        request
    };
    let of_b = send(&app, foreign("b")).await;
    assert_eq!(of_b.status, StatusCode::NOT_FOUND);
    assert_eq!(of_b, send(&app, foreign("nobody")).await);
}

#[tokio::test]
async fn a_header_that_is_there_twice_is_refused() {
    let world = World::new(1).await;
    let app = world.app(on_get(names));
    for second in ["a", "b", ""] {
        let mut twice = with_header(b"a", "/o/a");
        let second = HeaderValue::from_str(second).unwrap();
        twice.headers_mut().append("X-Tenant", second);
        let why = rejection(&app, twice).await;
        assert!(matches!(*why, Rejection::Ambiguous { .. }), "{why:?}");
    }
}

#[tokio::test]
async fn a_layer_within_a_layer_cannot_change_the_tenant() {
    let world = World::new(2).await;
    let inner = TenantLayer::new(
        world.pool.clone(),
        tenancy_axum::Header::named(axum::http::HeaderName::from_static("x-inner")),
        Members,
    );
    let app = Router::new()
        .route("/o/{org}", on_get(names))
        .route_layer(inner)
        .route_layer(world.layer());
    for (header, expected) in [("a", StatusCode::OK), ("b", StatusCode::BAD_REQUEST)] {
        let mut request = request(Method::GET, "/o/a");
        let header = HeaderValue::from_static(header);
        request.headers_mut().insert("x-inner", header);
        assert_eq!(send(&app, request).await.status, expected);
    }
}

#[tokio::test]
async fn a_forged_host_has_no_tenant() {
    let world = World::new(1).await;
    let layer = |source| TenantLayer::new(world.pool.clone(), source, Members);
    let source = Subdomain::of("example.com").unwrap();
    let app = Router::new()
        .route("/", on_get(names))
        .route_layer(layer(source));
    let answers = |hosts: &'static [&'static str], uri: &'static str| {
        let mut request = request(Method::GET, uri);
        for host in hosts {
            let host = HeaderValue::from_static(host);
            request.headers_mut().append("host", host);
        }
        let forwarded = HeaderValue::from_static("b.example.com");
        request.headers_mut().insert("x-forwarded-host", forwarded);
        let app = &app;
        async move {
            let Answer { status, body, .. } = send(app, request).await;
            (status.as_u16(), body)
        }
    };
    let names_of_a = (200, NAMES_OF_A.to_owned());
    assert_eq!(answers(&["a.example.com"], "/").await, names_of_a);
    assert_eq!(answers(&["A.Example.COM.:8443"], "/").await, names_of_a);
    for (hosts, uri, status) in [
        (&["a.example.com.evil.test"][..], "/", 401),
        (&["b.a.example.com"], "/", 404),
        (&["a.example.com", "b.example.com"], "/", 400),
        (&["a.example.com"], "http://b.example.com/", 400),
        (&["a.example.com, b.example.com"], "/", 400),
        (&["b.example.com@a.example.com"], "/", 400),
        (&[], "/", 401),
    ] {
        assert_eq!(answers(hosts, uri).await.0, status, "{hosts:?} {uri}");
    }
}

#[tokio::test]
async fn what_no_token_vouches_for_is_unknown_to_the_directory_of_tokens() {
    let world = World::new(1).await;
    let layer = TenantLayer::new(
        world.pool.clone(),
        crate::world::by_path_and_header(),
        VouchedFor::new(),
    );
    let app = Router::new()
        .route("/o/{org}", on_get(names))
        .route_layer(layer);
    let answer = get(&app, &format!("/o/{}", A.0)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// The tenant may be in a header, which a cache between does not look at.
#[tokio::test]
async fn no_cache_keeps_a_response_unless_the_handler_says_so() {
    let world = World::new(1).await;
    let app =
        world.app(on_get(names).post(|| async { [("cache-control", "private, max-age=60")] }));
    assert_eq!(get(&app, "/o/a").await.headers["cache-control"], "no-store");
    let post = crate::world::post(&app, "/o/a").await;
    assert_eq!(post.headers["cache-control"], "private, max-age=60");
}
