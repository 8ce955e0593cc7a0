//! A value as it stands in a file.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use tenancy_core::encryption::{Codec, EncryptionError, Untyped};

/// NULL, the text that PostgreSQL gives for a value, or a value of an encrypted column.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Null,
    Text(String),
    Encrypted(EncryptedText),
}

/// A value of an encrypted column.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum EncryptedText {
    Sealed(SealedText),
    Opened(OpenedText),
}

/// The envelope.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealedText {
    /// Hexadecimal digits.
    sealed: String,
}

/// What was in the envelope.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenedText {
    /// The type.
    codec: String,
    /// The value, where its type is one of texts, integers, `bool` or `uuid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The bytes of any other type, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    /// The length with the padding, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    padded: Option<usize>,
    /// Whether the value belongs to its row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) row_bound: bool,
}

impl fmt::Debug for EncryptedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encrypted(..)")
    }
}

impl EncryptedText {
    pub(super) fn sealed(envelope: &[u8]) -> Self {
        EncryptedText::Sealed(SealedText {
            sealed: hex(envelope),
        })
    }

    pub(super) fn opened(value: &Untyped, row_bound: bool) -> Self {
        let text = to_text(value.codec(), value.bytes());
        EncryptedText::Opened(OpenedText {
            codec: name(value.codec()).to_owned(),
            hex: text.is_none().then(|| hex(value.bytes())),
            text,
            padded: value.padded(),
            row_bound,
        })
    }
}

impl SealedText {
    pub(super) fn envelope(&self) -> Result<Vec<u8>, EncryptionError> {
        unhex(&self.sealed).ok_or(EncryptionError::Malformed)
    }
}

impl OpenedText {
    pub(super) fn value(&self) -> Result<Untyped, EncryptionError> {
        let malformed = EncryptionError::Malformed;
        let codec = Codec::ALL
            .into_iter()
            .find(|codec| name(*codec) == self.codec);
        let codec = codec.ok_or(EncryptionError::CodecMismatch)?;
        let bytes = match (&self.text, &self.hex) {
            (Some(text), None) => from_text(codec, text),
            (None, Some(digits)) => unhex(digits),
            _ => None,
        };
        Untyped::new(codec, &bytes.ok_or(malformed)?, self.padded)
    }
}

fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::Utf8 => "utf8",
        Codec::Bytes => "bytes",
        Codec::I16 => "int2",
        Codec::I32 => "int4",
        Codec::I64 => "int8",
        Codec::Bool => "bool",
        Codec::Uuid => "uuid",
        Codec::Date => "date",
        Codec::Time => "time",
        Codec::Timestamp => "timestamp",
        Codec::Timestamptz => "timestamptz",
        Codec::Numeric => "numeric",
        Codec::Json => "json",
        // A type of a later release has no name yet, so no file can have it.
        _ => "",
    }
}

fn to_text(codec: Codec, bytes: &[u8]) -> Option<String> {
    Some(match codec {
        Codec::Utf8 | Codec::Json => std::str::from_utf8(bytes).ok()?.to_owned(),
        Codec::I16 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
        Codec::I32 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        Codec::I64 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        Codec::Bool => match bytes {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => return None,
        },
        Codec::Uuid => {
            let digits = hex(bytes);
            if digits.len() != 32 {
                return None;
            }
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
            parts.map(|part| &digits[part]).join("-")
        }
        _ => return None,
    })
}

fn from_text(codec: Codec, text: &str) -> Option<Vec<u8>> {
    Some(match codec {
        Codec::Utf8 | Codec::Json => text.as_bytes().to_vec(),
        Codec::I16 => text.parse::<i16>().ok()?.to_be_bytes().to_vec(),
        Codec::I32 => text.parse::<i32>().ok()?.to_be_bytes().to_vec(),
        Codec::I64 => text.parse::<i64>().ok()?.to_be_bytes().to_vec(),
        Codec::Bool => vec![u8::from(text.parse::<bool>().ok()?)],
        Codec::Uuid => unhex(&text.replace('-', "")).filter(|bytes| bytes.len() == 16)?,
        _ => return None,
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| {
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        [digit(byte >> 4), digit(byte & 0x0f)]
    });
    digits.collect()
}

pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok())
        .collect()
}

