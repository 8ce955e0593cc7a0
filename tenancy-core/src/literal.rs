/// Renders a text as an SQL string constant that means the same on every server setting.
///
/// A text without quotes, backslashes and non-ASCII characters becomes `'..'`; any other becomes an
/// escape string `E'..'`, whose meaning does not depend on `standard_conforming_strings`
/// (PostgreSQL manual, section 4.1.2.2). Characters outside of ASCII are escaped, because in some
/// `client_encoding`s the last byte of one would swallow the backslash or quote after it.
///
/// ```
/// use tenancy_core::quote_literal;
///
/// assert_eq!(quote_literal("acme"), "'acme'");
/// assert_eq!(quote_literal(r"a'b\c"), r"E'a''b\\c'");
/// assert_eq!(quote_literal("é"), r"E'\u00e9'");
/// ```
pub fn quote_literal(text: &str) -> String {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_control() && b != b'\'' && b != b'\\');
    if plain {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str("E'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            c if c.is_ascii() => out.push(c),
            c if c <= '\u{ffff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('\'');
    out
}

/// Renders a name as a quoted SQL identifier (PostgreSQL manual, section 4.1.1).
///
/// ```
/// use tenancy_core::quote_identifier;
///
/// assert_eq!(quote_identifier("order"), "\"order\"");
/// assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
/// ```
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether a text can be the name of the session variable that carries the tenant.
///
/// Two or more parts of lower-case ASCII letters, digits and underscores joined by dots, none of
/// them beginning with a digit: what PostgreSQL accepts for a custom variable without quotes. A
/// name without a dot would be one of the server's own settings.
///
/// ```
/// use tenancy_core::is_valid_variable;
///
/// assert!(is_valid_variable("app.tenant_id"));
/// assert!(!is_valid_variable("role"));
/// assert!(!is_valid_variable("app.x; RESET ROLE"));
/// ```
pub const fn is_valid_variable(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (mut i, mut dots, mut at_start) = (0, 0, true);
    if bytes.len() > 63 {
        return false;
    }
    while i < bytes.len() {
        match bytes[i] {
            b'a'..=b'z' | b'_' => at_start = false,
            b'0'..=b'9' if !at_start => {}
            b'.' if !at_start => {
                dots += 1;
                at_start = true;
            }
            _ => return false,
        }
        i += 1;
    }
    dots > 0 && !at_start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_hold_what_could_end_them() {
        assert_eq!(quote_literal(""), "''");
        assert_eq!(
            quote_literal("'; DROP TABLE x; --"),
            "E'''; DROP TABLE x; --'"
        );
        assert_eq!(quote_literal("\\'"), "E'\\\\'''");
        assert_eq!(quote_literal("ü"), "E'\\u00fc'");
        assert_eq!(quote_literal("\u{1f980}"), "E'\\U0001f980'");
    }

    #[test]
    fn variables_are_qualified_plain_names() {
        for good in ["app.tenant_id", "a.b.c1", "_x._y"] {
            assert!(is_valid_variable(good), "{good}");
        }
        for bad in [
            "",
            "app",
            "app.",
            ".x",
            "app..x",
            "App.x",
            "app.1x",
            "app.x'",
            "app x.y",
            "app.tenänt",
        ] {
            assert!(!is_valid_variable(bad), "{bad}");
        }
        assert!(!is_valid_variable(&format!("a.{}", "b".repeat(62))));
    }
}
