//! Who is signed in.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Failure;
use super::cookie::session_token;
use crate::App;
use crate::accounts::{self, Account, TokenHash};

/// Who sends the request. As an argument of a handler it asks for a sign-in.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    /// By which the functions of `accounts` know who asks.
    pub(crate) session: TokenHash,
}

/// Looks the session up, and puts [`SignedIn`] into the request.
pub(crate) async fn load_session(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(token) = session_token(request.headers(), app.secure_cookies()) {
        let session = token.hash();
        match look_up(&app, &session).await {
            Ok(Some(account)) => {
                request
                    .extensions_mut()
                    .insert(SignedIn { account, session });
            }
            Ok(None) => {}
            Err(failure) => return failure.into_response(),
        }
    }
    next.run(request).await
}

async fn look_up(app: &App, session: &TokenHash) -> Result<Option<Account>, Failure> {
    let mut conn = app.pool().shared().await?;
    Ok(accounts::signed_in(&mut conn, session).await?)
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<SignedIn>()
            .cloned()
            .ok_or(Failure::SignIn)
    }
}

/// On pages that are open to everybody.
impl<S: Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<SignedIn>().cloned())
    }
}
