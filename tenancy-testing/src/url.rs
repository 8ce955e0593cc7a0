//! The parts of a PostgreSQL connection URL.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;

use crate::HarnessError;

/// A parsed `postgres://` URL, whose parts can be replaced.
///
/// User, password and database are kept decoded, host and parameters as they
/// were written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PgUrl {
    user: String,
    password: Option<String>,
    host: String,
    port: Option<u16>,
    database: String,
    parameters: Vec<(String, String)>,
}

impl PgUrl {
    /// The maintenance database of a private server, as its superuser.
    pub(crate) fn of_superuser(port: u16) -> Self {
        Self {
            user: "postgres".to_owned(),
            password: None,
            host: "127.0.0.1".to_owned(),
            port: Some(port),
            database: "postgres".to_owned(),
            parameters: Vec::new(),
        }
    }

    /// The same through a socket in `directory`.
    pub(crate) fn of_superuser_on_socket(directory: &Path, port: u16) -> Self {
        let host = encode(&directory.to_string_lossy());
        Self {
            host,
            ..Self::of_superuser(port)
        }
    }

    pub(crate) fn parse(url: &str) -> Result<Self, HarnessError> {
        let refused = |reason| HarnessError::Url { reason };
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(refused(
                "it does not begin with postgres:// or postgresql://",
            ))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, address) = authority
            .rsplit_once('@')
            .ok_or(refused("it does not name a user"))?;
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(decode(password)?)),
            None => (credentials, None),
        };
        if address.contains(',') {
            return Err(refused("it names several hosts"));
        }
        // A bracketed IPv6 address contains colons of its own.
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (address, None),
        };
        let port = port
            .map(|port| {
                port.parse()
                    .map_err(|_| refused("its port is not a number"))
            })
            .transpose()?;
        let user = decode(user)?;
        if user.is_empty() {
            return Err(refused("it does not name a user"));
        }
        let database = match decode(database)? {
            empty if empty.is_empty() => "postgres".to_owned(),
            database => database,
        };
        let parameters = parameters(query)?;
        let host = host.to_owned();
        Ok(Self {
            user,
            password,
            host,
            port,
            database,
            parameters,
        })
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The TCP address of the server, which the host's name is resolved for.
    pub(crate) fn socket_addr(&self) -> io::Result<SocketAddr> {
        let host = decode(self.host.trim_matches(['[', ']'])).map_err(io::Error::other)?;
        let elsewhere = self
            .parameters
            .iter()
            .any(|(key, _)| key == "host" || key == "hostaddr");
        if host.is_empty() || host.starts_with('/') || elsewhere {
            return Err(io::Error::other(
                "the server's URL does not name a TCP address",
            ));
        }
        (host.as_str(), self.port.unwrap_or(5432))
            .to_socket_addrs()?
            .next()
            .ok_or_else(|| io::Error::other("the server's host name has no address"))
    }

    pub(crate) fn with_database(&self, database: &str) -> Self {
        Self {
            database: database.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn with_login(&self, user: &str, password: Option<String>) -> Self {
        Self {
            user: user.to_owned(),
            password,
            ..self.clone()
        }
    }

    /// The same database behind another address.
    pub(crate) fn with_address(&self, host: &str, port: u16) -> Self {
        let mut parameters = self.parameters.clone();
        // These would take precedence over the address.
        parameters.retain(|(key, _)| key != "host" && key != "hostaddr");
        Self {
            host: host.to_owned(),
            port: Some(port),
            parameters,
            ..self.clone()
        }
    }

    /// The settings as a file for libpq's `PGSERVICEFILE`.
    pub(crate) fn service_file(&self, service: &str) -> Result<String, HarnessError> {
        let mut settings: Vec<(&str, String)> = Vec::new();
        // The first of two settings with the same name counts.
        for (key, value) in &self.parameters {
            settings.push((key, decode(value)?));
        }
        let host = decode(self.host.trim_matches(['[', ']']))?;
        if !host.is_empty() {
            settings.push(("host", host));
        }
        settings.extend(self.port.map(|port| ("port", port.to_string())));
        settings.push(("dbname", self.database.clone()));
        settings.push(("user", self.user.clone()));
        settings.extend(self.password.clone().map(|password| ("password", password)));
        settings.push(("connect_timeout", "10".to_owned()));

        let mut file = format!("[{service}]\n");
        for (key, value) in settings {
            if value.contains(['\n', '\r']) {
                return Err(HarnessError::Url {
                    reason: "it contains a line break",
                });
            }
            file.push_str(&format!("{key}={value}\n"));
        }
        Ok(file)
    }
}

/// The whole URL, with its password: for a driver, never for a message.
impl fmt::Display for PgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}", encode(&self.user))?;
        if let Some(password) = &self.password {
            write!(f, ":{}", encode(password))?;
        }
        write!(f, "@{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", encode(&self.database))?;
        for (index, (key, value)) in self.parameters.iter().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            write!(f, "{separator}{key}={value}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgUrl")
            .field("user", &self.user)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

