//! Over TCP: clients that go away, and connections that are used for several tenants.

use std::sync::Arc;

use axum::Router;
use axum::routing::get as on_get;
use diesel::connection::SimpleConnection;
use diesel_async::{AsyncConnection, RunQueryDsl};
use tenancy_axum::{Rejection, Subdomain, TenantLayer};
use tenancy_tests::database::{Layers, Shop};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::world::{Members, NAMES_OF_A, NAMES_OF_B, Tx, World, insert, names};

async fn serve(app: Router) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    TcpStream::connect(address).await.unwrap()
}

/// Sends a request as it is.
async fn write(client: &mut TcpStream, request: &str) {
    client.write_all(request.as_bytes()).await.unwrap();
}

/// Reads one response of which the length is known.
async fn read(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let byte = client.read_u8().await.unwrap();
        text.push(byte);
        if text.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let mut head = String::from_utf8(text).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap();
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    client.read_exact(&mut body).await.unwrap();
    head += &String::from_utf8(body).unwrap();
    head
}

#[tokio::test]
async fn one_connection_of_a_client_serves_one_tenant_after_the_other() {
    let world = World::new(1).await;
    let mut client = serve(world.app(on_get(names))).await;
    for nth in 0..50 {
        let (org, expected) = match nth % 3 {
            0 => ("b", NAMES_OF_B),
            1 => ("nobody", r#"{"title":"not found","status":404}"#),
            _ => ("a", NAMES_OF_A),
        };
        let request = format!("GET /o/{org} HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\n\r\n");
        write(&mut client, &request).await;
        let answer = read(&mut client).await;
        assert!(answer.to_lowercase().ends_with(expected), "{answer}");
    }
    // Several at once, which are answered one after the other.
    let both = "GET /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\n\r\n\
                GET /o/b HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\n\r\n";
    write(&mut client, both).await;
    assert!(read(&mut client).await.ends_with(NAMES_OF_A));
    assert!(read(&mut client).await.ends_with(NAMES_OF_B));
}

#[tokio::test]
async fn a_header_cannot_be_split_into_two() {
    let world = World::new(1).await;
    for request in [
        // A name that is continued on the next line, and a header with a space before its colon.
        "GET /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\nX-Tenant: a\r\n b\r\n\r\n",
        "GET /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\nX-Tenant : b\r\n\r\n",
        "GET /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\nX-Tenant: a\r\nX-Tenant: b\r\n\r\n",
        "GET /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a,b\r\nX-Tenant: a\0b\r\n\r\n",
    ] {
        let mut client = serve(world.app(on_get(names))).await;
        write(&mut client, request).await;
        let answer = read(&mut client).await;
        assert!(answer.starts_with("http/1.1 400"), "{request} {answer}");
    }
}

/// The target of a request is absolute where a proxy is spoken to. What is before us may look at the one host, and we at
/// the other one.
#[tokio::test]
async fn a_target_and_a_host_that_differ_are_refused() {
    let world = World::new(1).await;
    let source = Subdomain::of("example.com").unwrap();
    let layer = TenantLayer::new(world.pool.clone(), source, Members);
    let app = Router::new().route("/", on_get(names)).route_layer(layer);
    let mut client = serve(app).await;
    for (target, host, expected) in [
        ("/", "a.example.com", "200"),
        ("http://b.example.com/", "b.example.com", "200"),
        ("http://b.example.com/", "a.example.com", "400"),
        ("/", "b.example.com:80", "200"),
        ("/", "elsewhere.test", "401"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Member-Of: a,b\r\n\r\n");
        write(&mut client, &request).await;
        let answer = read(&mut client).await;
        let status = format!("http/1.1 {expected}");
        assert!(answer.starts_with(&status), "{target} {host}: {answer}");
        if expected == "200" {
            let is_b = target.contains("//b") || host.starts_with('b');
            let names = if is_b { NAMES_OF_B } else { NAMES_OF_A };
            assert!(answer.ends_with(names), "{answer}");
        }
    }
}

/// Tells when it is dropped.
struct Told(mpsc::UnboundedSender<&'static str>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_has_its_transaction_rolled_back() {
    let world = World::new(1).await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let app = world.app(on_get(names).post(move |mut tx: Tx| {
        let tell = tell.clone();
        async move {
            insert(&mut tx, 50).await?;
            let _told = Told(tell.clone());
            tell.send("inserted").unwrap();
            std::future::pending::<()>().await;
            Ok::<_, Rejection>(())
        }
    }));
    let mut client = serve(app.clone()).await;
    let request = "POST /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a\r\nContent-Length: 0\r\n\r\n";
    write(&mut client, request).await;
    assert_eq!(told.recv().await, Some("inserted"));
    assert_eq!(world.activity("state = 'idle in transaction'").len(), 1);
    let before = world.backends();
    drop(client);
    assert_eq!(told.recv().await, Some("dropped"));
    // Its place in the pool is free, and nothing of it is there.
    let answer = crate::world::get(&app, "/o/a").await;
    assert_eq!(answer.body, NAMES_OF_A);
    while !world.activity("state = 'idle in transaction'").is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.projects(50), 0);
    assert_eq!(world.backends(), before, "its connection is as good as new");
}

/// Whether a statement that sleeps for so many seconds comes to its end although its client has gone away.
async fn runs_on(shop: Shop, seconds: u32) -> bool {
    #[derive(diesel::QueryableByName)]
    struct Sequence {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        is_called: bool,
    }
    let app_role = shop.app_role().to_owned();
    let world = World::with_patience(shop, 1).await;
    world.superuser(&format!(
        "CREATE SEQUENCE ends; GRANT USAGE ON SEQUENCE ends TO {app_role}"
    ));
    // What a sequence has given stays given, also when its transaction is rolled back.
    let statement = format!("SELECT nextval('ends') FROM pg_sleep({seconds})");
    let app = world.app(on_get(names).post(|mut tx: Tx| async move {
        let conn = tx.conn().await?;
        // After a transaction within that was cut off nothing can be rolled back, so the connection is closed.
        conn.transaction(async |conn| diesel::sql_query(statement).execute(conn).await)
            .await?;
        Ok::<_, Rejection>(())
    }));
    let mut client = serve(app.clone()).await;
    let request = "POST /o/a HTTP/1.1\r\nHost: x\r\nX-Member-Of: a\r\nContent-Length: 0\r\n\r\n";
    write(&mut client, request).await;
    let asleep = "wait_event = 'PgSleep'";
    while world.activity(asleep).is_empty() {
        tokio::task::yield_now().await;
    }
    drop(client);
    // Its place in the pool is free, whatever the server does.
    let answer = crate::world::get(&app, "/o/a").await;
    assert_eq!(answer.body, NAMES_OF_A);
    while !world.activity(asleep).is_empty() {
        tokio::task::yield_now().await;
    }
    let ends = diesel::sql_query("SELECT is_called FROM ends");
    let ends: Sequence =
        diesel::RunQueryDsl::get_result(ends, &mut world.shop.superuser()).unwrap();
    ends.is_called
}

/// Else clients that go away leave statements behind, which are none of the pool's any more, until the server has no
/// connection left for anybody.
#[tokio::test]
async fn a_statement_ends_with_its_client_where_the_role_checks_for_it() {
    let shop = Shop::new(Layers::Both);
    let set = format!(
        "DO $$ BEGIN EXECUTE format(
             'ALTER ROLE {} IN DATABASE %I SET client_connection_check_interval = 100',
             current_database()
         ); END $$",
        shop.app_role()
    );
    shop.superuser().batch_execute(&set).unwrap();
    assert!(!runs_on(shop, 600).await);
}

