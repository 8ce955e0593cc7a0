//! What is told of a request.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;
use tenancy_diesel::TenantId;
use tracing::{Level, Span, field};

use crate::Rejection;

const TENANT: &str = "tenancy.tenant";

/// The span of a request, and the one around it.
#[derive(Debug, Clone)]
pub(crate) struct RequestSpan {
    span: Span,
    outer: Span,
}

impl RequestSpan {
    pub(crate) fn of(request: &Request) -> Self {
        let outer = Span::current();
        let span = tracing::span!(
            target: "tenancy::request",
            Level::INFO,
            "request",
            otel.kind = "internal",
            http.request.method = method(request.method()),
            http.route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str),
            http.response.status_code = field::Empty,
            tenancy.tenant = field::Empty,
            "error.type" = field::Empty,
        );
        RequestSpan { span, outer }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn admit<Id: TenantId>(&self, tenant: &Id) {
        if self.span.is_disabled() && self.outer.is_disabled() {
            return;
        }
        let tenant = tenant.canonical();
        self.span.record(TENANT, &*tenant);
        // Of use where the application's own span declares the field.
        self.outer.record(TENANT, &*tenant);
    }

    /// The answer, whether it is the layer's or the handler's. What is the server's fault is an event too: the client
    /// is not told of it.
    pub(crate) fn answer(&self, response: &Response) {
        let code = response.status().as_u16();
        self.span.record("http.response.status_code", code);
        let Some(rejection) = response.extensions().get::<Arc<Rejection>>() else {
            return;
        };
        let kind = rejection.kind();
        self.span.record("error.type", kind);
        if rejection.status().is_server_error() {
            self.span.in_scope(|| {
                // The text is one of ours. That of its source may hold values, and is not told.
                tracing::event!(
                    target: "tenancy::request",
                    Level::ERROR,
                    error.r#type = kind,
                    "{rejection}"
                );
            });
        }
    }
}

/// Methods are the client's to invent; the names of spans' values are not.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}
