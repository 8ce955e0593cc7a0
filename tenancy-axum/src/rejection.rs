use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use diesel::result::Error as QueryError;
use tenancy_diesel::InvalidTenantId;
use tenancy_diesel::pool::{CheckoutError, Error as PoolError};

use crate::DirectoryError;

/// Why a request was refused, or its transaction was not committed.
///
/// As a response it is a short `application/problem+json` that depends on the variant alone: no name, no id and no
/// text of the database is in it. The response carries an `Arc<Rejection>` in its extensions, from which an outer
/// layer can make a page, a redirect or a line in the log:
///
/// ```
/// use std::sync::Arc;
/// use axum::response::{IntoResponse, Redirect, Response};
/// use tenancy_axum::Rejection;
///
/// // For `axum::middleware::map_response`, outside of the tenant layer.
/// async fn pages(response: Response) -> Response {
///     match response.extensions().get::<Arc<Rejection>>().map(|rejection| &**rejection) {
///         Some(Rejection::SignIn | Rejection::Missing) => Redirect::to("/sign-in").into_response(),
///         _ => response,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request names no tenant: 401.
    #[error("the request names no tenant")]
    Missing,
    /// Nobody is signed in: 401.
    #[error("nobody is signed in")]
    SignIn,
    /// There is a token, and it is not valid: 401.
    #[error("the token of the request is not valid")]
    InvalidToken,
    /// There is no such tenant, or it is not the user's: 404, the same for both.
    #[error("there is no such tenant, or it is not the user's")]
    Unknown,
    /// A source cannot be read in one way only, for example a header that is there twice: 400.
    #[error(
        "the request names its tenant in a way that can be read in more than one: {source_name}"
    )]
    Ambiguous {
        /// The source.
        source_name: &'static str,
    },
    /// The sources name different tenants: 400.
    #[error("the request names more than one tenant")]
    Conflict,
    /// The tenant has as many requests under way as it may have: 429 with `Retry-After`.
    #[error("the tenant has as many requests under way as its limit allows")]
    Busy,
    /// No connection became free in time: 503 with `Retry-After`.
    #[error("no connection could be had in time")]
    NoConnection(#[source] PoolError),
    /// No scope could be had for another reason: 500.
    #[error("no scope could be opened")]
    Pool(#[source] PoolError),
    /// The directory could not be asked: 503 with `Retry-After`.
    #[error(transparent)]
    Directory(DirectoryError),
    /// The directory gave an id that no tenant can have: 500.
    #[error("the directory gave an id that no tenant can have")]
    InvalidTenant(#[source] InvalidTenantId),
    /// A statement failed: 500. `NotFound` is a 404, the same as [`Unknown`](Self::Unknown).
    #[error("a statement failed")]
    Query(#[source] QueryError),
    /// COMMIT failed, and nothing of the request is in the database: 500 in the place of the handler's response.
    ///
    /// Where the connection was lost on the way, whether it was committed is not known.
    #[error("the transaction of the request could not be committed")]
    Commit(#[source] QueryError),
    /// There is no tenant layer around the handler, or one of another type: 500.
    #[error(
        "there is no tenant layer of this pool around the handler: add the route before \
         `.route_layer(TenantLayer::new(..))`"
    )]
    NoLayer,
    /// Another extractor has the transaction of this request: 500.
    #[error(
        "another `Tx` of this request is alive; a request has one transaction, so pass that one on"
    )]
    TransactionInUse,
    /// The handler has returned and something still holds its transaction: 500, and the transaction is rolled back.
    #[error(
        "the transaction was kept beyond the handler, in a spawned task or the body of the response; \
         it was rolled back"
    )]
    TransactionKept,
    /// The transaction was used after the handler had returned.
    #[error("the request that this transaction belongs to has ended")]
    TransactionEnded,
    /// The handler began a transaction and did not end it, ended the request's own, or put another scope in its
    /// place: 500, and what is open is rolled back.
    #[error(
        "the handler left the connection in another transaction than the request's; use \
         `conn.transaction(..)` for what is to be undone by itself"
    )]
    TransactionReplaced,
}

