//! What the caller has decided about tables.

/// What becomes of the rows of a table that the registry does not say it of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// They are erased.
    Also,
    /// They stay as they are, for this reason.
    Leave(String),
    /// They stay, and some of their fields are replaced.
    Anonymise(Anonymised),
}

/// The fields of a table that are replaced. The rows stay.
///
/// ```
/// use tenancy_diesel::erasure::Anonymised;
///
/// let fields = Anonymised::new().null("actor_email").text("actor_name", "erased");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Anonymised {
    /// Each with the text of its new value, or NULL.
    pub(super) fields: Vec<(String, Option<String>)>,
}

impl Anonymised {
    /// No field yet.
    pub fn new() -> Self {
        Anonymised::default()
    }

    /// Sets the column to NULL.
    pub fn null(mut self, column: impl Into<String>) -> Self {
        self.fields.push((column.into(), None));
        self
    }

    /// Sets the column to this value, in the form in which PostgreSQL reads the column's type: `erased`,
    /// `{}`, `1970-01-01`.
    pub fn text(mut self, column: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((column.into(), Some(value.into())));
        self
    }
}
