//! The proxy in front of a real server.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use tenancy_testing::PgServer;
use tenancy_testing::proxy::WireProxy;

type TestResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A proxy and a connection of Diesel through it, with the counters at zero.
fn diesel_through(delay: Duration) -> TestResult<(WireProxy, PgConnection, Arc<PgServer>)> {
    let server = PgServer::shared()?;
    let proxy = WireProxy::start(server.socket_addr()?, delay)?;
    let connection = PgConnection::establish(&proxy.url(&server.admin_url())?)?;
    proxy.reset();
    proxy.record();
    Ok((proxy, connection, server))
}

#[test]
fn a_simple_query_is_one_round_trip() -> TestResult {
    let (proxy, mut connection, _server) = diesel_through(Duration::ZERO)?;
    connection.batch_execute("SELECT 1")?;
    let counters = proxy.counters();
    assert_eq!(counters.round_trips, 1);
    assert_eq!(counters.client_messages, 1);
    assert_eq!(counters.client_writes, 1);
    assert_eq!(
        counters.client_bytes, 14,
        "type, length, text and terminator"
    );
    // RowDescription, DataRow, CommandComplete, ReadyForQuery.
    assert_eq!(counters.server_messages, 4);
    Ok(())
}

#[test]
fn three_simple_queries_are_three_round_trips_with_and_without_a_delay() -> TestResult {
    for delay in [Duration::ZERO, Duration::from_millis(2)] {
        let (proxy, mut connection, _server) = diesel_through(delay)?;
        for statement in ["BEGIN", "SELECT 1", "COMMIT"] {
            connection.batch_execute(statement)?;
        }
        assert_eq!(proxy.counters().round_trips, 3);
        assert_eq!(
            proxy.recorded(),
            ["Query BEGIN", "Query SELECT 1", "Query COMMIT"]
        );
    }
    Ok(())
}

#[test]
fn a_prepared_statement_is_recorded_with_its_sql_and_without_its_values() -> TestResult {
    let (proxy, mut connection, _server) = diesel_through(Duration::ZERO)?;
    let query = diesel::select(sql::<Text>("").bind::<Text, _>("secret"));
    let value: String = query.get_result(&mut connection)?;
    assert_eq!(value, "secret");
    let recorded = proxy.recorded();
    assert!(
        recorded
            .iter()
            .any(|label| label.starts_with("Parse SELECT")),
        "{recorded:?}"
    );
    assert!(recorded.contains(&"Bind".to_owned()), "{recorded:?}");
    assert!(
        recorded.iter().all(|label| !label.contains("secret")),
        "{recorded:?}"
    );
    Ok(())
}

#[test]
fn each_round_trip_takes_both_ways() -> TestResult {
    let delay = Duration::from_millis(10);
    let (proxy, mut connection, _server) = diesel_through(delay)?;
    let started = Instant::now();
    for _ in 0..5 {
        connection.batch_execute("SELECT 1")?;
    }
    assert_eq!(proxy.counters().round_trips, 5);
    assert!(started.elapsed() >= 10 * delay, "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_large_result_and_a_large_statement_pass_unchanged() -> TestResult {
    let (proxy, mut connection, _server) = diesel_through(Duration::from_millis(1))?;
    let text = "x".repeat(20_000_000);
    let same: bool = diesel::select(
        sql::<Bool>("length(")
            .bind::<Text, _>(&text)
            .sql(") = 20000000"),
    )
    .get_result(&mut connection)?;
    assert!(same);
    let back: String =
        diesel::select(sql::<Text>("repeat('x', 20000000)")).get_result(&mut connection)?;
    assert!(back == text);
    let counters = proxy.counters();
    assert!(counters.client_bytes > 20_000_000 && counters.server_bytes > 20_000_000);
    Ok(())
}

#[test]
fn dropping_the_proxy_ends_its_connections_even_with_data_on_its_way() -> TestResult {
    let server = PgServer::shared()?;
    for delay in [Duration::ZERO, Duration::from_secs(60)] {
        let proxy = WireProxy::start(server.socket_addr()?, delay)?;
        let mut stream = TcpStream::connect(proxy.addr())?;
        stream.write_all(b"\0\0")?;
        drop(proxy);
        let rest = stream.read(&mut [0; 1]);
        assert!(matches!(rest, Ok(0) | Err(_)), "{rest:?}");
    }
    Ok(())
}

#[test]
fn the_last_words_of_the_server_arrive_although_it_has_closed_the_connection() -> TestResult {
    let server = PgServer::shared()?;
    let proxy = WireProxy::start(server.socket_addr()?, Duration::from_millis(20))?;
    let mut client = RawClient::connect(&proxy)?;
    client.send(&query("SELECT pg_terminate_backend(pg_backend_pid())")?)?;
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest)?;
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.contains("terminating connection"), "{rest}");
    Ok(())
}

