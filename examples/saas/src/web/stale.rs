//! Entries of the cache that a request has made wrong.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Failure;
use crate::App;
use crate::cache::ProgressOf;

/// Forgets what a handler has put into the extensions of its response. This is around the tenant layer, so it happens
/// when the change has been committed: an entry that went earlier could be made again from what was there before.
pub(crate) async fn forget_stale(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(progress) = response.extensions().get::<ProgressOf>()
        && let Err(error) = progress.forget(app.cache()).await
    {
        return Failure::Broken(error.into()).into_response();
    }
    response
}
