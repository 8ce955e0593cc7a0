//! The words and signs of a condition.

/// A word, text, number or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword, which PostgreSQL writes in capitals: an identifier in capitals is quoted.
    Keyword(String),
    /// An identifier, without its quotes.
    Name(String),
    /// A constant, without its quotes.
    Text(String),
    Number(String),
    /// An operator, or one of `( ) [ ] , . :: ;`.
    Sign(String),
}

impl Token {
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Token::Sign(text) if text == sign)
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Token::Keyword(text) if text == keyword)
    }

    /// Whether it is the name of an operator, such as `=`.
    pub(super) fn is_operator(&self) -> bool {
        matches!(self, Token::Sign(text) if text.chars().all(is_operator))
    }
}

fn is_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(c)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The tokens of a text, or `None` where it is not one that PostgreSQL writes.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' => {
                let (name, length) = quoted(rest, '"', false)?;
                (Token::Name(name), length)
            }
            '\'' => {
                let (text, length) = quoted(rest, '\'', false)?;
                (Token::Text(text), length)
            }
            'E' if rest[1..].starts_with('\'') => {
                let (text, length) = quoted(&rest[1..], '\'', true)?;
                (Token::Text(text), length + 1)
            }
            c if c.is_ascii_digit() => {
                let word = leading(rest, |c| c.is_ascii_alphanumeric() || c == '.');
                (Token::Number(word.to_owned()), word.len())
            }
            c if is_word(c) => {
                let word = leading(rest, is_word);
                (bare(word), word.len())
            }
            c if is_operator(c) => {
                let sign = leading(rest, is_operator);
                (Token::Sign(sign.to_owned()), sign.len())
            }
            ':' if rest.starts_with("::") => (Token::Sign("::".to_owned()), 2),
            '(' | ')' | '[' | ']' | ',' | '.' | ';' => (Token::Sign(first.to_string()), 1),
            _ => return None,
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Some(found)
}

/// `true` and `false` are the words that PostgreSQL writes small although they are keywords; no column
/// has such a name without quotes.
fn bare(word: &str) -> Token {
    let capital = word.starts_with(|c: char| c.is_ascii_uppercase());
    if capital || word == "true" || word == "false" {
        Token::Keyword(word.to_owned())
    } else {
        Token::Name(word.to_owned())
    }
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    &text[..end]
}

/// What stands between quotes, where a quote is written twice, and how long it is with them.
fn quoted(text: &str, quote: char, escapes: bool) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    content.push(quote);
                    chars.next();
                }
                _ => return Some((content, at + quote.len_utf8())),
            }
        } else if escapes && c == '\\' {
            // PostgreSQL writes backslashes twice, and nothing else with one.
            match chars.next() {
                Some((_, '\\')) => content.push('\\'),
                _ => return None,
            }
        } else {
            content.push(c);
        }
    }
    None
}
