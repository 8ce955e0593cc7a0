use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::layout;

/// The greatest length of a [`FileName`] in the form in which a bucket has it, in bytes. Characters other
/// than `a-z 0-9 . _ -` and `/` count three bytes for each of their bytes.
pub const MAX_NAME_BYTES: usize = 600;

/// The name of a file within its tenant: parts that are separated by `/`.
///
/// A name is compared byte by byte: `a.pdf` and `A.pdf` are two files on every disk.
///
/// ```
/// use tenancy_core::files::{FileName, InvalidFileName};
///
/// let name = FileName::parse("Verträge/2026/Miete (neu).pdf")?;
/// assert_eq!(name.as_str(), "Verträge/2026/Miete (neu).pdf");
///
/// assert_eq!(FileName::parse("/etc/passwd"), Err(InvalidFileName::Absolute));
/// assert_eq!(FileName::parse("a/../../b"), Err(InvalidFileName::Dots));
/// assert_eq!(FileName::parse("%2e%2e/b"), Err(InvalidFileName::Encoded));
/// # Ok::<(), InvalidFileName>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(Arc<str>);

/// Why the name of a file was refused. The text does not contain the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFileName {
    /// The empty text.
    #[error("a file needs a name")]
    Empty,
    /// More than [`MAX_NAME_BYTES`] in the form in which a bucket has it.
    #[error(
        "the name of the file is too long; in its encoded form it may have {MAX_NAME_BYTES} bytes"
    )]
    TooLong,
    /// It begins with `/` or with the letter of a drive.
    #[error("the name of a file is relative to its tenant; leave out the beginning of the path")]
    Absolute,
    /// Two `/` side by side, or one at the end.
    #[error("the name of a file has no empty parts; leave out the extra `/`")]
    EmptyPart,
    /// A part of dots or blanks only, which is a way and not a name.
    #[error("the name of a file has no parts of dots or blanks only; write the path without them")]
    Dots,
    /// A `\`, which separates parts where the name may have come from.
    #[error("the name of a file has no `\\`; separate its parts by `/`")]
    Backslash,
    /// A control character, NUL for example.
    #[error("byte {position} of the name is a control character; leave it out")]
    Control {
        /// Where the character begins, in bytes from 0.
        position: usize,
    },
    /// Percent-encoding that hides one of the above.
    #[error("the name hides another in percent-encoding; decode it first")]
    Encoded,
}

impl FileName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidFileName`] with the reason.
    pub fn parse(text: &str) -> Result<Self, InvalidFileName> {
        // First, so that what follows has little to do for a name of megabytes.
        if text.len() > MAX_NAME_BYTES {
            return Err(InvalidFileName::TooLong);
        }
        check(text)?;
        if hides_another(text) {
            return Err(InvalidFileName::Encoded);
        }
        if layout::encoded_length(text) > MAX_NAME_BYTES {
            return Err(InvalidFileName::TooLong);
        }
        Ok(FileName(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str) -> Result<(), InvalidFileName> {
    if text.is_empty() {
        return Err(InvalidFileName::Empty);
    }
    if let Some((position, _)) = text.char_indices().find(|(_, c)| c.is_control()) {
        return Err(InvalidFileName::Control { position });
    }
    if text.contains('\\') {
        return Err(InvalidFileName::Backslash);
    }
    let drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if text.starts_with('/') || drive {
        return Err(InvalidFileName::Absolute);
    }
    for part in text.split('/') {
        if part.is_empty() {
            return Err(InvalidFileName::EmptyPart);
        }
        // With blanks, because some systems drop those at the end of a name.
        if part.chars().all(|c| c == '.' || c.is_whitespace()) {
            return Err(InvalidFileName::Dots);
        }
    }
    Ok(())
}

/// Whether the text, decoded as often as there is something to decode, is another path. Nothing in this
/// module decodes names; what hands them on may.
fn hides_another(text: &str) -> bool {
    let mut decoded = Cow::Borrowed(text.as_bytes());
    while let Some(next) = percent_decoded(&decoded) {
        decoded = Cow::Owned(next);
        let parts = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'/').count();
        if parts(&decoded) != parts(text.as_bytes())
            || check(&String::from_utf8_lossy(&decoded)).is_err()
        {
            return true;
        }
    }
    false
}

/// The bytes after one decoding; nothing where there is none to do.
fn percent_decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (*first, tail)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            out.push((high << 4 | low) as u8);
            rest = after;
        } else {
            out.push(*first);
        }
    }
    (out.len() < bytes.len()).then_some(out)
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
