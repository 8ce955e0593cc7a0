use std::fmt;

/// What the statement puts around a word that was found. Documents cannot hold them: the statement takes them out.
pub(super) const BEGIN: char = '\u{1}';
pub(super) const END: char = '\u{2}';

/// A piece of a document, in which the words that were found are marked.
///
/// The text is the document's own, whatever it holds. It goes into a page through
/// [`to_html`](Excerpt::to_html), which makes text of it, or by hand from [`parts`](Excerpt::parts).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt(Vec<(String, bool)>);

impl Excerpt {
    /// An excerpt of parts, each of which is marked or not: for engines of your own.
    pub fn new(parts: impl IntoIterator<Item = (String, bool)>) -> Self {
        Excerpt(
            parts
                .into_iter()
                .filter(|(text, _)| !text.is_empty())
                .collect(),
        )
    }

    pub(super) fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let (mut part, mut marked) = (String::new(), false);
        for c in text.chars() {
            if c == BEGIN || c == END {
                parts.push((std::mem::take(&mut part), marked));
                marked = c == BEGIN;
            } else {
                part.push(c);
            }
        }
        parts.push((part, marked));
        Excerpt::new(parts)
    }

    /// The parts, and whether each is a word that was found.
    pub fn parts(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(text, marked)| (text.as_str(), *marked))
    }

    /// The text as HTML, with marks around what was found. Only the marks are markup.
    ///
    /// ```
    /// use tenancy_diesel::search::Excerpt;
    ///
    /// let excerpt = Excerpt::new([("<i>the</i> ".to_owned(), false), ("roof".to_owned(), true)]);
    /// assert_eq!(
    ///     excerpt.to_html("<mark>", "</mark>"),
    ///     "&lt;i&gt;the&lt;/i&gt; <mark>roof</mark>",
    /// );
    /// ```
    pub fn to_html(&self, begin: &str, end: &str) -> String {
        let mut html = String::new();
        for (text, marked) in self.parts() {
            if marked {
                html.push_str(begin);
            }
            for c in text.chars() {
                match c {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    '"' => html.push_str("&quot;"),
                    '\'' => html.push_str("&#39;"),
                    c => html.push(c),
                }
            }
            if marked {
                html.push_str(end);
            }
        }
        html
    }
}

/// Without marks, and not escaped.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|(text, _)| f.write_str(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_do_not_pair_up_mark_nothing_but_words() {
        let parts = |text: &str| {
            let excerpt = Excerpt::parse(text);
            excerpt
                .parts()
                .map(|(text, marked)| (text.to_owned(), marked))
                .collect::<Vec<_>>()
        };
        let found = |text: &str, marked| (text.to_owned(), marked);
        assert_eq!(parts(""), []);
        assert_eq!(parts("a"), [found("a", false)]);
        assert_eq!(parts("\u{1}a\u{2}b"), [found("a", true), found("b", false)]);
        assert_eq!(
            parts("\u{1}a\u{1}b\u{2}\u{2}c"),
            [found("a", true), found("b", true), found("c", false)]
        );
        assert_eq!(parts("a\u{1}b"), [found("a", false), found("b", true)]);
    }

    #[test]
    fn html_has_no_markup_but_the_marks() {
        let excerpt = Excerpt::parse("<script>\u{1}</script>\u{2}\"'&");
        assert_eq!(
            excerpt.to_html("[", "]"),
            "&lt;script&gt;[&lt;/script&gt;]&quot;&#39;&amp;"
        );
        assert_eq!(excerpt.to_string(), "<script></script>\"'&");
    }
}
