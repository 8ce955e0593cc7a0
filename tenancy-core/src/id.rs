use std::fmt::Debug;
use std::hash::Hash;

use crate::InvalidTenantId;

/// The greatest length of a text tenant id, in bytes.
pub const MAX_TEXT_ID_BYTES: usize = 128;

const NARROW: &str = "ASCII letters, digits and the characters . _ : -";
const WIDE: &str = "any character except control characters";

/// The identity of a tenant.
///
/// An id has one *canonical text*, the form that the PostgreSQL session variable, key derivation
/// and file paths use. [`validate`](TenantId::validate) runs wherever a scope opens, so an id that
/// stands for "unset" never selects rows.
///
/// Implemented for [`i32`], [`i64`], [`String`] and, with the `uuid` feature, `uuid::Uuid`.
/// Applications usually derive it for a newtype (`#[derive(TenantId)]` of `tenancy-diesel`), so that
/// an organisation's id cannot be confused with a user's.
///
/// ```
/// use tenancy_core::{InvalidTenantId, TenantId};
///
/// assert_eq!(42.canonical(), "42");
/// assert_eq!(i32::parse("42"), Ok(42));
/// assert_eq!(0.validate(), Err(InvalidTenantId::Zero));
/// assert_eq!("acme".to_owned().validate(), Ok(()));
/// assert_eq!(" ".to_owned().validate(), Err(InvalidTenantId::Blank));
/// ```
pub trait TenantId: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The canonical text: equal ids have equal texts, different ids different ones.
    fn canonical(&self) -> String;

    /// Reads a canonical text and validates the id.
    ///
    /// # Errors
    /// [`InvalidTenantId`] when the text is not in canonical form or the id is not valid.
    fn parse(text: &str) -> Result<Self, InvalidTenantId>;

    /// Refuses ids that no tenant can have.
    ///
    /// # Errors
    /// [`InvalidTenantId`] with the reason.
    fn validate(&self) -> Result<(), InvalidTenantId>;
}

macro_rules! integer_tenant_id {
    ($($int:ty),*) => {$(
        /// Positive numbers only: 0 is what an unset field holds, and negative numbers are what
        /// programs use as sentinels.
        impl TenantId for $int {
            fn canonical(&self) -> String {
                self.to_string()
            }

            fn parse(text: &str) -> Result<Self, InvalidTenantId> {
                let malformed = InvalidTenantId::Malformed { expected: "a decimal integer" };
                let id: $int = text.parse().map_err(|_| malformed)?;
                if id.to_string() != text {
                    return Err(malformed);
                }
                id.validate()?;
                Ok(id)
            }

            fn validate(&self) -> Result<(), InvalidTenantId> {
                match *self {
                    0 => Err(InvalidTenantId::Zero),
                    i if i < 0 => Err(InvalidTenantId::Negative),
                    _ => Ok(()),
                }
            }
        }
    )*};
}

integer_tenant_id!(i32, i64);

/// Every UUID except the nil and the max UUID.
#[cfg(feature = "uuid")]
impl TenantId for uuid::Uuid {
    fn canonical(&self) -> String {
        self.hyphenated().to_string()
    }

    fn parse(text: &str) -> Result<Self, InvalidTenantId> {
        let malformed = InvalidTenantId::Malformed {
            expected: "a UUID in lower case with hyphens",
        };
        let id = uuid::Uuid::try_parse(text).map_err(|_| malformed)?;
        if id.canonical() != text {
            return Err(malformed);
        }
        id.validate()?;
        Ok(id)
    }

    fn validate(&self) -> Result<(), InvalidTenantId> {
        if self.is_nil() {
            Err(InvalidTenantId::NilUuid)
        } else if self.is_max() {
            Err(InvalidTenantId::MaxUuid)
        } else {
            Ok(())
        }
    }
}

/// Texts as [`validate_text`] accepts them, case-sensitive.
impl TenantId for String {
    fn canonical(&self) -> String {
        self.clone()
    }

    fn parse(text: &str) -> Result<Self, InvalidTenantId> {
        validate_text(text)?;
        Ok(text.to_owned())
    }

    fn validate(&self) -> Result<(), InvalidTenantId> {
        validate_text(self)
    }
}

/// Accepts 1 to [`MAX_TEXT_ID_BYTES`] bytes of `A-Z a-z 0-9 . _ : -`, not of dots only.
///
/// The set has no character with a meaning in SQL, in paths, in URLs or in `LIKE` patterns except
/// `_`, and none with a look-alike.
///
/// # Errors
/// [`InvalidTenantId`] with the reason.
pub fn validate_text(text: &str) -> Result<(), InvalidTenantId> {
    let accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    validate_with(text, accepted, NARROW)
}

