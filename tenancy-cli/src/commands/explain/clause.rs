//! A condition of a plan, as text.

use std::collections::BTreeSet;

/// The comparisons that a condition joins by AND and OR.
pub(super) fn split(condition: &str) -> Vec<String> {
    let text = without_parentheses(condition.trim());
    let mut parts = Vec::new();
    let mut from = 0;
    let mut depth = 0usize;
    for (at, piece) in pieces(text) {
        match piece {
            Piece::Open => depth += 1,
            Piece::Close => depth = depth.saturating_sub(1),
            Piece::Word(word @ ("AND" | "OR")) if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + word.len();
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return vec![text.to_owned()];
    }
    parts.push(&text[from..]);
    parts.into_iter().flat_map(split).collect()
}

/// Takes off parentheses that stand around the whole.
fn without_parentheses(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else {
        return text;
    };
    let mut depth = 0usize;
    for (_, piece) in pieces(inner) {
        match piece {
            Piece::Open => depth += 1,
            // The first one is closed before the end.
            Piece::Close if depth == 0 => return text,
            Piece::Close => depth -= 1,
            _ => {}
        }
    }
    without_parentheses(inner.trim())
}

/// The operators of a condition, and the functions that it calls.
pub(super) fn names(clause: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut operators = BTreeSet::new();
    let mut functions = BTreeSet::new();
    let mut last_word = None;
    for (_, piece) in pieces(clause) {
        match piece {
            Piece::Operator(operator) => {
                operators.insert(operator.to_owned());
            }
            Piece::Open => {
                if let Some(word) = last_word {
                    functions.insert(str::to_owned(word));
                }
            }
            _ => {}
        }
        last_word = match piece {
            Piece::Word(word) => Some(word),
            _ => None,
        };
    }
    (operators, functions)
}

/// Whether a name or an expression occurs in a condition, and not as a part of a longer name.
pub(super) fn mentions(condition: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '$');
    let mut from = 0;
    while let Some(at) = condition[from..].find(name).map(|at| at + from) {
        let before = condition[..at].chars().next_back();
        let after = condition[at + name.len()..].chars().next();
        let free = |c: Option<char>| !c.is_some_and(part);
        if free(before) && free(after) && !in_literal(condition, at) {
            return true;
        }
        from = at + name.len().max(1);
    }
    false
}

fn in_literal(condition: &str, at: usize) -> bool {
    let mut pieces = pieces(condition);
    pieces.any(|(from, piece)| match piece {
        Piece::Literal(text) => (from..from + text.len()).contains(&at),
        _ => false,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Open,
    Close,
    /// A string in single quotes.
    Literal(&'a str),
    /// A name or a keyword; a quoted name with its quotes.
    Word(&'a str),
    Operator(&'a str),
    Other,
}

fn pieces(text: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let is_operator = |c: char| "+-*/<>=~!@#%^&|`?".contains(c);
        let (length, piece) = match first {
            '(' => (1, Piece::Open),
            ')' => (1, Piece::Close),
            '\'' | '"' => {
                let length = quoted(rest, first);
                let quoted = &rest[..length];
                let piece = if first == '"' {
                    Piece::Word(quoted)
                } else {
                    Piece::Literal(quoted)
                };
                (length, piece)
            }
            c if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (length, Piece::Word(&rest[..length]))
            }
            c if is_operator(c) => {
                let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
                (length, Piece::Operator(&rest[..length]))
            }
            c => (c.len_utf8(), Piece::Other),
        };
        let from = at;
        at += length;
        Some((from, piece))
    })
}

/// The length of a quoted text. A doubled quote is a part of it.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                }
                _ => return at + 1,
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_split_where_its_ands_and_ors_are() {
        assert_eq!(
            split("((projects.tenant_id = $0) AND (projects.name ~~ 'a AND (b'::text))"),
            [
                "projects.tenant_id = $0",
                "projects.name ~~ 'a AND (b'::text"
            ]
        );
        assert_eq!(
            split("(((a = 1) AND (b = 'x OR y'::text)) OR (c = 3))"),
            ["a = 1", "b = 'x OR y'::text", "c = 3"]
        );
        assert_eq!(
            split("((a = 1) AND ((b = 2) AND (c = 3)))"),
            ["a = 1", "b = 2", "c = 3"]
        );
        assert_eq!(split("active"), ["active"]);
    }

    #[test]
    fn operators_and_functions_are_named_and_those_in_texts_are_not() {
        let (operators, functions) = names("lower((name)::text) ~~ 'it''s <> f(x)'::text");
        assert_eq!(operators.into_iter().collect::<Vec<_>>(), ["~~"]);
        assert_eq!(functions.into_iter().collect::<Vec<_>>(), ["lower"]);
    }

    #[test]
    fn a_name_is_not_found_in_a_longer_one_or_in_a_text() {
        assert!(mentions("(name ~~ 'a%'::text)", "name"));
        assert!(mentions("(p.name = 'x')", "name"));
        for other in [
            "(surname = 'x')",
            "(\"name\" = 'x')",
            "(a = 'name')",
            "(name2 = 1)",
        ] {
            assert!(!mentions(other, "name"), "{other}");
        }
        assert!(mentions("(lower(name) = 'x')", "lower(name)"));
    }
}
