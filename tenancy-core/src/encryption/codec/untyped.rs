use std::fmt;

use zeroize::Zeroizing;

use super::{Codec, Plaintext};
use crate::encryption::{EncryptionError, MAX_PLAINTEXT_BYTES};

/// What an envelope holds, for tools that move values and do not know their types.
///
/// ```
/// # use tenancy_core::encryption::*;
/// # let keys = DerivedKeys::new_blocking("example", RootKey::generate()?)?;
/// # let label = Label::literal("projects.api_key");
/// # let old = keys.tenant(&7)?.column(&label)?;
/// # let new = keys.tenant(&8)?.column(&label)?;
/// let sealed = old.seal("s3cret")?;
/// let value = old.open_untyped(None, &sealed)?;
/// assert_eq!((value.codec(), value.bytes()), (Codec::Utf8, &b"s3cret"[..]));
///
/// let sealed = new.seal_untyped(None, &value)?;
/// assert_eq!(new.open::<String>(&sealed)?, "s3cret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Untyped {
    pub(in crate::encryption) codec: Codec,
    /// Without the padding.
    pub(in crate::encryption) length: usize,
    pub(in crate::encryption) padded: bool,
    /// With the padding.
    pub(in crate::encryption) plaintext: Plaintext,
}

impl Untyped {
    /// A value of these bytes, in the form that its codec has. That they have it is noticed when it is opened.
    ///
    /// With `padded`, the value is as long as this when it is sealed, in bytes.
    ///
    /// # Errors
    /// [`EncryptionError::TooLarge`], and [`EncryptionError::Malformed`] when the padded length is
    /// not greater than that of the bytes.
    pub fn new(codec: Codec, bytes: &[u8], padded: Option<usize>) -> Result<Self, EncryptionError> {
        let total = padded.unwrap_or(bytes.len());
        if total > MAX_PLAINTEXT_BYTES {
            return Err(EncryptionError::TooLarge);
        }
        let mut plaintext = Zeroizing::new(Vec::with_capacity(total));
        plaintext.extend_from_slice(bytes);
        if padded.is_some() {
            if total <= bytes.len() {
                return Err(EncryptionError::Malformed);
            }
            plaintext.push(0x80);
            plaintext.resize(total, 0);
        }
        Ok(Untyped {
            codec,
            length: bytes.len(),
            padded: padded.is_some(),
            plaintext,
        })
    }

    /// The type of the value.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The value in the form of its codec.
    pub fn bytes(&self) -> &[u8] {
        &self.plaintext[..self.length]
    }

    /// The length with the padding, if there is one.
    pub fn padded(&self) -> Option<usize> {
        self.padded.then_some(self.plaintext.len())
    }
}

impl fmt::Debug for Untyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Untyped(..)")
    }
}