#[tokio::test]
async fn control_without_the_check_a_statement_runs_to_its_end() {
    assert!(runs_on(Shop::new(Layers::Both), 1).await);
}

/// At each point at which a request waits for something.
#[tokio::test]
async fn a_request_dropped_at_each_point_is_whole_or_not_there() {
    let world = World::with_patience(Shop::new(Layers::Both), 1).await;
    let app = Arc::new(world.app(on_get(names).post(|mut tx: Tx| async move {
        insert(&mut tx, 50).await?;
        insert(&mut tx, 51).await
    })));
    for polls in 0.. {
        let mut sent = Box::pin(crate::world::post(&app, "/o/b"));
        let mut answer = None;
        for _ in 0..polls {
            if let std::task::Poll::Ready(ready) = futures_util::poll!(sent.as_mut()) {
                answer = Some(ready);
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(sent);
        assert_eq!(crate::world::get(&app, "/o/a").await.body, NAMES_OF_A);
        let both = [50, 51].map(|id| world.projects(id));
        assert!(
            both == [0, 0] || both == [1, 1],
            "{both:?} after {polls} polls"
        );
        world.superuser("DELETE FROM projects WHERE id >= 50");
        if let Some(answer) = answer {
            assert_eq!((answer.status.as_u16(), both), (200, [1, 1]));
            assert!(polls > 3, "there were points to drop it at");
            break;
        }
    }
}
