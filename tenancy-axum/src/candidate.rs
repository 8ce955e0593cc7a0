use tenancy_diesel::{validate_text, validate_wide_text};

use crate::Rejection;

/// A name that a request has for its tenant: a slug, an id, whatever the application's
/// [`TenantDirectory`](crate::TenantDirectory) understands.
///
/// It says what the request asks for, and nothing about whether it may.
///
/// ```
/// use tenancy_axum::Candidate;
///
/// let name = Candidate::named("path", "acme")?;
/// assert_eq!(name.as_str(), "acme");
/// assert!(!name.is_verified());
/// assert!(Candidate::named("path", "../acme").is_err());
/// # Ok::<(), tenancy_axum::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    text: String,
    source: &'static str,
    verified: bool,
}

impl Candidate {
    /// A name that anybody can write: from a host, a path, a header. `source` is what spans call its origin.
    ///
    /// # Errors
    /// [`Rejection::Unknown`] unless it is 1 to 128 ASCII letters, digits and the characters `. _ : -`: no tenant has
    /// such a name, and the directory is not asked.
    pub fn named(source: &'static str, text: &str) -> Result<Self, Rejection> {
        validate_text(text).map_err(|_| Rejection::Unknown)?;
        Ok(Candidate {
            text: text.to_owned(),
            source,
            verified: false,
        })
    }

    /// A name that somebody answers for, such as a claim of a token whose signature was checked.
    ///
    /// # Errors
    /// [`Rejection::Unknown`] when it is empty, longer than 128 bytes or has control characters.
    pub fn verified(source: &'static str, text: &str) -> Result<Self, Rejection> {
        validate_wide_text(text).map_err(|_| Rejection::Unknown)?;
        Ok(Candidate {
            text: text.to_owned(),
            source,
            verified: true,
        })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a token vouches for it. All others are anybody's to write.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// Where it comes from.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether a directory has to answer both in the same way.
    pub(crate) fn is_same_question(&self, other: &Candidate) -> bool {
        self.text == other.text && self.verified == other.verified
    }
}
