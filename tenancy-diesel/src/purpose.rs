//! Who does what only operators do, and why: for people to read.

/// Who, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) actor: String,
    pub(crate) reason: String,
    /// What the records of one crossing have in common, a UUID that the server made.
    #[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
    pub(crate) opening: String,
}

/// The longest name of somebody, in bytes.
const MAX_ACTOR: usize = 256;
/// The longest reason, in bytes.
const MAX_REASON: usize = 2000;

/// Why somebody's name or reason is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPurpose {
    /// It says nothing.
    #[error("the {field} is missing")]
    Missing {
        /// `actor` or `reason`.
        field: &'static str,
    },
    /// It is too long to be read.
    #[error("the {field} is longer than {limit} bytes")]
    TooLong {
        /// `actor` or `reason`.
        field: &'static str,
        /// How long it may be.
        limit: usize,
    },
    /// It has a control character, with which it could look like several lines of a log.
    #[error("the {field} has a control character")]
    ControlCharacter {
        /// `actor` or `reason`.
        field: &'static str,
    },
}

impl Purpose {
    pub(crate) fn parse(actor: &str, reason: &str) -> Result<Self, InvalidPurpose> {
        Ok(Purpose {
            actor: parse("actor", actor, MAX_ACTOR)?,
            reason: parse("reason", reason, MAX_REASON)?,
            #[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
            opening: String::new(),
        })
    }
}

fn parse(field: &'static str, text: &str, limit: usize) -> Result<String, InvalidPurpose> {
    if text.len() > limit {
        return Err(InvalidPurpose::TooLong { field, limit });
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidPurpose::ControlCharacter { field });
    }
    // Letters that cannot be seen explain nothing either.
    if !text.chars().any(char::is_alphanumeric) {
        return Err(InvalidPurpose::Missing { field });
    }
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_says_who_and_why() {
        let purpose = Purpose::parse(" alice ", "Ticket 1").map(|p| (p.actor, p.reason));
        assert_eq!(purpose, Ok(("alice".to_owned(), "Ticket 1".to_owned())));
        for (actor, reason, expected) in [
            ("", "r", InvalidPurpose::Missing { field: "actor" }),
            (
                "a",
                " \u{200b}",
                InvalidPurpose::Missing { field: "reason" },
            ),
            ("a", "...", InvalidPurpose::Missing { field: "reason" }),
            (
                "a\n",
                "r",
                InvalidPurpose::ControlCharacter { field: "actor" },
            ),
            (
                "a",
                "r\0",
                InvalidPurpose::ControlCharacter { field: "reason" },
            ),
        ] {
            assert_eq!(Purpose::parse(actor, reason).unwrap_err(), expected);
        }
        let long = "x".repeat(MAX_REASON + 1);
        assert!(Purpose::parse("a", &long[1..]).is_ok());
        assert_eq!(
            Purpose::parse("a", &long).unwrap_err(),
            InvalidPurpose::TooLong {
                field: "reason",
                limit: MAX_REASON
            }
        );
    }
}
