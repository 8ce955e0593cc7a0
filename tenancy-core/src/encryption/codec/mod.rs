//! How values become bytes. The forms are frozen: what was sealed years ago must open.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "serde_json")]
mod json;
#[cfg(feature = "numeric")]
mod numeric;
mod output;
mod plain;
#[cfg(feature = "time")]
mod time;
mod untyped;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(feature = "serde_json")]
pub use json::Json;
pub use output::Output;
pub use untyped::Untyped;
use zeroize::Zeroizing;

use super::EncryptionError;

/// The type of a sealed value, byte 3 of its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Codec {
    /// Text in UTF-8.
    Utf8 = 1,
    /// Bytes as they are.
    Bytes = 2,
    /// 2 bytes, big-endian.
    I16 = 3,
    /// 4 bytes, big-endian.
    I32 = 4,
    /// 8 bytes, big-endian.
    I64 = 5,
    /// 1 byte, 0 or 1.
    Bool = 6,
    /// The 16 bytes of a UUID.
    Uuid = 7,
    /// Days since 1970-01-01: 4 bytes, big-endian.
    Date = 8,
    /// Seconds since midnight and nanoseconds within the second: 4 bytes each, big-endian. A second
    /// of 10^9 nanoseconds or more is a leap second.
    Time = 9,
    /// A date and a time without a time zone.
    Timestamp = 10,
    /// A date and a time in UTC.
    Timestamptz = 11,
    /// The scale, 8 bytes big-endian, and the unscaled integer, big-endian in two's complement.
    Numeric = 12,
    /// JSON text.
    Json = 13,
}

impl Codec {
    /// Every codec.
    pub const ALL: [Codec; 13] = [
        Codec::Utf8,
        Codec::Bytes,
        Codec::I16,
        Codec::I32,
        Codec::I64,
        Codec::Bool,
        Codec::Uuid,
        Codec::Date,
        Codec::Time,
        Codec::Timestamp,
        Codec::Timestamptz,
        Codec::Numeric,
        Codec::Json,
    ];

    /// The codec of a byte of an envelope.
    pub fn from_byte(byte: u8) -> Option<Codec> {
        Codec::ALL.into_iter().find(|&codec| codec as u8 == byte)
    }
}

/// A value that can be sealed.
///
/// Implemented for texts, bytes, integers, `bool`, and, with the features that carry Diesel's names,
/// `uuid`, `chrono`, `time`, `serde_json` and `numeric`. A newtype implements it by its inner type.
pub trait Encode {
    /// The type of the value.
    const CODEC: Codec;

    /// The length of the encoded value, so that it is written into one allocation. A guess is
    /// allowed, and costs a copy when it is too low.
    fn size_hint(&self) -> usize;

    /// Writes the value.
    ///
    /// # Errors
    /// [`EncryptionError::TooLarge`] from the output; [`EncryptionError::Malformed`] for a value that
    /// has no encoding.
    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError>;
}

/// The bytes of a value that was opened. They are wiped when they are dropped.
pub type Plaintext = Zeroizing<Vec<u8>>;

/// A value that can be opened.
pub trait Decode: Encode + Sized {
    /// Reads the value from what was sealed.
    ///
    /// # Errors
    /// [`EncryptionError::Malformed`] when the bytes do not have the form of the codec.
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError>;
}

impl<T: Encode + ?Sized> Encode for &T {
    const CODEC: Codec = T::CODEC;

    fn size_hint(&self) -> usize {
        T::size_hint(self)
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        T::encode(self, out)
    }
}

/// The bytes of a value of fixed length.
fn fixed<const N: usize>(plaintext: &[u8]) -> Result<[u8; N], EncryptionError> {
    plaintext.try_into().map_err(|_| EncryptionError::Malformed)
}
