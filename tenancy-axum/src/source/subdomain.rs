use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderName, Uri};

use super::{ResolveTenant, only_value};
use crate::{Candidate, Rejection};

const SOURCE: &str = "host";

/// The label before the application's domain: `acme` in `acme.example.com`.
///
/// Letters are lowered, and a port and one trailing dot are ignored. The domain itself and hosts elsewhere say
/// nothing. A host with more labels, or with one that no host has, is an unknown tenant. An international name
/// arrives in its ASCII form, `xn--..`.
///
/// The host is what the request says: `:authority` or the target's in HTTP/2 and absolute targets, `Host` else, and
/// both must agree where both are there. Headers of proxies are ignored, unless they are
/// [asked for](Self::dangerously_trust_header).
///
/// ```
/// use tenancy_axum::Subdomain;
///
/// let source = Subdomain::of("example.com")?.except(["www", "api"]);
/// # Ok::<(), tenancy_axum::InvalidDomain>(())
/// ```
#[derive(Debug, Clone)]
pub struct Subdomain {
    /// With a dot before it.
    suffix: String,
    except: Vec<String>,
    trusted: Option<HeaderName>,
}

/// The domain that was given to [`Subdomain::of`] cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a domain is labels of ASCII letters, digits and hyphens with dots between them, without a port; \
     write an international name in its form `xn--..`"
)]
pub struct InvalidDomain;

impl Subdomain {
    /// Below this domain.
    ///
    /// # Errors
    /// [`InvalidDomain`] when it cannot be one.
    pub fn of(domain: &str) -> Result<Self, InvalidDomain> {
        if !domain.split('.').all(is_label) {
            return Err(InvalidDomain);
        }
        Ok(Subdomain {
            suffix: format!(".{}", domain.to_ascii_lowercase()),
            except: Vec::new(),
            trusted: None,
        })
    }

    /// Labels that are the application's own: they say nothing.
    #[must_use]
    pub fn except<I: Into<String>>(mut self, labels: impl IntoIterator<Item = I>) -> Self {
        let labels = labels.into_iter().map(Into::into);
        self.except
            .extend(labels.map(|l: String| l.to_ascii_lowercase()));
        self
    }

    /// Reads the host from this header, such as `X-Forwarded-Host`, and from nowhere else where it is there.
    ///
    /// Only behind a proxy that sets it or removes it in each request: else anybody writes it.
    #[must_use]
    pub fn dangerously_trust_header(mut self, name: HeaderName) -> Self {
        self.trusted = Some(name);
        self
    }

    fn host(&self, parts: &Parts) -> Result<Option<String>, Rejection> {
        if let Some(trusted) = &self.trusted
            && let Some(value) = only_value(parts, trusted, SOURCE)?
        {
            return read(value).map(Some);
        }
        let target = target(&parts.uri)?;
        let header = only_value(parts, &HOST, SOURCE)?.map(read).transpose()?;
        match (target, header) {
            // Two hosts: whoever is before us may have looked at the other one.
            (Some(one), Some(other)) if one != other => Err(AMBIGUOUS),
            (Some(host), _) | (None, Some(host)) => Ok(Some(host)),
            (None, None) => Ok(None),
        }
    }
}

impl ResolveTenant for Subdomain {
    async fn resolve(&self, parts: &mut Parts) -> Result<Vec<Candidate>, Rejection> {
        let host = self.host(parts)?;
        let Some(label) = host
            .as_deref()
            .and_then(|host| host.strip_suffix(&*self.suffix))
        else {
            return Ok(Vec::new());
        };
        if !is_label(label) {
            return Err(Rejection::Unknown);
        }
        if self.except.iter().any(|except| except == label) {
            return Ok(Vec::new());
        }
        Ok(vec![Candidate::named(SOURCE, label)?])
    }
}

const AMBIGUOUS: Rejection = Rejection::Ambiguous {
    source_name: SOURCE,
};

fn target(uri: &Uri) -> Result<Option<String>, Rejection> {
    let authority = uri
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    authority.map(read).transpose()
}

/// The host of `host[:port]`, lowered and without a trailing dot. Users, lists and other characters are refused.
fn read(authority: &[u8]) -> Result<String, Rejection> {
    let text = str::from_utf8(authority).map_err(|_| AMBIGUOUS)?;
    let host_end = match text.strip_prefix('[') {
        Some(address) => address.find(']').ok_or(AMBIGUOUS)? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(host_end);
    let is_port = |port: &str| port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    let has_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b);
    if !has_port || !host.bytes().all(known) {
        return Err(AMBIGUOUS);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    Ok(host.to_ascii_lowercase())
}

/// RFC 1123, section 2.1.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}
