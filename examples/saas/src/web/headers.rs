//! Headers that every response has.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const HEADERS: [(HeaderName, &str); 4] = [
    // Nothing but our own style sheet and images: no script, no frame, no other site.
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    // A file is what its type says, whatever it looks like.
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Addresses have names of organisations in them. They are nobody else's business.
    (header::REFERRER_POLICY, "same-origin"),
    // The next user of the browser does not find pages by its back button, and no proxy keeps them.
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds the headers that a response does not set by itself.
pub(crate) async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
