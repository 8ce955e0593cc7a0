use std::fmt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tenancy_diesel::{CurrentTenant, CurrentTenantError};
use tower_service::Service;
use tracing::instrument::Instrument;

use super::Settings;
use super::admit::Admission;
use crate::pool::Pool;
use crate::slot::{Ending, Options, Slot, SlotHandle};
use crate::span::RequestSpan;
use crate::tenant::Admitted;
use crate::{Rejection, ResolveTenant, TenantDirectory};

/// A service with a [`TenantLayer`](crate::TenantLayer) around it.
pub struct TenantService<P: Pool, R, D, S> {
    settings: Arc<Settings<P, R, D>>,
    inner: S,
}

impl<P: Pool, R, D, S> TenantService<P, R, D, S> {
    pub(super) fn new(settings: Settings<P, R, D>, inner: S) -> Self {
        TenantService {
            settings: Arc::new(settings),
            inner,
        }
    }
}

impl<P: Pool, R, D, S: Clone> Clone for TenantService<P, R, D, S> {
    fn clone(&self) -> Self {
        TenantService {
            settings: Arc::clone(&self.settings),
            inner: self.inner.clone(),
        }
    }
}

impl<P: Pool, R, D, S> fmt::Debug for TenantService<P, R, D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantService").finish_non_exhaustive()
    }
}

impl<P, R, D, S> Service<Request> for TenantService<P, R, D, S>
where
    P: Pool,
    R: ResolveTenant,
    D: TenantDirectory<Id = P::Id>,
    S: Service<Request, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    S::Error: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready, and not its clone.
        let next = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, next);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move { settings.serve(inner, request).await })
    }
}

impl<P, R, D> Settings<P, R, D>
where
    P: Pool,
    R: ResolveTenant,
    D: TenantDirectory<Id = P::Id>,
{
    async fn serve<S>(&self, inner: S, request: Request) -> Result<Response, S::Error>
    where
        S: Service<Request, Response: IntoResponse, Future: Send> + Send,
        S::Error: Send,
    {
        let seen = RequestSpan::of(&request);
        let served = self.serve_seen(inner, request, &seen);
        let response = match served.instrument(seen.span()).await {
            Ok(response) => response?,
            Err(rejection) => rejection.into_response(),
        };
        seen.answer(&response);
        Ok(response)
    }

    async fn serve_seen<S>(
        &self,
        mut inner: S,
        request: Request,
        seen: &RequestSpan,
    ) -> Result<Result<Response, S::Error>, Rejection>
    where
        S: Service<Request, Response: IntoResponse, Future: Send> + Send,
        S::Error: Send,
    {
        let (mut parts, body) = request.into_parts();
        let Admission { tenant, visit } = self.admit(&mut parts).await?;
        seen.admit(&tenant);

        let options = self.options(&parts.method);
        let slot = Arc::new(Slot::new(self.pool.clone(), tenant.clone(), options));
        let ending = Ending::of(&slot, visit);
        parts.extensions.insert(SlotHandle(slot));
        parts.extensions.insert(Admitted(tenant.clone()));
        let request = Request::from_parts(parts, body);

        let handled = async move { inner.call(request).await.map(S::Response::into_response) };
        let handled = AssertUnwindSafe(handled).catch_unwind();
        let handled = CurrentTenant::enter(tenant, handled).await;
        let response = match handled.map_err(not_entered)? {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                ending.roll_back()?;
                return Ok(Err(error));
            }
            // In an orderly way, so that its connection can stay in the pool.
            Err(panic) => {
                drop(ending);
                resume_unwind(panic)
            }
        };
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            ending.roll_back()?;
        } else {
            // Before the head of the response is sent. Where it fails, nothing of the response is.
            ending.commit().await?;
        }
        Ok(Ok(uncached(response)))
    }

    fn options(&self, method: &Method) -> Options {
        Options {
            read_only: self.read_only_safe_methods && method.is_safe(),
            statement_timeout: self.statement_timeout,
        }
    }
}

/// A layer around this one has entered another tenant.
fn not_entered(error: CurrentTenantError) -> Rejection {
    match error {
        CurrentTenantError::Invalid(invalid) => Rejection::InvalidTenant(invalid),
        _ => Rejection::Conflict,
    }
}

/// The tenant may be in a header or a token, which a cache does not look at.
fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
