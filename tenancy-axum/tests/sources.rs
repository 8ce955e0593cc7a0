//! What each source makes of a request.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use axum::http::{HeaderName, HeaderValue, Request};
use tenancy_axum::{InvalidDomain, Rejection, ResolveTenant, Subdomain};

/// The names that a source has for a request of this target and with these headers.
fn resolve(
    source: &impl ResolveTenant,
    target: &str,
    headers: &[(&'static str, &[u8])],
) -> Result<Vec<String>, &'static str> {
    let mut request = Request::builder().uri(target);
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let resolved = { runtime }
        .build()
        .unwrap()
        .block_on(source.resolve(&mut parts));
    match resolved {
        Ok(names) => Ok(names.iter().map(|name| name.as_str().to_owned()).collect()),
        Err(Rejection::Unknown) => Err("unknown"),
        Err(Rejection::Ambiguous { .. }) => Err("ambiguous"),
        Err(_) => Err("another error"),
    }
}

const NOTHING: Result<&str, &str> = Ok("");

#[test]
fn the_label_before_the_domain_is_the_tenant() {
    let source = Subdomain::of("Example.com").unwrap().except(["WWW"]);
    for (host, expected) in [
        ("acme.example.com", Ok("acme")),
        ("ACME.eXample.COM", Ok("acme")),
        ("acme.example.com.", Ok("acme")),
        ("acme.example.com:443", Ok("acme")),
        ("acme.example.com.:443", Ok("acme")),
        ("acme.example.com:", Ok("acme")),
        ("xn--caf-dma.example.com", Ok("xn--caf-dma")),
        ("7.example.com", Ok("7")),
        // Not below the domain, or the application's own.
        ("example.com", NOTHING),
        (".com", NOTHING),
        ("", NOTHING),
        ("www.example.com", NOTHING),
        ("www.example.com.", NOTHING),
        ("acme.example.org", NOTHING),
        ("acmeexample.com", NOTHING),
        ("acme.example.com.evil.test", NOTHING),
        ("127.0.0.1:80", NOTHING),
        ("[::1]:80", NOTHING),
        // Below it, and no tenant.
        ("b.acme.example.com", Err("unknown")),
        (".example.com", Err("unknown")),
        ("acme..example.com", Err("unknown")),
        ("-acme.example.com", Err("unknown")),
        ("acme-.example.com", Err("unknown")),
        ("a_b.example.com", Err("unknown")),
        // Two trailing dots, another port, another host.
        ("acme.example.com..", NOTHING),
        ("acme.example.com:0x50", Err("ambiguous")),
        ("acme.example.com:443:80", Err("ambiguous")),
        ("acme.example.com:999999", Err("ambiguous")),
        ("b@acme.example.com", Err("ambiguous")),
        ("acme.example.com, b.example.com", Err("ambiguous")),
        ("acme.example.com b.example.com", Err("ambiguous")),
        ("acme.example.com/b", Err("ambiguous")),
        ("acme.example.com#", Err("ambiguous")),
        ("acme%2eexample.com", Err("ambiguous")),
        ("[acme.example.com", Err("ambiguous")),
        ("caf\u{e9}.example.com", Err("ambiguous")),
    ] {
        let found = resolve(&source, "/", &[("host", host.as_bytes())]);
        let expected = expected.map(|name| match name {
            "" => Vec::new(),
            name => vec![name.to_owned()],
        });
        assert_eq!(found, expected, "{host}");
    }
    let too_long = format!("{}.example.com", "x".repeat(64));
    let found = resolve(&source, "/", &[("host", too_long.as_bytes())]);
    assert_eq!(found, Err("unknown"));
    let latin1 = resolve(&source, "/", &[("host", b"caf\xe9.example.com")]);
    assert_eq!(latin1, Err("ambiguous"));
}

#[test]
fn the_hosts_of_a_request_must_be_one() {
    let source = Subdomain::of("example.com").unwrap();
    let (a, b): (&[u8], &[u8]) = (b"a.example.com", b"b.example.com");
    let of_a = Ok(vec!["a".to_owned()]);
    let absolute = "http://a.example.com/";
    assert_eq!(resolve(&source, absolute, &[]), of_a);
    assert_eq!(resolve(&source, absolute, &[("host", a)]), of_a);
    assert_eq!(
        resolve(&source, absolute, &[("host", b"A.example.com:80")]),
        of_a
    );
    for (target, hosts) in [
        (absolute, &[("host", b)][..]),
        ("/", &[("host", a), ("host", b)]),
        ("/", &[("host", a), ("host", a)]),
        ("http://b@a.example.com/", &[]),
    ] {
        assert_eq!(
            resolve(&source, target, hosts),
            Err("ambiguous"),
            "{target} {hosts:?}"
        );
    }
}

#[test]
fn the_headers_of_proxies_are_read_where_that_is_asked_for_and_nowhere_else() {
    let name = HeaderName::from_static("x-forwarded-host");
    let careful = Subdomain::of("example.com").unwrap();
    let trusting = careful.clone().dangerously_trust_header(name);
    let (a, b): (&[u8], &[u8]) = (b"a.example.com", b"b.example.com");
    let forged = [
        ("host", a),
        ("x-forwarded-host", b),
        ("forwarded", b"host=b.example.com"),
        ("x-host", b),
    ];
    assert_eq!(resolve(&careful, "/", &forged), Ok(vec!["a".to_owned()]));
    assert_eq!(resolve(&trusting, "/", &forged), Ok(vec!["b".to_owned()]));
    assert_eq!(
        resolve(&trusting, "/", &forged[..1]),
        Ok(vec!["a".to_owned()])
    );
    // What one of several proxies added is not what ours did.
    for two in [
        &[("x-forwarded-host", a), ("x-forwarded-host", b)][..],
        &[("x-forwarded-host", b"a.example.com, b.example.com")],
    ] {
        assert_eq!(resolve(&trusting, "/", two), Err("ambiguous"), "{two:?}");
    }
}

#[test]
fn a_domain_is_checked_when_the_application_starts() {
    for bad in [
        "",
        ".",
        ".com",
        "example.com.",
        "example.com:80",
        "caf\u{e9}.com",
        "a b",
        "*.example.com",
    ] {
        assert_eq!(Subdomain::of(bad).err(), Some(InvalidDomain), "{bad}");
    }
    assert!(Subdomain::of("localhost").is_ok());
}
