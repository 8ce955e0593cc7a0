use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use super::frame::frame;

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 128 bytes and no control characters")]
pub struct InvalidName;

const MAX_NAME_BYTES: usize = 128;

const fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i].is_ascii_control() {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty() && bytes.len() <= MAX_NAME_BYTES
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// A name that stands in the program.
            ///
            /// # Panics
            /// When the text is empty, longer than 128 bytes or holds control characters: at compile
            /// time in a `const`.
            pub const fn literal(text: &'static str) -> Self {
                assert!(is_name(text), "a name has 1 to 128 bytes and no control characters");
                $name(Cow::Borrowed(text))
            }

            /// A name from elsewhere.
            ///
            /// # Errors
            /// [`InvalidName`] when the text is empty, longer than 128 bytes or holds control characters.
            pub fn parse(text: &str) -> Result<Self, InvalidName> {
                if !is_name(text) {
                    return Err(InvalidName);
                }
                Ok($name(Cow::Owned(text.to_owned())))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// The label of an encrypted column, under which its keys are derived. It never changes, also
    /// when the table or the column is renamed.
    ///
    /// ```
    /// use tenancy_core::encryption::Label;
    ///
    /// const API_KEY: Label = Label::literal("projects.api_key");
    /// assert_eq!(API_KEY, Label::parse("projects.api_key")?);
    /// assert!(Label::parse("").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Label
}
name! {
    /// The name that an operator gives to a root key, such as `2026-01`. Key records hold it, so that
    /// roots are looked up and never tried in turn. It is not secret.
    RootId
}

/// The identity of a row, for values that must not be moved between the rows of a column.
///
/// ```
/// use tenancy_core::encryption::RowId;
///
/// assert_eq!(RowId::new("42"), RowId::of(&["42"]));
/// assert_ne!(RowId::of(&["a", "bc"]), RowId::of(&["ab", "c"]));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RowId(Vec<u8>);

impl RowId {
    /// The canonical text of a key of one column.
    pub fn new(id: &str) -> Self {
        RowId::of(&[id])
    }

    /// The canonical texts of a key of several columns, in the order of the key.
    pub fn of(parts: &[&str]) -> Self {
        let parts: Vec<&[u8]> = parts.iter().map(|p| p.as_bytes()).collect();
        RowId(frame(&parts))
    }

    /// An identity that is no text.
    #[cfg(feature = "cache")]
    pub(crate) fn of_bytes(parts: &[&[u8]]) -> Self {
        RowId(frame(parts))
    }

    pub(super) fn framed(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowId(..)")
    }
}

/// The number of a generation of a tenant's data keys, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyGeneration(NonZeroU32);

impl KeyGeneration {
    /// The generation that a new tenant begins with.
    pub const FIRST: Self = KeyGeneration(NonZeroU32::MIN);

    /// The generation of this number; 0 is none.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(KeyGeneration(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    pub(super) fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(KeyGeneration)
    }
}

impl fmt::Display for KeyGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
