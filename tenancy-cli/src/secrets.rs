//! What must not be on a command line or in an output.

/// Whether a connection URL, or a string of `keyword=value`, has a password in it.
///
/// It errs on the safe side: what libpq would not take for a password because of a character that should
/// have been encoded counts as one.
pub(crate) fn has_password(text: &str) -> bool {
    !passwords(text).is_empty()
}

/// Puts `***` in the place of the passwords of all URLs and keywords in a text.
pub(crate) fn redacted(text: &str) -> String {
    let mut out = text.to_owned();
    let mut from = 0;
    while let Some((start, end)) = user_password_from(&out, from) {
        out.replace_range(start..end, "***");
        from = start;
    }
    let mut from = 0;
    while let Some((start, end)) = keyword_from(&out, from) {
        out.replace_range(start..end, "***");
        from = start + 3;
    }
    out
}

/// Takes a URL's passwords out of what a library says about the URL.
///
/// libpq quotes the part of a URL that it does not understand, which may be a part of the password.
pub(crate) fn without_passwords_of(url: &str, message: &str) -> String {
    let mut out = redacted(message);
    for password in passwords(url) {
        let parts = password.split(['/', '@', ':', '?', '&', '%']);
        let parts = std::iter::once(password.as_str()).chain(parts);
        for part in parts.filter(|part| !part.is_empty()) {
            out = out.replace(part, "***");
        }
    }
    out
}

fn passwords(url: &str) -> Vec<String> {
    let user = user_password_from(url, 0).map(|(start, end)| url[start..end].to_owned());
    let decoded = decoded_names(url);
    let raw = keyword_from(url, 0).map(|(start, end)| url[start..end].to_owned());
    let named = keyword_from(&decoded, 0).map(|(start, end)| decoded[start..end].to_owned());
    [user, raw, named].into_iter().flatten().collect()
}

/// Where the password between a user and a host stands: `scheme://user:HERE@host`.
fn user_password_from(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut from = from;
    loop {
        let start = from + text.get(from..)?.find("://")? + 3;
        let rest = &text[start..];
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '?')
            .unwrap_or(rest.len());
        let authority = &rest[..end];
        if let Some(at) = authority.rfind('@')
            && let Some(colon) = authority[..at].find(':')
            && colon + 1 < at
            && &authority[colon + 1..at] != "***"
        {
            return Some((start + colon + 1, start + at));
        }
        from = start;
    }
}

/// Where the value of `password=..` or `sslpassword=..` stands.
fn keyword_from(text: &str, from: usize) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let mut from = from;
    loop {
        let after = from + lower.get(from..)?.find("password")? + "password".len();
        let rest = &text[after..];
        let value = rest.trim_start();
        if let Some(value) = value.strip_prefix('=') {
            let value = value.trim_start();
            let start = text.len() - value.len();
            let length = match value.strip_prefix('\'') {
                Some(quoted) => quoted.find('\'').map_or(value.len(), |end| end + 2),
                None => value
                    .find(|c: char| c.is_whitespace() || c == '&')
                    .unwrap_or(value.len()),
            };
            if length > 0 && &value[..length] != "***" {
                return Some((start, start + length));
            }
        }
        from = after;
    }
}

/// libpq decodes the names of the parameters of a URL, so `p%61ssword` is one.
fn decoded_names(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(at) = out.find('%') {
        let digits = out.get(at + 1..at + 3);
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'=' => {
                out.replace_range(at..at + 3, &char::from(byte).to_string());
            }
            _ => out.replace_range(at..at + 1, "_"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_in_every_form() {
        for url in [
            "postgres://app:s3cret@localhost/shop",
            "postgresql://app:s3/cr@et@localhost/shop",
            "postgres://app@localhost/shop?password=s3cret",
            "postgres://app@localhost/shop?sslmode=require&password=s3cret",
            "postgres://app@localhost/shop?p%61ssword=s3cret",
            "postgres://app@localhost/shop?sslpassword=s3cret",
            "host=localhost password=s3cret",
            "host=localhost PASSWORD = 's3 cret'",
        ] {
            assert!(has_password(url), "{url}");
        }
        for url in [
            "postgres://app@localhost:5432/shop",
            "postgres://localhost:5432/shop?user=app",
            "postgres:///shop?host=/run/postgresql",
            "postgres://app@[::1]:5432/shop",
            "service=shop",
            "host=localhost passfile=/etc/pgpass dbname=password",
            "postgres://app:@localhost/shop",
        ] {
            assert!(!has_password(url), "{url}");
        }
    }

    #[test]
    fn redacted_texts_keep_everything_else() {
        assert_eq!(
            redacted("cannot read postgres://app:s3cret@h/x, nor host=a password='b c' port=1"),
            "cannot read postgres://app:***@h/x, nor host=a password=*** port=1"
        );
        assert_eq!(
            redacted("postgres://a:b@h/1 and postgres://c:d@h/2?password=e&x=1"),
            "postgres://a:***@h/1 and postgres://c:***@h/2?password=***&x=1"
        );
        assert_eq!(
            redacted("no secret: at all @ ://"),
            "no secret: at all @ ://"
        );
    }

    #[test]
    fn a_part_of_a_password_in_a_message_of_libpq_is_taken_out() {
        let url = "postgres://app:s3/cr3t@localhost/shop";
        let message = "invalid integer value \"s3\" for connection option \"port\": cr3t";
        let message = without_passwords_of(url, message);
        assert!(
            !message.contains("s3") && !message.contains("cr3t"),
            "{message}"
        );
    }
}
