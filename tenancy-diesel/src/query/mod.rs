//! Queries on scoped tables: Diesel's own query types behind a wrapper that only a
//! [`Scoped`](crate::Scoped) connection runs.

mod combine;
#[cfg(feature = "postgres")]
mod copy;
mod debug;
mod delimited;
mod forward;
mod inner;
mod join;
mod parts;
pub(crate) mod statement;
mod subquery;

#[cfg(feature = "postgres")]
pub use copy::{CopyColumns, CopyTo, copy_to};
pub use debug::{DebugQuery, debug_query};
pub use delimited::Delimited;
pub use inner::Inner;
pub use join::{ScopedOn, ScopedOnDsl};
#[doc(hidden)]
pub use parts::{JoinCondition, JoinSource, ScopedParts};
#[doc(hidden)]
pub use statement::{ExecuteStatement, LoadStatement};
pub(crate) use statement::{Rendered, Returning};
#[doc(hidden)]
pub use subquery::Subquery;
pub use subquery::{InScope, ScopedExpression, exists, select};

use std::marker::PhantomData;

use crate::table::{ScopedSource, SharedTable};

/// A query on scoped tables.
///
/// The value `projects::table` is one, and so is everything that Diesel's query methods build from
/// it. It runs on [`Scoped<C, Id>`](crate::Scoped) and nowhere else: it is no `QueryFragment`, no
/// `AsQuery` and no `Table`, so neither a raw connection nor `diesel::update` accepts it.
///
/// The functions for scoped tables are in the [`prelude`](crate::prelude) and in [`dsl`](crate::dsl).
///
/// `Q` is the Diesel query inside, `Id` the tenant id of the schema.
#[must_use = "queries are only executed when calling `load`, `get_result` or similar"]
pub struct ScopedQuery<Q, Id> {
    pub(crate) inner: Q,
    tenant: PhantomData<fn() -> Id>,
}

/// The type of a `table` constant, such as `projects::table`.
pub type ScopedTable<T> = ScopedQuery<ScopedSource<T>, <T as crate::table::ScopeTable>::Tenant>;

impl<Q, Id> ScopedQuery<Q, Id> {
    pub(crate) const fn new(inner: Q) -> Self {
        ScopedQuery {
            inner,
            tenant: PhantomData,
        }
    }

    pub(crate) fn map<R>(self, f: impl FnOnce(Q) -> R) -> ScopedQuery<R, Id> {
        ScopedQuery::new(f(self.inner))
    }

    /// Wraps the query inside in a query type of the application's own, such as a paginator.
    ///
    /// The result is scoped like the query itself. `Outer` is a Diesel `QueryFragment` that embeds
    /// the query it is given. That is opaque: it can be rendered, in a scope, and nothing else.
    pub fn wrap<Outer>(self, outer: impl FnOnce(Inner<Q>) -> Outer) -> ScopedQuery<Outer, Id> {
        self.map(|query| outer(Inner(query)))
    }
}

impl<T: crate::table::ScopeTable> ScopedTable<T> {
    #[doc(hidden)]
    pub const fn __table(table: T) -> Self {
        ScopedQuery::new(ScopedSource::new(table))
    }
}

impl<Q: Clone, Id> Clone for ScopedQuery<Q, Id> {
    fn clone(&self) -> Self {
        ScopedQuery::new(self.inner.clone())
    }
}

impl<Q: Copy, Id> Copy for ScopedQuery<Q, Id> {}

impl<Q, Id> std::fmt::Debug for ScopedQuery<Q, Id> {
    /// Names the type only. [`debug_query`] shows the SQL.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScopedQuery").finish_non_exhaustive()
    }
}

/// Lifts a shared table into the scope, so that it can stand left of a join with a tenant table or
/// around a sub-query on one.
///
/// A tenant table cannot be the right side of a plain Diesel query:
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// # fn run(conn: &mut Conn) -> QueryResult<Vec<(String, Option<String>)>> {
/// scoped(countries::table)
///     .left_join(projects::table)
///     .select((countries::label, projects::name.nullable()))
///     .load(conn)
/// # }
/// # }
/// ```
pub fn scoped<T: SharedTable>(table: T) -> ScopedTable<T> {
    ScopedQuery::new(ScopedSource::new(table))
}
