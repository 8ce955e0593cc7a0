//! Queries as they cross tenants.

use std::fmt;
use std::panic::UnwindSafe;

#[cfg(feature = "r2d2")]
use diesel::PgConnection;
use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AsQuery, AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::result::Error;
use diesel::row::Row;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};
#[cfg(any(feature = "bb8", feature = "deadpool"))]
use futures_core::future::BoxFuture;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
use futures_core::stream::BoxStream;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
use futures_util::{FutureExt, StreamExt, TryFutureExt};

use crate::ambient;
use crate::query::ScopedQuery;

/// The rows of a statement as they come.
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(super) type Incoming<U> = BoxStream<'static, QueryResult<U>>;

/// A query that a [`CrossTenant`](super::CrossTenant) runs, with rows of the type `U`.
///
/// It is implemented for what the query methods make of the tables of a `tenant_schema!`, and not for
/// INSERT, UPDATE and DELETE.
#[diagnostic::on_unimplemented(
    message = "this does not run across tenants as rows of `{U}`",
    note = "a `CrossTenant` reads the tables of a `tenant_schema!`: no writes, no raw statements, and no plain \
            Diesel queries (lift a shared table with `scoped(countries::table)`)",
    note = "for a write, or for encrypted columns, use the scope of one tenant: `cross.scope(..)`"
)]
pub trait ReadAcross<U> {
    /// The SQL type of the rows.
    type SqlType;
    #[doc(hidden)]
    type Read: Read<U>;

    #[doc(hidden)]
    fn prepare(self, by: CrossTenantAlone) -> Self::Read;
}

/// Only this crate has one, so nobody else gets a statement that renders without its filter.
#[doc(hidden)]
#[derive(Debug)]
pub struct CrossTenantAlone(());

impl CrossTenantAlone {
    pub(super) const PERMIT: Self = CrossTenantAlone(());
}

/// A statement that is ready to be recorded and sent.
#[doc(hidden)]
pub trait Read<U> {
    /// The statement without bind values.
    fn text(&self) -> QueryResult<String>;

    #[cfg(feature = "r2d2")]
    fn load(self, pg: &mut PgConnection) -> QueryResult<Vec<U>>;

    /// The statement is rendered before this returns, and sent when the future is polled.
    #[cfg(any(feature = "bb8", feature = "deadpool"))]
    fn send(self, pg: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<Incoming<U>>>
    where
        U: 'static;
}

/// The SQL type of rows that may be read across tenants: any without an encrypted column, which belongs to
/// one tenant and its keys.
#[diagnostic::on_unimplemented(
    message = "encrypted columns do not load across tenants",
    label = "this query selects an encrypted column",
    note = "their values belong to one tenant and its keys: load them in a scope, `cross.scope(..)`",
    note = "select the other columns: `.select((projects::id, projects::name))`"
)]
pub trait ReadableAcross {}

// That a type does *not* occur in a tuple of any length can be said of auto traits alone. The SQL types
// of encrypted columns opt out of this one; all others, which hold nothing, have it.
#[diagnostic::do_not_recommend]
impl<ST: UnwindSafe> ReadableAcross for ST {}

#[diagnostic::do_not_recommend]
impl<Q, Id, U> ReadAcross<U> for ScopedQuery<Q, Id>
where
    Q: AsQuery,
    Across<Q::Query>: Read<U>,
{
    type SqlType = <Q::Query as Query>::SqlType;
    type Read = Across<Q::Query>;

    fn prepare(self, _: CrossTenantAlone) -> Self::Read {
        Across(self.inner.as_query())
    }
}

/// A query, rendered with the rows of all tenants.
///
/// It is a type of its own, so its query id differs from that of the same query in a scope.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "nobody has a value of it")]
pub struct Across<S>(S);

impl<S: QueryFragment<Pg>> QueryFragment<Pg> for Across<S> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        ambient::enter_every_tenant(|| self.0.walk_ast(pass))
    }
}

impl<S: QueryId> QueryId for Across<S> {
    type QueryId = Across<S::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID;
    const IS_WINDOW_FUNCTION: bool = S::IS_WINDOW_FUNCTION;
}

impl<S: Query> Query for Across<S> {
    type SqlType = S::SqlType;
}

impl<S, U, ST> Read<U> for Across<S>
where
    S: Query + QueryFragment<Pg> + QueryId,
    S::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    Pg: QueryMetadata<S::SqlType>,
    U: FromSqlRow<ST, Pg>,
    ST: 'static,
{
    fn text(&self) -> QueryResult<String> {
        let mut builder = PgQueryBuilder::default();
        self.to_sql(&mut builder, &Pg)?;
        Ok(builder.finish())
    }

    #[cfg(feature = "r2d2")]
    fn load(self, pg: &mut PgConnection) -> QueryResult<Vec<U>> {
        use diesel::connection::{DefaultLoadingMode, LoadConnection};

        LoadConnection::<DefaultLoadingMode>::load(pg, self)?
            .map(|row| build(&row?))
            .collect()
    }

    #[cfg(any(feature = "bb8", feature = "deadpool"))]
    fn send(self, mut pg: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<Incoming<U>>>
    where
        U: 'static,
    {
        AsyncConnectionCore::load(&mut pg, self)
            .map_ok(|rows| rows.map(|row| build(&row?)).boxed())
            .boxed()
    }
}

/// Builds a row outside of any scope, so that it has the keys of none.
fn build<'a, U: FromSqlRow<ST, Pg>, ST>(row: &impl Row<'a, Pg>) -> QueryResult<U> {
    ambient::outside(|| U::build_from_row(row)).map_err(Error::DeserializationError)
}

/// The SQL of a query as it crosses tenants, and its bind values.
///
/// Nothing is sent, and nothing recorded. [`Display`](fmt::Display) gives the text plus a comment with the
/// binds, as Diesel's `debug_query` does.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// # #[test]
/// # fn run() {
/// use tenancy_diesel::crossing::debug_query;
///
/// let query = projects::table.filter(projects::name.eq("roof")).select(projects::id);
/// assert_eq!(
///     debug_query(query).to_string(),
///     r#"SELECT "projects"."id" FROM "projects" AS "projects" WHERE ("projects"."name" = $1) -- binds: ["roof"]"#,
/// );
/// # }
/// # }
/// ```
pub fn debug_query<Q: AsQuery, Id>(query: ScopedQuery<Q, Id>) -> DebugRead<Q::Query> {
    DebugRead(Across(query.inner.as_query()))
}

/// What [`debug_query`] shows.
pub struct DebugRead<S>(Across<S>);

impl<S: QueryFragment<Pg>> fmt::Display for DebugRead<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&diesel::debug_query::<Pg, _>(&self.0), f)
    }
}

impl<S: QueryFragment<Pg>> fmt::Debug for DebugRead<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&diesel::debug_query::<Pg, _>(&self.0), f)
    }
}
