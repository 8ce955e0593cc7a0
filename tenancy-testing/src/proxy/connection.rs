//! One client, its connection to the server, and what is on its way.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::exchange::Exchange;
use super::frame::Framer;
use super::label::label;
use super::tally::Tally;

/// Enough of a client message to show its SQL.
const CLIENT_HEAD: usize = 4096;

/// Enough of a server message for the code of an authentication request.
const SERVER_HEAD: usize = 4;

/// How often one socket is read before the others have their turn.
const READS: usize = 16;

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

#[derive(Debug)]
pub(super) struct Connection {
    client: TcpStream,
    server: TcpStream,
    to_server: Lane,
    to_client: Lane,
    client_framer: Framer,
    server_framer: Framer,
    exchange: Exchange,
    delay: Duration,
    tally: Arc<Tally>,
}

impl Connection {
    pub(super) fn open(
        client: TcpStream,
        upstream: SocketAddr,
        delay: Duration,
        tally: Arc<Tally>,
    ) -> io::Result<Self> {
        let server = TcpStream::connect_timeout(&upstream, CONNECT_DEADLINE)?;
        for socket in [&client, &server] {
            socket.set_nodelay(true)?;
            socket.set_nonblocking(true)?;
        }
        Ok(Self {
            client,
            server,
            to_server: Lane::default(),
            to_client: Lane::default(),
            client_framer: Framer::new(CLIENT_HEAD),
            server_framer: Framer::new(SERVER_HEAD),
            exchange: Exchange::new(),
            delay,
            tally,
        })
    }

    /// The sockets from which something is awaited.
    ///
    /// One that has closed its side and need not take anything is left out:
    /// `poll` would report it again and again.
    pub(super) fn interest(&self) -> impl Iterator<Item = (Side, PollFd<'_>)> {
        let sides = [
            (Side::Client, &self.client, &self.to_server, &self.to_client),
            (Side::Server, &self.server, &self.to_client, &self.to_server),
        ];
        sides
            .into_iter()
            .filter_map(|(side, socket, incoming, outgoing)| {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::IN, !incoming.ended);
                flags.set(PollFlags::OUT, outgoing.stuck);
                (!flags.is_empty()).then(|| (side, PollFd::new(socket, flags)))
            })
    }

    /// When something has to be forwarded next. What waits for a socket to
    /// take it is not a matter of time.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let due = |lane: &Lane| if lane.stuck { None } else { lane.next_due() };
        [due(&self.to_server), due(&self.to_client)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Reads what has come and forwards what is due. An error, and `false`,
    /// mean that the connection is over.
    pub(super) fn advance(&mut self, ready: &[Side]) -> io::Result<bool> {
        if ready.contains(&Side::Client) {
            self.read_client();
        }
        if ready.contains(&Side::Server) {
            self.to_client.fill(&self.server, self.delay, |_| {});
        }
        self.to_server.drain(&self.server, Instant::now())?;
        self.answer()?;
        Ok(!(self.to_server.finished && self.to_client.finished))
    }

    /// Client messages are observed when they arrive.
    fn read_client(&mut self) {
        let Self {
            client,
            to_server,
            client_framer,
            exchange,
            delay,
            tally,
            ..
        } = self;
        to_server.fill(client, *delay, |mut input| {
            tally.count(|counters| {
                counters.client_writes += 1;
                counters.client_bytes += input.len() as u64;
            });
            while let Some(layout) = exchange.client_layout() {
                match client_framer.next(&mut input, layout) {
                    Ok(Some(frame)) => {
                        let begins = exchange.client_sends(&frame);
                        tally.count(|counters| {
                            counters.client_messages += 1;
                            counters.round_trips += u64::from(begins);
                        });
                        tally.note(|| label(&frame));
                    }
                    Ok(None) => break,
                    Err(_) => exchange.give_up(),
                }
            }
        });
    }

    /// Server messages are observed when the client is given them.
    fn answer(&mut self) -> io::Result<()> {
        while let Some(due) = self.to_client.next_due() {
            let now = Instant::now();
            if due > now {
                break;
            }
            // What the client has sent by now, it has sent without this answer.
            self.read_client();
            let Self {
                to_client,
                server_framer,
                exchange,
                tally,
                ..
            } = self;
            if let Some(mut input) = to_client.unobserved() {
                tally.count(|counters| counters.server_bytes += input.len() as u64);
                while let Some(layout) = exchange.server_layout() {
                    match server_framer.next(&mut input, layout) {
                        Ok(Some(frame)) => {
                            exchange.client_receives(&frame);
                            tally.count(|counters| counters.server_messages += 1);
                        }
                        Ok(None) => break,
                        Err(_) => exchange.give_up(),
                    }
                }
            }
            if !self.to_client.forward_one(&self.client)? {
                break;
            }
        }
        Ok(())
    }
}

/// One direction: portions of bytes, each with the time at which it is due.
#[derive(Debug, Default)]
struct Lane {
    portions: VecDeque<Portion>,
    /// The sender has closed its side.
    ended: bool,
    /// The receiver takes no more at the moment.
    stuck: bool,
    /// Everything, the end included, has been forwarded.
    finished: bool,
}

#[derive(Debug)]
struct Portion {
    due: Instant,
    /// Empty for the end of the stream.
    bytes: Vec<u8>,
    written: usize,
    observed: bool,
}

impl Lane {
    fn next_due(&self) -> Option<Instant> {
        self.portions.front().map(|portion| portion.due)
    }

    /// Queues what can be read, up to a limit that keeps one connection from
    /// occupying the thread.
    fn fill(&mut self, mut from: &TcpStream, delay: Duration, mut observe: impl FnMut(&[u8])) {
        let mut buffer = [0; 64 * 1024];
        for _ in 0..READS {
            if self.ended {
                return;
            }
            let count = match from.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Only the end of the stream: what came before is still to be forwarded.
                Err(_) => 0,
            };
            self.ended = count == 0;
            let bytes = buffer[..count].to_vec();
            if !self.ended {
                observe(&bytes);
            }
            let due = Instant::now() + delay;
            self.portions.push_back(Portion {
                due,
                bytes,
                written: 0,
                observed: false,
            });
        }
    }

    /// The bytes of the next portion, once.
    fn unobserved(&mut self) -> Option<&[u8]> {
        let portion = self.portions.front_mut()?;
        let first = !std::mem::replace(&mut portion.observed, true);
        first.then_some(portion.bytes.as_slice())
    }

    fn drain(&mut self, to: &TcpStream, now: Instant) -> io::Result<()> {
        while self.next_due().is_some_and(|due| due <= now) {
            if !self.forward_one(to)? {
                break;
            }
        }
        Ok(())
    }

    /// Forwards the next portion. `false` if the receiver did not take all of it.
    fn forward_one(&mut self, mut to: &TcpStream) -> io::Result<bool> {
        let Some(portion) = self.portions.front_mut() else {
            return Ok(false);
        };
        if portion.bytes.is_empty() {
            to.shutdown(Shutdown::Write)?;
            self.finished = true;
        }
        while portion.written < portion.bytes.len() {
            match to.write(&portion.bytes[portion.written..]) {
                Ok(count) => portion.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.stuck = true;
                    return Ok(false);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.stuck = false;
        self.portions.pop_front();
        Ok(true)
    }
}
