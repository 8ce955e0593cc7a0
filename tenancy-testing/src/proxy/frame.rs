//! Cuts a stream of bytes into protocol messages.

/// The longest packet that the server takes before the login. What claims to
/// be longer is something else, such as a TLS handshake.
const STARTUP_LIMIT: usize = 10_000;

/// How the next message on a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A type byte, then the length.
    Typed,
    /// The length alone: what a client sends first.
    Untyped,
    /// One byte: the answer to a request for encryption.
    Byte,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// The type byte, or zero for an untyped message.
    pub(super) tag: u8,
    /// The beginning of what follows the length.
    pub(super) head: Vec<u8>,
}

/// The stream does not consist of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Collects the parts of one message across any number of reads.
#[derive(Debug)]
pub(super) struct Framer {
    /// Type byte and length, as far as they are known.
    header: Vec<u8>,
    head: Vec<u8>,
    /// How much of a body to keep.
    keep: usize,
    /// How much of the body has passed.
    passed: usize,
}

impl Framer {
    /// Keeps up to `keep` bytes of each body.
    pub(super) fn new(keep: usize) -> Self {
        Self {
            header: Vec::new(),
            head: Vec::new(),
            keep,
            passed: 0,
        }
    }

    /// Takes bytes from `input` up to the end of a message, and returns that
    /// message. `None` when `input` ends before.
    ///
    /// `layout` must stay the same until a message is complete.
    pub(super) fn next(
        &mut self,
        input: &mut &[u8],
        layout: Layout,
    ) -> Result<Option<Frame>, Unreadable> {
        let type_bytes = match layout {
            Layout::Byte => {
                return Ok(take(input, 1).first().map(|&tag| Frame {
                    tag,
                    head: Vec::new(),
                }));
            }
            Layout::Typed => 1,
            Layout::Untyped => 0,
        };
        let missing = type_bytes + 4 - self.header.len();
        self.header.extend_from_slice(take(input, missing));
        let Some(&[a, b, c, d]) = self
            .header
            .get(type_bytes..)
            .and_then(|rest| rest.first_chunk())
        else {
            return Ok(None);
        };
        // The length counts itself.
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let body = length.checked_sub(4).ok_or(Unreadable)?;
        if layout == Layout::Untyped && length > STARTUP_LIMIT {
            return Err(Unreadable);
        }

        let part = take(input, body - self.passed);
        self.passed += part.len();
        let room = self.keep - self.head.len();
        self.head.extend_from_slice(&part[..part.len().min(room)]);
        if self.passed < body {
            return Ok(None);
        }
        let tag = if type_bytes == 1 { self.header[0] } else { 0 };
        self.header.clear();
        self.passed = 0;
        Ok(Some(Frame {
            tag,
            head: std::mem::take(&mut self.head),
        }))
    }
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(count.min(input.len()));
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
        [&[tag][..], &length.to_be_bytes(), body].concat()
    }

    /// Feeds `stream` in portions; the first message is untyped.
    fn frames(stream: &[u8], portion: usize) -> Result<Vec<Frame>, Unreadable> {
        let mut framer = Framer::new(8);
        let mut frames = Vec::new();
        for mut input in stream.chunks(portion) {
            loop {
                let layout = if frames.is_empty() {
                    Layout::Untyped
                } else {
                    Layout::Typed
                };
                match framer.next(&mut input, layout)? {
                    Some(frame) => frames.push(frame),
                    None => break,
                }
            }
            assert!(input.is_empty());
        }
        Ok(frames)
    }

    #[test]
    fn messages_are_the_same_however_the_stream_is_cut() -> Result<(), Unreadable> {
        let stream = [
            &message(0, b"\0\x03\0\0user\0ann\0\0")[1..],
            &message(b'Q', b"SELECT 1\0"),
            &message(b'S', b""),
            &message(b'H', b""),
            &message(b'd', &[7; 70_000]),
            &message(b'X', b""),
        ]
        .concat();
        let whole = frames(&stream, stream.len())?;
        let tags: Vec<u8> = whole.iter().map(|frame| frame.tag).collect();
        assert_eq!(tags, b"\0QSHdX");
        assert_eq!(whole[1].head, b"SELECT 1");
        assert_eq!(whole[4].head, [7; 8]);
        for portion in [1, 2, 3, 4, 5, 7, 1000, 65_536] {
            assert_eq!(frames(&stream, portion)?, whole, "in portions of {portion}");
        }
        Ok(())
    }

    #[test]
    fn an_incomplete_message_is_no_message() -> Result<(), Unreadable> {
        let stream = message(b'Q', b"SELECT 1\0");
        for length in 0..stream.len() {
            let mut framer = Framer::new(8);
            assert_eq!(framer.next(&mut &stream[..length], Layout::Typed)?, None);
        }
        Ok(())
    }

    #[test]
    fn a_tls_handshake_and_an_impossible_length_are_not_messages() {
        let mut framer = Framer::new(8);
        assert_eq!(
            framer.next(&mut &b"\x16\x03\x01\x02\0"[..], Layout::Untyped),
            Err(Unreadable)
        );
        let mut framer = Framer::new(8);
        assert_eq!(
            framer.next(&mut &b"Q\0\0\0\x03"[..], Layout::Typed),
            Err(Unreadable)
        );
    }
}