impl Rejection {
    /// The status of the response.
    ///
    /// ```
    /// use tenancy_axum::Rejection;
    ///
    /// assert_eq!(Rejection::Unknown.status(), 404);
    /// assert_eq!(Rejection::from(diesel::result::Error::NotFound).status(), 404);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Rejection::Missing | Rejection::SignIn | Rejection::InvalidToken => {
                StatusCode::UNAUTHORIZED
            }
            Rejection::Unknown | Rejection::Query(QueryError::NotFound) => StatusCode::NOT_FOUND,
            Rejection::Ambiguous { .. } | Rejection::Conflict => StatusCode::BAD_REQUEST,
            Rejection::Busy => StatusCode::TOO_MANY_REQUESTS,
            Rejection::NoConnection(_) | Rejection::Directory(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What spans call it: `error.type` in OpenTelemetry's conventions.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Rejection::Missing => "tenant_missing",
            Rejection::SignIn => "sign_in",
            Rejection::InvalidToken => "invalid_token",
            Rejection::Unknown => "tenant_unknown",
            Rejection::Ambiguous { .. } => "tenant_ambiguous",
            Rejection::Conflict => "tenant_conflict",
            Rejection::Busy => "tenant_busy",
            Rejection::NoConnection(_) => "no_connection",
            Rejection::Pool(_) => "pool",
            Rejection::Directory(_) => "directory",
            Rejection::InvalidTenant(_) => "invalid_tenant",
            Rejection::Query(_) => "query",
            Rejection::Commit(_) => "commit",
            Rejection::NoLayer => "no_layer",
            Rejection::TransactionInUse => "transaction_in_use",
            Rejection::TransactionKept => "transaction_kept",
            Rejection::TransactionEnded => "transaction_ended",
            Rejection::TransactionReplaced => "transaction_replaced",
        }
    }

    /// What the client may know. A constant of the status, so that no two causes of one can be told apart but for
    /// those that are the client's own doing.
    fn problem(&self) -> &'static str {
        match self {
            Rejection::Missing => {
                r#"{"title":"Unauthorized","status":401,"detail":"The request names no tenant."}"#
            }
            Rejection::SignIn => {
                r#"{"title":"Unauthorized","status":401,"detail":"Sign in first."}"#
            }
            Rejection::InvalidToken => {
                r#"{"title":"Unauthorized","status":401,"detail":"The token is not valid."}"#
            }
            Rejection::Ambiguous { .. } => {
                r#"{"title":"Bad Request","status":400,"detail":"The tenant of the request is ambiguous."}"#
            }
            Rejection::Conflict => {
                r#"{"title":"Bad Request","status":400,"detail":"The request names more than one tenant."}"#
            }
            _ => match self.status() {
                StatusCode::NOT_FOUND => r#"{"title":"Not Found","status":404}"#,
                StatusCode::TOO_MANY_REQUESTS => r#"{"title":"Too Many Requests","status":429}"#,
                StatusCode::SERVICE_UNAVAILABLE => {
                    r#"{"title":"Service Unavailable","status":503}"#
                }
                _ => r#"{"title":"Internal Server Error","status":500}"#,
            },
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = Response::new(Body::from(self.problem()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        // A 404 may be cached where nothing is said, and would outlive the creation of what it is about.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if matches!(self, Rejection::InvalidToken) {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<QueryError> for Rejection {
    fn from(error: QueryError) -> Self {
        Rejection::Query(error)
    }
}

impl From<PoolError> for Rejection {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Query(error) => Rejection::Query(error),
            PoolError::Checkout(CheckoutError::TimedOut(_)) => Rejection::NoConnection(error),
            _ => Rejection::Pool(error),
        }
    }
}
