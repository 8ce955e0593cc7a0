//! What is to be done when the change of a request has been committed.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::App;
use crate::cache::ProgressOf;
use crate::files::Discarded;

/// Forgets images and deletes contents that a handler has put into the extensions of its response.
///
/// This is around the tenant layer, whose answer to a failed COMMIT has no such extensions. An image that was forgotten
/// earlier could be drawn again from what was there before; contents that were deleted earlier could be missed by a row
/// that stays. What fails here is told to the log alone, for the change itself is done: an image ends by itself, and an
/// erasure takes what is left of files.
pub(crate) async fn after_commit(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(image) = response.extensions().get::<ProgressOf>()
        && let Err(error) = image.forget(app.cache()).await
    {
        tracing::error!(%error, "an image could not be forgotten");
    }
    if let Some(files) = response.extensions().get::<Discarded>()
        && let Err(error) = files.delete(&app).await
    {
        tracing::error!(%error, "contents of files could not be deleted");
    }
    response
}
