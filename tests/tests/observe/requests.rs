//! What is told of a request.

#[allow(dead_code, reason = "the tests of requests use the rest")]
#[path = "../web/world.rs"]
mod world;

use axum::http::Method;
use axum::routing::any;
use tenancy_tests::B;
use tracing::Instrument;

use crate::subscriber::{Listener, Told};

use self::world::{World, get, names, request, send};

/// The span of the one request that is sent, the one around it, and the statements in it.
fn told_of(of: impl AsyncFnOnce(&axum::Router) -> u16, status: u16) -> (Told, Told, Vec<Told>) {
    let listener = Listener::default();
    listener.during_async(async {
        let world = World::new(1).await;
        let app = world.app(any(names));
        let around = tracing::span!(
            target: "app",
            tracing::Level::INFO,
            "around",
            tenancy.tenant = tracing::field::Empty
        );
        assert_eq!(of(&app).instrument(around).await, status);
    });
    let all = listener.all();
    let position = all.iter().position(|told| told.name == "request").unwrap();
    let around = all[position].parent.unwrap() as usize - 1;
    let within = |told: &&Told| told.parent == Some(position as u64 + 1);
    let statements = all.iter().filter(within).cloned().collect();
    (all[position].clone(), all[around].clone(), statements)
}

#[test]
fn the_span_of_a_request_has_its_tenant_and_statements_nest_in_it() {
    let (request, around, statements) =
        told_of(async |app| get(app, "/o/b").await.status.as_u16(), 200);
    let b = B.0.to_string();
    for (field, value) in [
        ("tenancy.tenant", &*b),
        ("http.route", "/o/{org}"),
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("otel.kind", "internal"),
    ] {
        assert_eq!(request.field(field), Some(value), "{field}");
    }
    assert_eq!(request.field("error.type"), None);
    assert_eq!(around.name, "around");
    assert_eq!(around.field("tenancy.tenant"), Some(&*b));
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0].field("tenancy.tenant"), Some(&*b));
}

/// Neither the name that was tried nor the path that has it.
#[test]
fn the_span_of_a_refused_request_has_no_tenant() {
    let of = async |app: &axum::Router| {
        let method = Method::from_bytes(b"INVENTED").unwrap();
        let refused = request(method, "/o/nobody?secret");
        send(app, refused).await.status.as_u16()
    };
    let (request, around, statements) = told_of(of, 404);
    assert_eq!(request.field("tenancy.tenant"), None);
    assert_eq!(around.field("tenancy.tenant"), None);
    assert_eq!(request.field("error.type"), Some("tenant_unknown"));
    assert_eq!(request.field("http.request.method"), Some("_OTHER"));
    assert!(statements.is_empty());
    let values: Vec<_> = request.fields.values().collect();
    assert!(
        values
            .iter()
            .all(|value| !value.contains("nobody") && !value.contains("secret"))
    );
}
