use std::borrow::Cow;

use super::SearchError;

/// What an index holds of a thing of the application. `kind` and `id` are its key within the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    /// What it is, such as `invoice`.
    pub kind: &'a str,
    /// Which one.
    pub id: &'a str,
    /// Counts for more than the body.
    pub title: &'a str,
    /// The text. PostgreSQL takes about a megabyte of different words.
    pub body: &'a str,
    /// By whose rules words are found in their other forms.
    pub language: Language,
}

impl Document<'_> {
    pub(super) fn check(&self) -> Result<(), SearchError> {
        check_key(self.kind)?;
        check_key(self.id)?;
        check_text(self.title)?;
        check_text(self.body)
    }
}

pub(super) fn check_key(text: &str) -> Result<(), SearchError> {
    let accepted = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
    accepted.then_some(()).ok_or(SearchError::Key)
}

pub(super) fn check_text(text: &str) -> Result<(), SearchError> {
    (!text.contains('\0')).then_some(()).ok_or(SearchError::Nul)
}

/// A text search configuration of the database.
///
/// ```
/// use tenancy_diesel::search::Language;
///
/// assert_eq!(Language::parse("public.german_unaccent")?.as_str(), "public.german_unaccent");
/// assert!(Language::parse("english'); DROP TABLE x; --").is_err());
/// # Ok::<(), tenancy_diesel::search::SearchError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Language(Cow<'static, str>);

macro_rules! languages {
    ($($name:ident = $text:literal),* $(,)?) => {
        impl Language {
            $(
                #[doc = concat!("`", $text, "` of PostgreSQL.")]
                pub const $name: Self = Language(Cow::Borrowed(concat!("pg_catalog.", $text)));
            )*
        }
    };
}

languages! {
    SIMPLE = "simple",
    DANISH = "danish",
    DUTCH = "dutch",
    ENGLISH = "english",
    FINNISH = "finnish",
    FRENCH = "french",
    GERMAN = "german",
    HUNGARIAN = "hungarian",
    ITALIAN = "italian",
    NORWEGIAN = "norwegian",
    PORTUGUESE = "portuguese",
    ROMANIAN = "romanian",
    RUSSIAN = "russian",
    SPANISH = "spanish",
    SWEDISH = "swedish",
    TURKISH = "turkish",
}

impl Language {
    /// A configuration by its name, best with its schema: without one it is looked for in the search path.
    ///
    /// # Errors
    /// [`SearchError::Language`] when it is not `name` or `schema.name` of lower-case ASCII letters, digits and
    /// `_`.
    pub fn parse(name: &str) -> Result<Self, SearchError> {
        let is_name = |part: &str| {
            (1..=63).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                && !part.starts_with(|c: char| c.is_ascii_digit())
        };
        let parts: Vec<&str> = name.split('.').collect();
        if parts.len() > 2 || !parts.iter().all(|part| is_name(part)) {
            return Err(SearchError::Language);
        }
        Ok(Language(Cow::Owned(name.to_owned())))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words as they are.
impl Default for Language {
    fn default() -> Self {
        Language::SIMPLE
    }
}
