//! A proxy that counts round trips and adds latency.
//!
//! What a client costs over a network does not show on the loopback device:
//! there, three statements that wait for one another take hardly longer than
//! three sent together. [`WireProxy`] stands between a client and the server,
//! understands the messages of the PostgreSQL protocol and counts how often the
//! client waited.
//!
//! ```
//! use std::time::Duration;
//!
//! use diesel::connection::SimpleConnection;
//! use diesel::prelude::*;
//! use tenancy_testing::PgServer;
//! use tenancy_testing::proxy::WireProxy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = PgServer::shared()?;
//! let proxy = WireProxy::start(server.socket_addr()?, Duration::ZERO)?;
//! let mut conn = PgConnection::establish(&proxy.url(&server.admin_url())?)?;
//!
//! proxy.reset();
//! proxy.record();
//! conn.batch_execute("BEGIN; SELECT 1; COMMIT")?;
//! assert_eq!(proxy.counters().round_trips, 1);
//! assert_eq!(proxy.recorded(), ["Query BEGIN; SELECT 1; COMMIT"]);
//! # Ok(())
//! # }
//! ```
//!
//! # What a round trip is
//!
//! Some client messages ask for an answer: a query, a `Sync`, a `Flush` that
//! has something to flush, each step of the login, and the end of the data of
//! a `COPY`. Each of them belongs to a *round*: one more than the highest round
//! whose complete answer the client had been given before it sent the message.
//! The number of rounds that begin is the number of round trips.
//!
//! It is the length of the longest chain of messages of which each may depend
//! on the answer to the one before, and therefore the number of times that the
//! network's latency is paid. Messages sent together, or sent while earlier
//! answers are on their way, share a round. How TCP cuts the messages into
//! packets has no influence, nor have rows that arrive before the end of their
//! answer.
//!
//! Whether a client *waited* for an answer or only happened to send its next
//! message after it cannot be told from outside. A pipelining client that
//! pauses between its messages needs a delay that is longer than its pauses to
//! be counted the same each time.
//!
//! # Limitations
//!
//! - Once a connection is encrypted, only its bytes are counted. The servers
//!   that [`PgServer`](crate::PgServer) starts do not offer encryption.
//! - Opening a TCP connection is not delayed; logging in is.

mod connection;
mod exchange;
mod frame;
mod label;
mod reactor;
mod tally;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::reactor::Reactor;
pub use self::tally::Counters;
use self::tally::Tally;
use crate::HarnessError;
use crate::url::PgUrl;

/// A TCP proxy in front of a PostgreSQL server, on a thread of its own.
///
/// The [module documentation](self) says what it counts. Dropping it closes
/// all connections through it.
#[derive(Debug)]
pub struct WireProxy {
    address: SocketAddr,
    tally: Arc<Tally>,
    /// The thread ends when its end of this pair reports ours as closed.
    alive: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl WireProxy {
    /// Listens on a free port of 127.0.0.1 and forwards to `upstream`, each
    /// byte `one_way_delay` after it came.
    ///
    /// The delay is latency only: any amount of data can be on its way.
    ///
    /// # Errors
    ///
    /// An I/O error if the port or the thread is not to be had. Whether
    /// `upstream` can be reached shows when a client connects.
    pub fn start(upstream: SocketAddr, one_way_delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (alive, stop) = UnixStream::pair()?;
        let tally = Arc::new(Tally::default());
        let reactor = Reactor::new(listener, upstream, one_way_delay, stop, Arc::clone(&tally))?;
        let thread = thread::Builder::new()
            .name("tenancy-testing-proxy".to_owned())
            .spawn(move || reactor.run())?;
        Ok(Self {
            address,
            tally,
            alive: Some(alive),
            thread: Some(thread),
        })
    }

    /// Where clients connect to.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// `original` with this proxy's host and port.
    ///
    /// # Errors
    ///
    /// [`HarnessError::Url`] if `original` is not a `postgres://` URL.
    pub fn url(&self, original: &str) -> Result<String, HarnessError> {
        let host = self.address.ip().to_string();
        Ok(PgUrl::parse(original)?
            .with_address(&host, self.address.port())
            .to_string())
    }

    /// What went through since the start or the last [`reset`](Self::reset),
    /// over all connections.
    ///
    /// A client that has an answer finds everything up to this answer counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.tally.counters()
    }

    /// Sets the counters to zero and forgets the recorded messages.
    ///
    /// Whether messages are recorded does not change.
    pub fn reset(&self) {
        self.tally.reset();
    }

    /// Begins to record the messages that clients send.
    pub fn record(&self) {
        self.tally.record();
    }

    /// The recorded messages of all connections, as they came.
    ///
    /// Each is the name of its kind, for `Query` and `Parse` followed by the
    /// SQL, which is shortened and has its white space collapsed. Passwords
    /// and the values of parameters are not recorded.
    #[must_use]
    pub fn recorded(&self) -> Vec<String> {
        self.tally.recorded()
    }
}

impl Drop for WireProxy {
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported where it happened.
            let _ = thread.join();
        }
    }
}
