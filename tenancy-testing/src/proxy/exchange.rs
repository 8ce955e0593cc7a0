//! Who waits for whom: the questions and answers of one connection.

use std::collections::VecDeque;

use super::frame::{Frame, Layout};
use super::label::{CANCEL_REQUEST, GSSENC_REQUEST, SSL_REQUEST, version};

/// How the bytes of a connection are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The client has not logged in.
    Startup,
    Messages,
    /// Encrypted, or no PostgreSQL at all.
    Opaque,
}

/// What the server still has to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The answer to one message of the extended protocol, by its type byte.
    Reply(u8),
    /// Everything before a `Flush`.
    Flushed { round: u64 },
    /// `ReadyForQuery`.
    Ready { round: u64, after: Asked },
    /// The answer to a request for encryption.
    Byte { round: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Startup,
    /// A query or a function call.
    Query,
    Sync,
}

/// Follows both sides of a connection and finds where round trips begin.
///
/// Client messages are to be given to it when they arrive, and server messages
/// when they are handed to the client: a client can depend only on what it has.
#[derive(Debug)]
pub(super) struct Exchange {
    phase: Phase,
    expected: VecDeque<Expected>,
    /// The highest round whose answer the client has.
    answered: u64,
    /// The highest round that has begun.
    begun: u64,
    /// After an error the server ignores everything up to the next `Sync`.
    skipping: bool,
    /// The server waits for data and ignores `Sync` and `Flush`.
    copying_in: bool,
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Startup,
            expected: VecDeque::new(),
            answered: 0,
            begun: 0,
            skipping: false,
            copying_in: false,
        }
    }

    /// How the client's next message begins; `None` if it cannot be read.
    pub(super) fn client_layout(&self) -> Option<Layout> {
        match self.phase {
            Phase::Startup => Some(Layout::Untyped),
            Phase::Messages => Some(Layout::Typed),
            Phase::Opaque => None,
        }
    }

    /// How the server's next message begins; `None` if it cannot be read.
    pub(super) fn server_layout(&self) -> Option<Layout> {
        match self.phase {
            Phase::Opaque => None,
            _ if matches!(self.expected.front(), Some(Expected::Byte { .. })) => Some(Layout::Byte),
            _ => Some(Layout::Typed),
        }
    }

    pub(super) fn give_up(&mut self) {
        self.phase = Phase::Opaque;
    }

    /// Takes a message from the client and says whether a round trip begins.
    pub(super) fn client_sends(&mut self, frame: &Frame) -> bool {
        let before = self.begun;
        match frame.tag {
            0 => self.client_starts(version(frame)),
            b'S' if self.copying_in => {}
            b'S' => {
                self.skipping = false;
                self.expect_ready(Asked::Sync);
            }
            b'p' | b'c' | b'f' => self.client_continues(frame.tag),
            _ if self.skipping => {}
            b'Q' | b'F' => self.expect_ready(Asked::Query),
            b'P' | b'B' | b'C' | b'D' | b'E' => self.expected.push_back(Expected::Reply(frame.tag)),
            b'H' if !self.copying_in => {
                // With nothing to flush there is no answer either.
                if let Some(Expected::Reply(_)) = self.expected.back() {
                    let round = self.begin();
                    self.expected.push_back(Expected::Flushed { round });
                }
            }
            // Terminate and CopyData have no answers.
            _ => {}
        }
        self.begun > before
    }

    /// Takes a message that the client is about to be given.
    pub(super) fn client_receives(&mut self, frame: &Frame) {
        if let Some(Expected::Byte { round }) = self.expected.front() {
            self.answered = self.answered.max(*round);
            self.expected.pop_front();
            if frame.tag != b'N' {
                self.phase = Phase::Opaque;
            }
            return;
        }
        match frame.tag {
            b'1' => self.replied(b'P'),
            b'2' => self.replied(b'B'),
            b'3' => self.replied(b'C'),
            b'T' | b'n' => self.replied(b'D'),
            b'C' | b'I' | b's' => self.replied(b'E'),
            b'E' => self.failed(),
            b'G' | b'W' => self.copy_in_begins(),
            b'R' => {
                // All but "ok" and the last step of SASL ask the client for something.
                let code = version(frame);
                if code != 0 && code != 12 {
                    self.hand_over();
                }
            }
            b'Z' => {
                while let Some(done) = self.expected.pop_front() {
                    if let Expected::Ready { round, .. } = done {
                        self.answered = self.answered.max(round);
                        break;
                    }
                }
                self.copying_in = false;
            }
            // Rows, notices, parameters and notifications end nothing.
            _ => {}
        }
        self.complete_flushes();
    }

    fn client_starts(&mut self, version: u32) {
        match version {
            CANCEL_REQUEST => {}
            SSL_REQUEST | GSSENC_REQUEST => {
                let round = self.begin();
                self.expected.push_back(Expected::Byte { round });
            }
            _ => {
                self.phase = Phase::Messages;
                self.expect_ready(Asked::Startup);
            }
        }
    }

    /// The client has done what the server had asked it for, so that what is
    /// expected is now the answer to this.
    fn client_continues(&mut self, tag: u8) {
        if tag != b'p' && !std::mem::take(&mut self.copying_in) {
            return;
        }
        let waits = |expected: &Expected| !matches!(expected, Expected::Reply(_));
        if !self.expected.iter().any(waits) {
            // A Sync will follow, and that is what asks.
            return;
        }
        let now = self.begin();
        for expected in &mut self.expected {
            match expected {
                Expected::Reply(_) => {}
                Expected::Flushed { round }
                | Expected::Ready { round, .. }
                | Expected::Byte { round } => *round = now,
            }
        }
    }

    fn copy_in_begins(&mut self) {
        self.hand_over();
        self.copying_in = true;
        // The server is going to read a Sync that was sent along with the
        // Execute while it waits for data, and ignores it.
        if self.expected.front() == Some(&Expected::Reply(b'E')) {
            let ignored = |expected: &Expected| match expected {
                Expected::Flushed { .. } => true,
                Expected::Ready { after, .. } => *after == Asked::Sync,
                Expected::Reply(_) | Expected::Byte { .. } => false,
            };
            while self.expected.get(1).is_some_and(ignored) {
                self.expected.remove(1);
            }
        }
    }

    fn failed(&mut self) {
        self.copying_in = false;
        // Other errors are followed by ReadyForQuery or by the end.
        let Some(Expected::Reply(_)) = self.expected.front() else {
            return;
        };
        while let Some(skipped) = self.expected.front() {
            match skipped {
                Expected::Ready {
                    after: Asked::Sync, ..
                } => return,
                Expected::Flushed { round } => self.answered = self.answered.max(*round),
                _ => {}
            }
            self.expected.pop_front();
        }
        self.skipping = true;
    }

    fn replied(&mut self, tag: u8) {
        if self.expected.front() == Some(&Expected::Reply(tag)) {
            self.expected.pop_front();
        }
    }

    fn complete_flushes(&mut self) {
        while let Some(Expected::Flushed { round }) = self.expected.front() {
            self.answered = self.answered.max(*round);
            self.expected.pop_front();
        }
    }

    /// The server cannot go on without the client, so that the first question
    /// has its answer for now.
    fn hand_over(&mut self) {
        let round = self.expected.iter().find_map(|expected| match expected {
            Expected::Flushed { round } | Expected::Ready { round, .. } => Some(*round),
            Expected::Reply(_) | Expected::Byte { .. } => None,
        });
        self.answered = self.answered.max(round.unwrap_or(0));
    }

    fn expect_ready(&mut self, after: Asked) {
        let round = self.begin();
        self.expected.push_back(Expected::Ready { round, after });
    }

    /// The round of a message that asks for an answer.
    fn begin(&mut self) -> u64 {
        let round = self.answered + 1;
        self.begun = self.begun.max(round);
        round
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a dialogue, in which `>` introduces the type bytes that the client
    /// sends and `<` those it receives, and counts the round trips after login.
    fn round_trips(dialogue: &str) -> u64 {
        let mut exchange = Exchange::new();
        exchange.client_sends(&Frame {
            tag: 0,
            head: vec![0, 3, 0, 0],
        });
        exchange.client_receives(&Frame {
            tag: b'R',
            head: vec![0, 0, 0, 0],
        });
        exchange.client_receives(&Frame {
            tag: b'Z',
            head: Vec::new(),
        });
        let mut from_client = true;
        let mut count = 0;
        for tag in dialogue.bytes() {
            let frame = Frame {
                tag,
                head: Vec::new(),
            };
            match tag {
                b' ' => {}
                b'>' => from_client = true,
                b'<' => from_client = false,
                _ if from_client => count += u64::from(exchange.client_sends(&frame)),
                _ => exchange.client_receives(&frame),
            }
        }
        count
    }

    #[test]
    fn simple_queries_that_wait_take_one_round_trip_each() {
        assert_eq!(round_trips(">Q <CZ >Q <TDDCZ >Q <CZ >X"), 3);
    }

    #[test]
    fn simple_queries_that_are_sent_together_share_a_round_trip() {
        assert_eq!(round_trips(">QQQ <CZ <TDCZ <CZ"), 1);
    }

    #[test]
    fn a_query_that_is_sent_while_rows_arrive_shares_the_round_trip() {
        assert_eq!(round_trips(">Q <TDD >Q <DDCZ <CZ"), 1);
    }

    #[test]
    fn a_query_that_may_depend_on_the_first_of_two_answers_takes_another() {
        assert_eq!(round_trips(">QQ <CZ >Q <CZ <CZ >Q <CZ"), 3);
        // Two chains of two.
        assert_eq!(round_trips(">QQ <CZ >Q <CZ >Q <CZ <CZ"), 2);
        assert_eq!(round_trips(">QQ <CZ >Q <CZ <CZ"), 2);
    }

    #[test]
    fn preparing_and_executing_take_a_round_trip_each_unless_sent_together() {
        assert_eq!(round_trips(">PDS <1tTZ >BES <2DCZ"), 2);
        assert_eq!(round_trips(">PDSBES <1tTZ2DCZ"), 1);
        assert_eq!(round_trips(">PBDES <12TDCZ"), 1);
    }

    #[test]
    fn a_flush_is_answered_without_ready_for_query() {
        assert_eq!(round_trips(">PDH <1tT >BEH <2DC >S <Z"), 3);
        assert_eq!(round_trips(">PDH <1t >BES <T2DCZ"), 1);
    }

    #[test]
    fn a_flush_with_nothing_to_flush_asks_for_nothing() {
        assert_eq!(round_trips(">H >Q <CZ >H"), 1);
    }

    #[test]
    fn an_error_ends_everything_up_to_the_sync() {
        assert_eq!(round_trips(">PBES <EZ >Q <CZ"), 2);
        assert_eq!(round_trips(">PBESPBES <EZ <12CZ >Q <CZ"), 2);
        assert_eq!(round_trips(">PH <E >BES <Z >Q <CZ"), 3);
        assert_eq!(round_trips(">PBES <1 <EZ >PBES <12CZ"), 2);
    }

    #[test]
    fn an_error_in_a_simple_query_does_not_disturb_the_next() {
        assert_eq!(round_trips(">QQ <EZ <CZ >Q <CZ"), 2);
    }

    #[test]
    fn copying_in_waits_for_the_permission_and_for_the_end() {
        assert_eq!(round_trips(">Q <G >dddc <CZ >Q <CZ"), 3);
        // Sync with Execute, as well as after the data.
        assert_eq!(round_trips(">BES <2G >ddcS <CZ >Q <CZ"), 3);
        assert_eq!(round_trips(">BES <2G >ddfS <EZ >Q <CZ"), 3);
    }

    #[test]
    fn copying_out_is_one_round_trip() {
        assert_eq!(round_trips(">Q <HdddcCZ"), 1);
    }

    #[test]
    fn notifications_and_notices_are_no_answers() {
        assert_eq!(round_trips(">Q <AN >Q <CZ <ACZ"), 1);
    }

    #[test]
    fn each_step_of_a_login_is_a_round_trip() {
        let mut exchange = Exchange::new();
        let password = Frame {
            tag: b'p',
            head: Vec::new(),
        };
        let asks = |code| Frame {
            tag: b'R',
            head: vec![0, 0, 0, code],
        };

        assert_eq!(exchange.client_layout(), Some(Layout::Untyped));
        let ssl = Frame {
            tag: 0,
            head: SSL_REQUEST.to_be_bytes().to_vec(),
        };
        assert!(exchange.client_sends(&ssl));
        assert_eq!(exchange.server_layout(), Some(Layout::Byte));
        exchange.client_receives(&Frame {
            tag: b'N',
            head: Vec::new(),
        });

        assert_eq!(exchange.client_layout(), Some(Layout::Untyped));
        assert!(exchange.client_sends(&Frame {
            tag: 0,
            head: vec![0, 3, 0, 0]
        }));
        assert_eq!(exchange.client_layout(), Some(Layout::Typed));
        exchange.client_receives(&asks(10));
        assert!(exchange.client_sends(&password));
        exchange.client_receives(&asks(11));
        assert!(exchange.client_sends(&password));
        for code in [12, 0] {
            exchange.client_receives(&asks(code));
        }
        exchange.client_receives(&Frame {
            tag: b'Z',
            head: Vec::new(),
        });
        assert_eq!(exchange.begun, 4);
    }

    #[test]
    fn an_encrypted_connection_is_not_read_further() {
        let mut exchange = Exchange::new();
        let ssl = Frame {
            tag: 0,
            head: SSL_REQUEST.to_be_bytes().to_vec(),
        };
        exchange.client_sends(&ssl);
        exchange.client_receives(&Frame {
            tag: b'S',
            head: Vec::new(),
        });
        assert_eq!(exchange.client_layout(), None);
        assert_eq!(exchange.server_layout(), None);
    }
}
