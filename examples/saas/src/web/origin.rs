//! Forms of other sites.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Failure;

/// Refuses a request that changes something and was not sent by a page of this site.
///
/// Browsers say where a request comes from, and no page can make them say something else: `Sec-Fetch-Site` in all
/// that are kept up, `Origin` with every POST. A request that has neither is not a browser's, and has no cookie to
/// misuse; it is refused all the same, because nothing here is for it.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_safe || comes_from_here(request.headers()) {
        next.run(request).await
    } else {
        Failure::Forbidden.into_response()
    }
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let host = text(header::HOST);
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, from)), Some(host)) if from == host)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::comes_from_here;

    fn judged(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        comes_from_here(&headers.collect::<HeaderMap>())
    }

    #[test]
    fn a_form_of_this_site_is_taken() {
        assert!(judged(&[("sec-fetch-site", "same-origin")]));
        assert!(judged(&[
            ("host", "a.example:80"),
            ("origin", "http://a.example:80")
        ]));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(!judged(&[]));
        for site in ["cross-site", "same-site", "none"] {
            let origin = ("origin", "http://a.example");
            assert!(!judged(&[
                ("sec-fetch-site", site),
                ("host", "a.example"),
                origin
            ]));
        }
        for origin in [
            "http://b.example",
            "null",
            "http://a.example.b.example",
            "a.example",
        ] {
            assert!(
                !judged(&[("host", "a.example"), ("origin", origin)]),
                "{origin}"
            );
        }
    }
}
