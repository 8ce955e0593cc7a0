//! The proxy's thread.
//!
//! One thread handles all connections, so that what it observes has one order.
//! It waits in `poll` and not in an asynchronous runtime, whose timers are
//! commonly accurate to a millisecond: too coarse for the latency within a
//! data centre.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::connection::{Connection, Side};
use super::tally::Tally;

#[derive(Debug)]
pub(super) struct Reactor {
    listener: TcpListener,
    upstream: SocketAddr,
    delay: Duration,
    stop: UnixStream,
    tally: Arc<Tally>,
    connections: Vec<Connection>,
}

/// What `poll` reported.
struct Events {
    stop: bool,
    accept: bool,
    /// The sockets that are ready, for each connection.
    connections: Vec<Vec<Side>>,
}

impl Reactor {
    pub(super) fn new(
        listener: TcpListener,
        upstream: SocketAddr,
        delay: Duration,
        stop: UnixStream,
        tally: Arc<Tally>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            upstream,
            delay,
            stop,
            tally,
            connections: Vec::new(),
        })
    }

    /// Runs until the other end of `stop` is closed.
    pub(super) fn run(mut self) {
        wake_punctually();
        while let Ok(events) = self.wait() {
            if events.stop {
                return;
            }
            let mut ready = events.connections.into_iter();
            self.connections.retain_mut(|connection| {
                let ready = ready.next().unwrap_or_default();
                // An error on either side ends both, as it would without a proxy.
                connection.advance(&ready).unwrap_or(false)
            });
            if events.accept {
                self.accept();
            }
        }
    }

    fn wait(&self) -> io::Result<Events> {
        let mut fds = vec![
            PollFd::new(&self.stop, PollFlags::IN),
            PollFd::new(&self.listener, PollFlags::IN),
        ];
        let mut watched = Vec::new();
        for (index, connection) in self.connections.iter().enumerate() {
            for (side, fd) in connection.interest() {
                watched.push((index, side));
                fds.push(fd);
            }
        }
        let timeout = self
            .connections
            .iter()
            .filter_map(Connection::next_due)
            .min()
            .map(|due| {
                let left = due.saturating_duration_since(Instant::now());
                Timespec {
                    tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: left.subsec_nanos().into(),
                }
            });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        let mut events = Events {
            stop: ready.next().unwrap_or(false),
            accept: ready.next().unwrap_or(false),
            connections: vec![Vec::new(); self.connections.len()],
        };
        for ((index, side), ready) in watched.into_iter().zip(ready) {
            if ready {
                events.connections[index].push(side);
            }
        }
        Ok(events)
    }

    fn accept(&mut self) {
        while let Ok((client, _)) = self.listener.accept() {
            let tally = Arc::clone(&self.tally);
            // A client whose server is out of reach finds its connection closed.
            self.connections
                .extend(Connection::open(client, self.upstream, self.delay, tally));
        }
    }
}

/// Linux lets a thread sleep up to 50 microseconds longer than it asked for,
/// to save power. That would be a fifth of the latency within a data centre.
#[cfg(target_os = "linux")]
fn wake_punctually() {
    // Refused, it is only less accurate.
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

#[cfg(not(target_os = "linux"))]
fn wake_punctually() {}
