//! What a scope tells about its statements: spans of [`tracing`] and [`Counters`].
//!
//! Each statement of a scope is a span of the target `tenancy::statement` and the level DEBUG, each
//! `transaction` one of the target `tenancy::transaction`, in which its statements nest. Their fields have
//! the names of OpenTelemetry's conventions for database clients, so `tracing-opentelemetry` passes them on as
//! they are:
//!
//! | field | |
//! |---|---|
//! | `otel.name`, `otel.kind` | `SELECT projects`, `client` |
//! | `db.system.name` | `postgresql` |
//! | `db.namespace` | what [`Scoped::in_namespace`](crate::Scoped::in_namespace) was given |
//! | `db.operation.name` | `SELECT`, `INSERT`, .. |
//! | `db.collection.name` | the first table of the statement |
//! | `db.query.text` | the SQL. Values are bound and not in it, and literals are replaced by `?` |
//! | `error.type` | the kind of the error, such as `unique_violation`; never its text, which may hold values |
//! | `tenancy.tenant` | the tenant of the scope |
//!
//! Nothing is rendered unless a subscriber is interested in the span. Statements of a
//! `CrossTenant` have the same fields, but for the tenant, and are told as events of the target
//! `tenancy::crossing` too, once they are on record.

mod counters;
mod error_type;
mod text;

#[cfg(feature = "jobs")]
pub(crate) use error_type::of as kind_of;
pub(crate) use text::without_literals;

pub(crate) use counters::Count;
pub use counters::Counters;

use diesel::QueryResult;
#[cfg(feature = "postgres")]
use diesel::pg::{Pg, PgQueryBuilder};
#[cfg(feature = "postgres")]
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::result::Error;
#[cfg(feature = "async")]
use tracing::instrument::Instrument;
use tracing::{Level, Span, field};

use crate::TenantId;

/// Who looks at statements: nobody, or the span of one.
#[derive(Debug, Clone)]
#[must_use = "an observation follows the statement that it is of"]
pub(crate) struct Observation(Span);

impl Observation {
    /// Of a statement that is about to be sent. It is rendered for the span alone.
    pub(crate) fn of_statement(
        tenant: impl FnOnce() -> String,
        namespace: Option<&str>,
        render: impl FnOnce() -> Option<String>,
    ) -> Self {
        Count::Statement.one();
        if !is_anybody_interested() {
            return Observation(Span::none());
        }
        Self::with(render(), Some(&tenant()), namespace)
    }

    /// Of a statement that crosses tenants.
    #[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
    pub(crate) fn of_crossing(sql: &str) -> Self {
        Count::Statement.one();
        if !is_anybody_interested() {
            return Observation(Span::none());
        }
        Self::with(Some(sql.to_owned()), None, None)
    }

    #[cold]
    fn with(sql: Option<String>, tenant: Option<&str>, namespace: Option<&str>) -> Self {
        let sql = sql.unwrap_or_default();
        let operation = text::operation(&sql);
        let collection = text::collection(&sql);
        let name = match &collection {
            Some(collection) => format!("{operation} {collection}"),
            None => operation.clone(),
        };
        Observation(tracing::span!(
            target: "tenancy::statement",
            Level::DEBUG,
            "statement",
            otel.name = name,
            otel.kind = "client",
            db.system.name = "postgresql",
            db.namespace = namespace,
            db.operation.name = operation,
            db.collection.name = collection,
            db.query.text = without_literals(&sql),
            "error.type" = field::Empty,
            tenancy.tenant = tenant,
        ))
    }

    /// Runs the statement inside of its span.
    #[cfg(feature = "postgres")]
    pub(crate) fn watch<R>(self, step: impl FnOnce() -> QueryResult<R>) -> QueryResult<R> {
        if self.0.is_none() {
            return step().inspect_err(count_refusal);
        }
        self.0.in_scope(step).inspect_err(|error| self.note(error))
    }

    /// Runs the future inside of the statement's span.
    #[cfg(feature = "async")]
    pub(crate) async fn follow<R>(
        self,
        future: impl Future<Output = QueryResult<R>>,
    ) -> QueryResult<R> {
        if self.0.is_none() {
            return future.await.inspect_err(count_refusal);
        }
        let result = future.instrument(self.0.clone()).await;
        result.inspect_err(|error| self.note(error))
    }

    /// The statement was refused before it was sent.
    #[cfg(feature = "async")]
    pub(crate) fn refuse(self, error: &Error) {
        self.note(error);
    }

    #[cold]
    fn note(&self, error: &Error) {
        count_refusal(error);
        self.0.record("error.type", error_type::of(error));
    }
}

/// One comparison with a number where no subscriber is.
fn is_anybody_interested() -> bool {
    tracing::span_enabled!(target: "tenancy::statement", Level::DEBUG)
}

/// What was not sent.
#[cold]
fn count_refusal(error: &Error) {
    if matches!(
        error,
        Error::QueryBuilderError(_) | Error::SerializationError(_)
    ) {
        Count::Refused.one();
    }
}

/// The span of a transaction's closure.
pub(crate) fn transaction<Id: TenantId>(tenant: &Id, namespace: Option<&str>) -> Span {
    if !tracing::span_enabled!(target: "tenancy::transaction", Level::DEBUG) {
        return Span::none();
    }
    tracing::span!(
        target: "tenancy::transaction",
        Level::DEBUG,
        "transaction",
        otel.kind = "internal",
        db.system.name = "postgresql",
        db.namespace = namespace,
        tenancy.tenant = tenant.canonical(),
    )
}

/// The SQL of a statement, if it can be rendered. What cannot be is not sent.
#[cfg(feature = "postgres")]
pub(crate) fn sql_of<T: QueryFragment<Pg>>(statement: &T) -> Option<String> {
    let mut builder = PgQueryBuilder::default();
    statement.to_sql(&mut builder, &Pg).ok()?;
    Some(builder.finish())
}
