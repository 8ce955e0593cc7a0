//! What a span says about a statement's text.

/// The first word, in upper case.
pub(super) fn operation(sql: &str) -> String {
    let word = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let word = word.split(|c: char| !c.is_ascii_alphabetic()).next();
    word.unwrap_or_default().to_ascii_uppercase()
}

/// The first table: a name in quotes after FROM, INTO or UPDATE, which is how Diesel writes them all.
pub(super) fn collection(sql: &str) -> Option<String> {
    let (at, word) = ["FROM ", "INTO ", "UPDATE "]
        .into_iter()
        .flat_map(|word| sql.match_indices(word))
        .filter(|(at, word)| {
            sql[at + word.len()..]
                .trim_start_matches("ONLY ")
                .starts_with('"')
        })
        .min()?;
    let mut rest = sql[at + word.len()..].trim_start_matches("ONLY ");
    let mut name = String::new();
    while let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted.find('"')?;
        name.push_str(&quoted[..end]);
        rest = &quoted[end + 1..];
        match rest.strip_prefix('.') {
            Some(after) => (rest, name) = (after, name + "."),
            None => break,
        }
    }
    Some(name)
}

/// The text with `?` in the place of each literal: quoted in any of PostgreSQL's ways, and numbers.
///
/// What Diesel builds has no literals but those of the application's own fragments and raw SQL.
pub(crate) fn without_literals(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(next) = rest.chars().next() {
        let after_name = out.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$'));
        let taken = match next {
            '\'' => {
                // `E'..'` has backslashes that escape; `B`, `X`, `N` and `U&` are dropped with the text.
                let escapes = out.ends_with(['e', 'E']);
                quoted(rest, '\'', escapes)
            }
            '$' if !after_name => match dollar_quoted(rest) {
                Some(taken) => taken,
                // `$1`, a bind.
                None => {
                    let end = rest[1..].find(|c: char| !c.is_ascii_digit());
                    let end = end.map_or(rest.len(), |end| end + 1);
                    out.push_str(&rest[..end]);
                    rest = &rest[end..];
                    continue;
                }
            },
            '"' => {
                let end = quoted(rest, '"', false);
                out.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            '0'..='9' if !after_name => {
                let end =
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')));
                end.unwrap_or(rest.len())
            }
            _ => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
                continue;
            }
        };
        out.push('?');
        rest = &rest[taken..];
    }
    out
}

/// The length of a quoted text. One that does not end is all of the rest.
fn quoted(sql: &str, quote: char, escapes: bool) -> usize {
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && escapes {
            chars.next();
        } else if c == quote {
            match chars.peek() {
                Some((_, doubled)) if *doubled == quote => {
                    chars.next();
                }
                _ => return at + c.len_utf8(),
            }
        }
    }
    sql.len()
}

/// The length of `$tag$ .. $tag$`.
fn dollar_quoted(sql: &str) -> Option<usize> {
    let end = sql[1..].find('$')? + 2;
    let tag = &sql[..end];
    let inner = &tag[1..end - 1];
    let is_tag = inner.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !inner.starts_with(|c: char| c.is_ascii_digit());
    if !is_tag {
        return None;
    }
    let close = sql[end..].find(tag);
    Some(close.map_or(sql.len(), |close| end + close + tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_every_kind_are_replaced() {
        for (sql, expected) in [
            (
                "SELECT \"a1\" FROM \"t\" WHERE x = $1",
                "SELECT \"a1\" FROM \"t\" WHERE x = $1",
            ),
            ("a = 'secret' AND b = 'it''s' OR c", "a = ? AND b = ? OR c"),
            ("a = E'it\\'s' AND b", "a = E? AND b"),
            ("a = 'back\\' AND b = 'x'", "a = ? AND b = ?"),
            (
                "SELECT $$secret$$, $tag$ $$ ' $tag$, $12",
                "SELECT ?, ?, $12",
            ),
            (
                "LIMIT 5 OFFSET 1.5e3, t1, 0xFF, 1_000",
                "LIMIT ? OFFSET ?, t1, ?, ?",
            ),
            ("\"it's 5\"\"\" = 'x'", "\"it's 5\"\"\" = ?"),
            ("a = 'unended", "a = ?"),
            ("$tag$ unended", "?"),
            ("ü = 'ü' AND ß", "ü = ? AND ß"),
            ("", ""),
        ] {
            assert_eq!(without_literals(sql), expected);
        }
    }

    #[test]
    fn the_operation_and_the_first_table_are_named() {
        for (sql, name, table) in [
            (
                "SELECT 1 FROM (SELECT * FROM \"t\" WHERE x) AS \"t\"",
                "SELECT",
                Some("t"),
            ),
            (
                "(SELECT a FROM \"s\".\"t\" AS \"s.t\")",
                "SELECT",
                Some("s.t"),
            ),
            ("INSERT INTO \"t\" SELECT 1 FROM \"u\"", "INSERT", Some("t")),
            ("update only x", "UPDATE", None),
            ("UPDATE ONLY \"t\" SET a = 1", "UPDATE", Some("t")),
            ("DELETE  FROM \"t\"", "DELETE", Some("t")),
            ("COMMIT", "COMMIT", None),
            ("FROM \"unended", "FROM", None),
            ("", "", None),
        ] {
            assert_eq!(operation(sql), name);
            assert_eq!(collection(sql).as_deref(), table, "{sql}");
        }
    }
}