/// A client that writes what it is told to, when it is told to.
struct RawClient {
    stream: TcpStream,
}

impl RawClient {
    fn connect(proxy: &WireProxy) -> TestResult<Self> {
        let mut client = Self {
            stream: TcpStream::connect(proxy.addr())?,
        };
        client.stream.set_nodelay(true)?;
        let body = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
        let length = u32::try_from(body.len() + 4)?;
        client.send(&[&length.to_be_bytes()[..], body].concat())?;
        client.await_ready()?;
        Ok(client)
    }

    fn send(&mut self, bytes: &[u8]) -> TestResult {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Reads up to and including one `ReadyForQuery`.
    fn await_ready(&mut self) -> TestResult {
        loop {
            let mut header = [0; 5];
            self.stream.read_exact(&mut header)?;
            let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
            let mut body = vec![0; usize::try_from(length)? - 4];
            self.stream.read_exact(&mut body)?;
            if header[0] == b'Z' {
                return Ok(());
            }
        }
    }
}

fn message(tag: u8, body: &[u8]) -> TestResult<Vec<u8>> {
    let length = u32::try_from(body.len() + 4)?;
    Ok([&[tag][..], &length.to_be_bytes(), body].concat())
}

fn query(text: &str) -> TestResult<Vec<u8>> {
    message(b'Q', format!("{text}\0").as_bytes())
}

#[test]
fn a_pipeline_is_one_round_trip_and_pays_the_latency_once() -> TestResult {
    const QUERIES: usize = 100;
    let server = PgServer::shared()?;
    let delay = Duration::from_millis(30);
    let proxy = WireProxy::start(server.socket_addr()?, delay)?;
    let mut client = RawClient::connect(&proxy)?;
    assert_eq!(
        proxy.counters().round_trips,
        1,
        "a login without a password"
    );
    proxy.reset();

    let started = Instant::now();
    for _ in 0..QUERIES {
        // Each in a packet of its own.
        client.send(&query("SELECT 1")?)?;
    }
    for _ in 0..QUERIES {
        client.await_ready()?;
    }
    let elapsed = started.elapsed();
    assert_eq!(proxy.counters().round_trips, 1);
    assert_eq!(proxy.counters().client_messages, 100);
    assert!(elapsed >= 2 * delay, "{elapsed:?}");
    // A delay for each message instead of all would take six seconds.
    assert!(elapsed < 60 * delay, "{elapsed:?}");
    Ok(())
}

#[test]
fn messages_in_single_bytes_are_counted_like_whole_ones() -> TestResult {
    let server = PgServer::shared()?;
    let proxy = WireProxy::start(server.socket_addr()?, Duration::from_millis(5))?;
    let mut client = RawClient::connect(&proxy)?;
    proxy.reset();
    proxy.record();
    let extended = [
        message(b'P', b"\0SELECT 1\0\0\0")?,
        message(b'B', b"\0\0\0\0\0\0\0\0")?,
        message(b'E', b"\0\0\0\0\0")?,
        message(b'S', b"")?,
    ]
    .concat();
    for byte in &extended {
        client.send(&[*byte])?;
    }
    client.await_ready()?;
    assert_eq!(
        proxy.recorded(),
        ["Parse SELECT 1", "Bind", "Execute", "Sync"]
    );
    assert_eq!(proxy.counters().round_trips, 1);
    assert_eq!(
        proxy.counters().client_bytes,
        u64::try_from(extended.len())?
    );
    Ok(())
}

#[test]
fn many_connections_are_counted_together() -> TestResult {
    let server = PgServer::shared()?;
    let proxy = WireProxy::start(server.socket_addr()?, Duration::from_millis(1))?;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(RawClient::connect(&proxy)?);
    }
    proxy.reset();
    thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                scope.spawn(move || {
                    (0..20).try_for_each(|_| {
                        client.send(&query("SELECT 1")?)?;
                        client.await_ready()
                    })
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    assert_eq!(proxy.counters().round_trips, 160);
    Ok(())
}
