//! What is told of a request.

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
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
    pub(crate) fn of(parts: &Parts) -> Self {
        let outer = Span::current();
        let span = tracing::span!(
            target: "tenancy::request",
            Level::INFO,
            "request",
            otel.kind = "internal",
            http.request.method = method(&parts.method),
            http.route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str),
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

    pub(crate) fn answer(&self, status: StatusCode) {
        let code = status.as_u16();
        self.span.record("http.response.status_code", code);
    }

    pub(crate) fn refuse(&self, rejection: &Rejection) {
        self.span.record("error.type", rejection.kind());
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