fn parameters(query: &str) -> Result<Vec<(String, String)>, HarnessError> {
    let mut parameters = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(HarnessError::Url {
            reason: "one of its parameters has no value",
        })?;
        // They take precedence over the other parts, which we mean to replace.
        if ["user", "password", "dbname", "port"].contains(&key) {
            let reason = "it has its user, password, database or port among the parameters";
            return Err(HarnessError::Url { reason });
        }
        parameters.push((key.to_owned(), value.to_owned()));
    }
    Ok(parameters)
}

/// Leaves the characters that RFC 3986 calls unreserved, and encodes all others.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn decode(text: &str) -> Result<String, HarnessError> {
    let refused = HarnessError::Url {
        reason: "it contains an invalid percent encoding",
    };
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part
            .get(..2)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(Ok(byte)) = digits.map(|digits| u8::from_str_radix(digits, 16)) else {
            return Err(refused);
        };
        bytes.push(byte);
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map_err(|_| refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestResult = Result<(), HarnessError>;

    #[test]
    fn parts_are_replaced_and_encoded() -> TestResult {
        let url = PgUrl::parse("postgresql://ann:p%40ss@db.example:6543/my%2Fdb?sslmode=require")?;
        assert_eq!(url.user(), "ann");
        assert_eq!(
            url.to_string(),
            "postgres://ann:p%40ss@db.example:6543/my%2Fdb?sslmode=require"
        );
        assert_eq!(
            url.with_database("a b").with_login("bob", None).to_string(),
            "postgres://bob@db.example:6543/a%20b?sslmode=require"
        );
        Ok(())
    }

    #[test]
    fn an_address_replaces_every_way_to_give_one() -> TestResult {
        let url = PgUrl::parse("postgres://ann@/db?host=%2Frun&sslmode=disable")?;
        assert_eq!(
            url.with_address("127.0.0.1", 9).to_string(),
            "postgres://ann@127.0.0.1:9/db?sslmode=disable"
        );
        let url = PgUrl::parse("postgres://ann@[::1]:5432/db")?;
        assert_eq!(
            url.with_address("127.0.0.1", 9).to_string(),
            "postgres://ann@127.0.0.1:9/db"
        );
        assert_eq!(
            PgUrl::parse("postgres://ann@[::1]/db")?.to_string(),
            "postgres://ann@[::1]/db"
        );
        Ok(())
    }

    #[test]
    fn a_service_file_has_all_settings_decoded() -> TestResult {
        let url = PgUrl::parse("postgres://ann:p%40ss@[::1]:1/?application_name=a%20b")?;
        assert_eq!(
            url.service_file("tenancy")?,
            "[tenancy]\napplication_name=a b\nhost=::1\nport=1\ndbname=postgres\nuser=ann\n\
             password=p@ss\nconnect_timeout=10\n"
        );
        assert!(
            PgUrl::parse("postgres://ann:a%0Ab@h/")?
                .service_file("tenancy")
                .is_err()
        );
        Ok(())
    }

    #[test]
    fn what_cannot_be_rewritten_is_refused_without_repeating_it() {
        for url in [
            "host=localhost password=secret",
            "postgres://secret.example/db",
            "postgres://secret@a,b/db",
            "postgres://ann@h/db?password=secret",
            "postgres://ann:secret@h:port/db",
            "postgres://ann:secret%4@h/db",
        ] {
            match PgUrl::parse(url) {
                Err(error) => assert!(!error.to_string().contains("secret"), "{error}"),
                Ok(parsed) => panic!("accepted {parsed:?}"),
            }
        }
    }

    #[test]
    fn a_password_is_not_in_the_debug_text() -> TestResult {
        let url = PgUrl::parse("postgres://ann:secret@h/db")?;
        assert!(!format!("{url:?}").contains("secret"));
        Ok(())
    }
}
