//! Failures, and the pages that tell of them.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use tenancy_axum::Rejection;

use crate::BoxError;
use crate::pages::error_page;

/// Why a handler gives no answer. The visitor learns the status and nothing else.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignIn,
    /// The role of the member does not allow it, or another site sent the form.
    #[error("this is not allowed")]
    Forbidden,
    /// There is no such thing, or it is another organisation's.
    #[error("there is no such thing")]
    NotFound,
    /// The form cannot have come from one of our pages.
    #[error("the form is not one of ours")]
    BadRequest,
    /// The file is larger than files may be.
    #[error("the file is too large")]
    TooLarge,
    /// The tenant layer, the pool or the database refused.
    #[error(transparent)]
    Tenant(#[from] Rejection),
    /// Something else is broken.
    #[error("{0}")]
    Broken(BoxError),
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Failure::Tenant(error.into())
    }
}

impl From<tenancy_diesel::pool::Error> for Failure {
    fn from(error: tenancy_diesel::pool::Error) -> Self {
        Failure::Tenant(error.into())
    }
}

impl From<BoxError> for Failure {
    fn from(error: BoxError) -> Self {
        Failure::Broken(error)
    }
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Failure::Broken(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::SignIn => StatusCode::UNAUTHORIZED.into_response(),
            Failure::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Failure::NotFound => StatusCode::NOT_FOUND.into_response(),
            Failure::BadRequest => StatusCode::BAD_REQUEST.into_response(),
            Failure::TooLarge => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Failure::Tenant(rejection) => {
                if rejection.status().is_server_error() {
                    tracing::error!(error = %rejection, "a request failed");
                }
                rejection.into_response()
            }
            Failure::Broken(error) => {
                tracing::error!(%error, "a request failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Puts a page in the place of every failure, whoever it comes from: a handler, the tenant layer or the router. The
/// page depends on the status alone, so an organisation, a row or a file of somebody else has the same one as
/// something that never was.
pub(crate) async fn error_pages(request: Request, next: Next) -> Response {
    let is_page = *request.method() == Method::GET;
    let sign_in = sign_in_and_return(is_page.then(|| request.uri().path()));
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_html(&response) {
        return response;
    }
    if status == StatusCode::UNAUTHORIZED {
        return Redirect::to(&sign_in).into_response();
    }
    let mut page = (status, error_page(status)).into_response();
    if let Some(seconds) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.clone());
    }
    page
}

/// A form that is shown again with a message has a page already.
fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn sign_in_and_return(path: Option<&str>) -> String {
    match path {
        // What would have to be encoded is no address of ours.
        Some(path) if is_local(path) => format!("/sign-in?next={path}"),
        _ => "/sign-in".to_owned(),
    }
}

/// Whether an address leads to a page of an organisation here, and cannot lead anywhere else.
pub(crate) fn is_local(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.' | '_');
    path.starts_with("/o/") && !path.contains("//") && path.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{is_local, sign_in_and_return};

    #[test]
    fn only_pages_of_organisations_are_returned_to() {
        assert!(is_local("/o/acme/tasks/6f1d"));
        for path in [
            "/",
            "//a",
            "/o//a.example",
            "/oa",
            "https://a.example",
            "/o/a?b",
            "/o/\\a",
        ] {
            assert!(!is_local(path), "{path}");
        }
        assert_eq!(sign_in_and_return(Some("/o/a")), "/sign-in?next=/o/a");
        assert_eq!(sign_in_and_return(Some("/o/a%0d")), "/sign-in");
        assert_eq!(sign_in_and_return(None), "/sign-in");
    }
}
