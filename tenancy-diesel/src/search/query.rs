use super::document::{check_key, check_text};
use super::{Language, SearchError};

const MOST_HITS: u32 = 1000;

/// What to search for.
///
/// The text is what somebody types, in the way of web searches: all words must occur, `or` between two lets one
/// do, `"words in quotes"` stand side by side, `-word` must not occur. No text is an error: what means nothing
/// finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Search<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Option<&'a str>,
    pub(super) language: Language,
    pub(super) limit: u32,
    pub(super) offset: u32,
}

impl<'a> Search<'a> {
    /// Searches all kinds of documents for words as they are, for the best 20.
    pub fn new(text: &'a str) -> Self {
        Search {
            text,
            kind: None,
            language: Language::default(),
            limit: 20,
            offset: 0,
        }
    }

    /// Only documents of this kind.
    pub fn kind(mut self, kind: &'a str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// By whose rules words are found in their other forms: that of the documents.
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// How many hits at most. More than 1000 are 1000.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit.min(MOST_HITS);
        self
    }

    /// How many of the best to leave out.
    pub fn offset(mut self, offset: u32) -> Self {
        self.offset = offset;
        self
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        self.text
    }

    pub(super) fn check(&self) -> Result<(), SearchError> {
        self.kind.map_or(Ok(()), check_key)?;
        check_text(self.text)
    }
}
