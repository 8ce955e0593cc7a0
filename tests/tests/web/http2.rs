//! Requests of two tenants on one connection of a client at a time.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get as on_get;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tenancy_axum::{Subdomain, TenantLayer};
use tenancy_tests::database::{Layers, Shop};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::world::{Members, NAMES_OF_A, NAMES_OF_B, World, names};

const STREAMS: usize = 200;

async fn connect(app: Router) -> SendRequest<Body> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let stream = TcpStream::connect(address).await.unwrap();
    let handshake = handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (client, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    client
}

async fn ask(mut client: SendRequest<Body>, authority: &str, host: Option<&str>) -> (u16, String) {
    let mut request = Request::builder()
        .uri(format!("http://{authority}/"))
        .header("x-member-of", "a,b");
    if let Some(host) = host {
        request = request.header("host", host);
    }
    client.ready().await.unwrap();
    let response = client.send_request(request.body(Body::empty()).unwrap());
    let (parts, body) = response.await.unwrap().into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (parts.status.as_u16(), body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_of_two_tenants_on_one_connection_see_their_own_rows_only() {
    let world = World::with_patience(Shop::new(Layers::Both), 2).await;
    let source = Subdomain::of("example.com").unwrap();
    let layer = TenantLayer::new(world.pool.clone(), source, Members);
    let app = Router::new().route("/", on_get(names)).route_layer(layer);
    let client = connect(app).await;
    let mut streams = JoinSet::new();
    for nth in 0..STREAMS {
        let client = client.clone();
        streams.spawn(async move {
            let (authority, expected) = match nth % 3 {
                0 => ("a.example.com", (200, NAMES_OF_A)),
                1 => ("b.example.com", (200, NAMES_OF_B)),
                _ => (
                    "c.example.com",
                    (404, r#"{"title":"Not Found","status":404}"#),
                ),
            };
            let (status, body) = ask(client, authority, None).await;
            assert_eq!((status, &*body), expected, "{authority}");
        });
    }
    streams.join_all().await;
    // A `host` beside `:authority` does not change the tenant.
    let a = "a.example.com";
    let same = ask(client.clone(), a, Some(a)).await;
    assert_eq!(same, (200, NAMES_OF_A.to_owned()));
    let (status, _) = ask(client, a, Some("b.example.com")).await;
    assert_eq!(status, 400);
}
