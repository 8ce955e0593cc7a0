//! What the proxy has seen, shared between its thread and the test.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What went through a [`WireProxy`](super::WireProxy).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// How often a client waited; see the [module documentation](super).
    pub round_trips: u64,
    /// Protocol messages from clients.
    pub client_messages: u64,
    /// Protocol messages to clients.
    pub server_messages: u64,
    /// Bytes from clients.
    pub client_bytes: u64,
    /// Bytes to clients.
    pub server_bytes: u64,
    /// Portions in which client bytes came. A client's write is one portion
    /// as a rule, but TCP may join small ones and cut large ones.
    pub client_writes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    counters: Counters,
    recording: bool,
    recorded: Vec<String>,
}

impl Tally {
    pub(super) fn counters(&self) -> Counters {
        self.seen().counters
    }

    pub(super) fn reset(&self) {
        let mut seen = self.seen();
        seen.counters = Counters::default();
        seen.recorded.clear();
    }

    pub(super) fn record(&self) {
        self.seen().recording = true;
    }

    pub(super) fn recorded(&self) -> Vec<String> {
        self.seen().recorded.clone()
    }

    pub(super) fn count(&self, add: impl FnOnce(&mut Counters)) {
        add(&mut self.seen().counters);
    }

    /// Notes a message if messages are being recorded.
    pub(super) fn note(&self, label: impl FnOnce() -> String) {
        let mut seen = self.seen();
        if seen.recording {
            seen.recorded.push(label());
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
