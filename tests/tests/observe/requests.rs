//! What is told of a request.

#[allow(dead_code, reason = "the tests of requests use the rest")]
#[path = "../web/world.rs"]
mod world;

use axum::http::Method;
use axum::routing::any;
use tenancy_tests::B;
use tracing::Instrument;

use crate::subscriber::{Listener, Told};

use self::world::{Tx, World, get, insert, names, post, request, send};

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

/// The client is told nothing of it, so somebody else has to be.
#[test]
fn a_failure_of_the_server_is_an_event_without_the_text_of_the_database() {
    let listener = Listener::default();
    listener.during_async(async {
        let world = World::new(1).await;
        let twice = |mut tx: Tx| async move {
            insert(&mut tx, 50).await?;
            insert(&mut tx, 50).await
        };
        let app = world.app(any(twice).get(|_one: Tx, _other: Tx| async {}));
        assert_eq!(post(&app, "/o/a").await.status, 500);
        assert_eq!(get(&app, "/o/a").await.status, 500);
        assert_eq!(get(&app, "/o/nobody").await.status, 404);
    });
    let all = listener.all();
    let told: Vec<_> = (all.iter())
        .filter(|told| told.name == "event tenancy::request")
        .collect();
    let requests: Vec<_> = all.iter().filter(|told| told.name == "request").collect();
    let kinds: Vec<_> = requests
        .iter()
        .map(|told| told.field("error.type"))
        .collect();
    let expected = [
        Some("query"),
        Some("transaction_in_use"),
        Some("tenant_unknown"),
    ];
    assert_eq!(kinds, expected);
    let messages: Vec<_> = told
        .iter()
        .map(|told| told.field("message").unwrap())
        .collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert_eq!(messages[0], "a statement failed");
    assert!(messages[1].contains("one transaction"), "{}", messages[1]);
    assert!(told.iter().all(|told| told.parent.is_some()));
}