/// Accepts 1 to [`MAX_TEXT_ID_BYTES`] bytes of any characters except control characters.
///
/// For newtypes around ids that another system issued. Look-alikes and letter case are the
/// caller's business: `"Acme"` and `"acme"` are two tenants.
///
/// # Errors
/// [`InvalidTenantId`] with the reason.
pub fn validate_wide_text(text: &str) -> Result<(), InvalidTenantId> {
    validate_with(text, |c| !c.is_control(), WIDE)
}

fn validate_with(
    text: &str,
    accepted: impl Fn(char) -> bool,
    words: &'static str,
) -> Result<(), InvalidTenantId> {
    if text.is_empty() {
        return Err(InvalidTenantId::Empty);
    }
    if text.len() > MAX_TEXT_ID_BYTES {
        return Err(InvalidTenantId::TooLong {
            bytes: text.len(),
            max: MAX_TEXT_ID_BYTES,
        });
    }
    if text.chars().all(char::is_whitespace) {
        return Err(InvalidTenantId::Blank);
    }
    if let Some((position, _)) = text.char_indices().find(|&(_, c)| !accepted(c)) {
        return Err(InvalidTenantId::Character {
            position,
            accepted: words,
        });
    }
    if text.bytes().all(|b| b == b'.') {
        return Err(InvalidTenantId::OnlyDots);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_positive_and_canonical() {
        assert_eq!(i64::parse("9223372036854775807"), Ok(i64::MAX));
        assert_eq!(0i64.validate(), Err(InvalidTenantId::Zero));
        assert_eq!((-1i32).validate(), Err(InvalidTenantId::Negative));
        assert_eq!(i32::MIN.validate(), Err(InvalidTenantId::Negative));
        for text in ["", " 1", "01", "+1", "1.0", "2147483648", "1;", "１"] {
            assert!(
                matches!(i32::parse(text), Err(InvalidTenantId::Malformed { .. })),
                "{text:?}"
            );
        }
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids_are_neither_nil_nor_max_and_have_one_text() {
        let id = "7f1c5a52-2f0e-4a37-8a43-6ab3f7f0c001";
        assert_eq!(
            uuid::Uuid::parse(id).map(|u| u.canonical()).as_deref(),
            Ok(id)
        );
        assert_eq!(uuid::Uuid::nil().validate(), Err(InvalidTenantId::NilUuid));
        assert_eq!(uuid::Uuid::max().validate(), Err(InvalidTenantId::MaxUuid));
        for text in [
            id.to_uppercase(),
            id.replace('-', ""),
            format!("{{{id}}}"),
            format!("urn:uuid:{id}"),
        ] {
            assert!(
                matches!(
                    uuid::Uuid::parse(&text),
                    Err(InvalidTenantId::Malformed { .. })
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn odd_texts_are_refused() {
        assert_eq!(validate_text(""), Err(InvalidTenantId::Empty));
        assert_eq!(validate_text("\t \n"), Err(InvalidTenantId::Blank));
        assert_eq!(validate_text(".."), Err(InvalidTenantId::OnlyDots));
        assert_eq!(
            validate_text(&"a".repeat(1 << 20)),
            Err(InvalidTenantId::TooLong {
                bytes: 1 << 20,
                max: 128
            })
        );
        for text in [
            "a\0b",
            "a'b",
            "a%",
            "../b",
            "a b",
            "a\\b",
            "аcme",
            "a\u{200b}",
            "a;b",
            "$1",
        ] {
            assert!(
                matches!(validate_text(text), Err(InvalidTenantId::Character { .. })),
                "{text:?}"
            );
        }
        assert_eq!(validate_text(&"a".repeat(128)), Ok(()));
        assert_eq!(validate_text("org:acme-2.eu_west"), Ok(()));
    }

    #[test]
    fn wide_texts_refuse_control_characters_only() {
        assert_eq!(validate_wide_text("Müller & Söhne's \\ co"), Ok(()));
        for text in ["a\0", "a\nb", "a\u{7f}", "a\u{85}b"] {
            assert!(
                matches!(
                    validate_wide_text(text),
                    Err(InvalidTenantId::Character { .. })
                ),
                "{text:?}"
            );
        }
    }

    #[test]
    fn no_error_text_contains_the_id() {
        let id = "secret-id-of-a-tenant!";
        assert!(
            !validate_text(id)
                .map_err(|e| e.to_string())
                .unwrap_err()
                .contains("secret")
        );
    }
}
