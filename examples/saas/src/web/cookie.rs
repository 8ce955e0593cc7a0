//! The cookie that holds a session.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::accounts::{self, Token};

/// Over HTTPS the name makes browsers refuse the cookie from anywhere but this very host.
fn name(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// The header that gives a session to the browser: no script reads it, and other sites' forms do not send it.
pub(crate) fn session_cookie(token: &Token, secure: bool) -> Result<HeaderValue, crate::BoxError> {
    let seconds = accounts::SESSION.as_secs();
    cookie(token.expose(), seconds, secure)
}

/// The header that takes the session away.
pub(crate) fn clear_session(secure: bool) -> Result<HeaderValue, crate::BoxError> {
    cookie("", 0, secure)
}

fn cookie(value: &str, seconds: u64, secure: bool) -> Result<HeaderValue, crate::BoxError> {
    let name = name(secure);
    let flag = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{flag}");
    let mut header = HeaderValue::try_from(text)?;
    header.set_sensitive(true);
    Ok(header)
}

/// The token in the cookies of a request. Two cookies of the name are none: one of them was planted.
pub(crate) fn session_token(headers: &HeaderMap, secure: bool) -> Option<Token> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name(secure))
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Token::parse(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{session_cookie, session_token};
    use crate::accounts::Token;

    fn read(cookies: &str, secure: bool) -> Option<Token> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookies).unwrap());
        session_token(&headers, secure)
    }

    #[test]
    fn a_session_cookie_is_read_back_under_its_own_name() {
        let token = Token::generate().unwrap();
        for secure in [false, true] {
            let header = session_cookie(&token, secure).unwrap();
            let pair = header
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned();
            let read_back = read(&format!("theme=dark; {pair}"), secure).unwrap();
            assert!(read_back.hash() == token.hash());
            assert!(read(&pair, !secure).is_none(), "{pair}");
            assert!(
                read(&format!("{pair}; {pair}"), secure).is_none(),
                "planted"
            );
        }
    }

    #[test]
    fn the_flags_keep_scripts_and_other_sites_out() {
        let header = session_cookie(&Token::generate().unwrap(), true).unwrap();
        let text = header.to_str().unwrap();
        for flag in ["__Host-", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(text.contains(flag), "{flag} in {text}");
        }
        assert!(!text.contains("Domain"), "{text}");
        assert!(header.is_sensitive());
    }
}
