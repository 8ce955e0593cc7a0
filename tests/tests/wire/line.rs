//! A connection through the proxy, and what a step costs on it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_testing::{PgServer, proxy::WireProxy};
use tenancy_tests::A;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{Scoped as ShopScope, countries};

pub(crate) type Conn = ShopScope<AsyncPgConnection>;

/// Round trips and messages of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    pub(crate) trips: u64,
    pub(crate) messages: u64,
}

pub(crate) struct Line {
    proxy: WireProxy,
    shop: Shop,
}

impl Line {
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap().socket_addr().unwrap();
        // With some distance, no answer can arrive between the messages of one flight.
        let proxy = WireProxy::start(server, Duration::from_millis(2)).unwrap();
        proxy.record();
        Line {
            proxy,
            shop: Shop::new(Layers::Both),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.proxy.url(&self.shop.url()).unwrap()
    }

    pub(crate) async fn raw(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.url()).await.unwrap()
    }

    /// A scope on a new connection that has run one statement, so that its COMMIT and the fence are prepared.
    pub(crate) async fn scope(&self) -> Conn {
        let mut conn = Scoped::open(self.raw().await, A).unwrap();
        fence(&mut conn).await;
        fence(&mut conn).await;
        conn
    }

    pub(crate) fn reset(&self) {
        self.proxy.reset();
    }

    pub(crate) fn trips(&self) -> u64 {
        self.proxy.counters().round_trips
    }

    pub(crate) fn recorded(&self) -> Vec<String> {
        self.proxy.recorded()
    }

    /// What a step cost that began with [`reset`](Self::reset), and a warm statement after it, which is taken
    /// off. Without it, the `Close` of a statement that is not kept might be on its way still.
    pub(crate) async fn cost(&self, conn: &mut Conn) -> Cost {
        fence(conn).await;
        let counters = self.proxy.counters();
        Cost {
            trips: counters.round_trips - 1,
            messages: counters.client_messages - 5,
        }
    }
}

pub(crate) async fn fence(conn: &mut Conn) {
    let count = countries::table.count().get_result::<i64>(conn).await;
    assert_eq!(count, Ok(3));
}

/// Polls a future so many times, each time when it asks for it, and drops it.
pub(crate) async fn cut_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(|cx| {
        polled += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