/// A row to be written, in the order of its columns.
pub(super) struct OutRow<'a>(pub(super) Vec<(&'a str, Cell)>);

impl Serialize for OutRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, cell) in &self.0 {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

/// A row that was read, in whatever order it has. No name occurs twice.
pub(super) struct InRow(pub(super) Vec<(String, Cell)>);

impl<'de> Deserialize<'de> for InRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;

        impl<'de> Visitor<'de> for Rows {
            type Value = InRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InRow, A::Error> {
                let mut row: Vec<(String, Cell)> = Vec::new();
                while let Some((name, cell)) = map.next_entry::<String, Cell>()? {
                    if row.iter().any(|(other, _)| *other == name) {
                        return Err(de::Error::custom("a column occurs twice"));
                    }
                    row.push((name, cell));
                }
                Ok(InRow(row))
            }
        }

        deserializer.deserialize_map(Rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_each_codec_is_read_as_it_was_written() {
        for (codec, bytes, text) in [
            (Codec::Utf8, "für \0".as_bytes(), Some("für \0")),
            (Codec::Json, b"{\"a\": 1}", Some("{\"a\": 1}")),
            (Codec::I16, &[0xff, 0xfe], Some("-2")),
            (Codec::I32, &[0, 0, 1, 0], Some("256")),
            (
                Codec::I64,
                &[0x80, 0, 0, 0, 0, 0, 0, 0],
                Some("-9223372036854775808"),
            ),
            (Codec::Bool, &[1], Some("true")),
            (
                Codec::Uuid,
                &[
                    0x7f, 0x1c, 0x5a, 0x52, 0x2f, 0x0e, 0x4a, 0x37, 0x8a, 0x43, 0x6a, 0xb3, 0xf7,
                    0xf0, 0xc0, 0x01,
                ],
                Some("7f1c5a52-2f0e-4a37-8a43-6ab3f7f0c001"),
            ),
            (Codec::Bytes, &[0, 0xff], None),
            (Codec::Date, &[0, 0, 0, 1], None),
            // What does not have the form of its codec is kept as it is.
            (Codec::I32, &[1], None),
            (Codec::Utf8, &[0xff], None),
        ] {
            let value = Untyped::new(codec, bytes, Some(64)).unwrap();
            let json = serde_json::to_string(&EncryptedText::opened(&value, true)).unwrap();
            let read: EncryptedText = serde_json::from_str(&json).unwrap();
            let EncryptedText::Opened(read) = read else {
                panic!("{json}");
            };
            assert_eq!(read.text.as_deref(), text, "{json}");
            let read = read.value().unwrap();
            assert_eq!(
                (read.codec(), read.bytes(), read.padded()),
                (codec, bytes, Some(64))
            );
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for json in [
            "1",
            "true",
            "[]",
            "{}",
            r#"{"sealed": "00", "codec": "utf8"}"#,
            r#"{"sealed": 1}"#,
            r#"{"text": "a"}"#,
            r#"{"codec": "utf8", "text": "a", "more": 1}"#,
        ] {
            assert!(serde_json::from_str::<Cell>(json).is_err(), "{json}");
        }
        for json in [
            r#"{"codec": "utf8"}"#,
            r#"{"codec": "", "hex": "00"}"#,
            r#"{"codec": "utf9", "text": "a"}"#,
            r#"{"codec": "utf8", "text": "a", "hex": "00"}"#,
            r#"{"codec": "int4", "text": "1.5"}"#,
            r#"{"codec": "date", "text": "2026-01-01"}"#,
            r#"{"codec": "bytes", "hex": "0"}"#,
            r#"{"codec": "bytes", "hex": "0g"}"#,
            r#"{"codec": "utf8", "text": "abc", "padded": 3}"#,
            r#"{"codec": "utf8", "text": "abc", "padded": 99999999999}"#,
        ] {
            let opened: OpenedText = serde_json::from_str(json).unwrap();
            assert!(opened.value().is_err(), "{json}");
        }
        assert!(serde_json::from_str::<InRow>(r#"{"a": null, "a": "1"}"#).is_err());
    }
}
