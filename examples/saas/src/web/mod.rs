//! From a request to a handler, and from a failure to a page.

mod committed;
mod cookie;
mod errors;
mod headers;
mod id;
mod member;
mod origin;
mod session;
mod tenant;

pub(crate) use committed::after_commit;
pub(crate) use cookie::{clear_session, session_cookie};
pub(crate) use errors::{Failure, error_pages, is_local};
pub(crate) use headers::security_headers;
pub(crate) use id::Id;
pub(crate) use member::Member;
pub(crate) use origin::same_origin;
pub(crate) use session::{SignedIn, load_session};
pub(crate) use tenant::{Conn, Directory, Tx};

/// What a handler returns.
pub(crate) type Answer<T = axum::response::Response> = Result<T, Failure>;
