//! What [`diesel::dsl`] has, for scoped tables: bare functions, and helper types for the return types of
//! functions.
//!
//! Everything of `diesel::dsl` is here. Diesel's own helper types serve wherever they say
//! `<Source as SomeDsl>::Output`; those that name Diesel's statements have a scoped form of the same
//! name in this module.
//!
//! # Return types
//!
//! With [`auto_type`], written out, or boxed:
//!
//! ```
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! # include!("doc/setup.rs");
//! # use diesel::pg::Pg;
//! use tenancy_diesel::dsl::{self, auto_type};
//!
//! #[auto_type]
//! fn open_of(project: Uuid) -> _ {
//!     let done: dsl::Eq<tasks::done, bool> = tasks::done.eq(false);
//!     tasks::table.filter(tasks::project_id.eq(project)).filter(done)
//! }
//!
//! fn named(name: &str) -> dsl::Filter<projects::ScopedTable, dsl::Eq<projects::name, &str>> {
//!     projects::table.filter(projects::name.eq(name))
//! }
//!
//! fn search(prefix: Option<&str>) -> projects::BoxedQuery<'_> {
//!     let mut query = projects::table.into_boxed();
//!     if let Some(prefix) = prefix {
//!         query = query.filter(projects::name.like(format!("{prefix}%")));
//!     }
//!     query
//! }
//! # fn run(conn: &mut Conn) -> QueryResult<(i64, i64, i64)> {
//! # Ok((
//! #   open_of(Uuid::from_u128(1)).count().get_result(conn)?,
//! #   named("roof").count().get_result(conn)?,
//! #   search(Some("a")).count().get_result(conn)?,
//! # ))
//! # }
//! # }
//! ```
//!
//! # Generic code
//!
//! A function that is generic over the query bounds it by the traits that plain Diesel has, with
//! [`Scoped`](crate::Scoped) as the connection:
//!
//! ```
//! # #[cfg(feature = "postgres")] mod example {
//! use diesel::query_dsl::methods;
//! use tenancy_diesel::prelude::*;
//! use tenancy_diesel::{Scoped, SyncScopeConnection, dsl};
//!
//! fn page<'q, Q, U, C, Id>(query: Q, page: i64, conn: &mut Scoped<C, Id>) -> QueryResult<Vec<U>>
//! where
//!     C: SyncScopeConnection,
//!     Id: SqlTenantId,
//!     Q: methods::OffsetDsl,
//!     dsl::Offset<Q>: methods::LimitDsl,
//!     dsl::Limit<dsl::Offset<Q>>: methods::LoadQuery<'q, Scoped<C, Id>, U>,
//! {
//!     let query = methods::OffsetDsl::offset(query, page * 20);
//!     methods::LimitDsl::limit(query, 20).load(conn)
//! }
//! # }
//! ```
//!
//! Name the traits through `methods`, as with plain Diesel: imported by themselves, they clash with
//! `QueryDsl`. On an asynchronous connection the bounds are `AsyncScopeConnection` and
//! `diesel_async::methods::LoadQuery`.

use diesel::JoinTo;

use crate::query::{InScope, ScopedParts, ScopedQuery, Subquery};
use crate::query::{JoinCondition, JoinSource, ScopedExpression};
use crate::write::{DeleteTarget, InsertTarget, ReturningDsl, SetDsl, UpdateTarget, ValuesDsl};

#[doc(no_inline)]
pub use diesel::dsl::*;

#[cfg(feature = "postgres")]
pub use crate::query::copy_to;
pub use crate::query::{exists, select};
pub use crate::write::{delete, insert_into, update};
pub use tenancy_derive::auto_type;

/// The return type of [`insert_into`](fn@insert_into).
#[allow(
    non_camel_case_types,
    reason = "the name of the function, for `auto_type`"
)]
pub type insert_into<T> = <T as InsertTarget>::Statement;

/// The return type of [`update`](fn@update).
#[allow(
    non_camel_case_types,
    reason = "the name of the function, for `auto_type`"
)]
pub type update<T> = <T as UpdateTarget>::Statement;

/// The return type of [`delete`](fn@delete).
#[allow(
    non_camel_case_types,
    reason = "the name of the function, for `auto_type`"
)]
pub type delete<T> = <T as DeleteTarget>::Statement;

/// The return type of [`exists`](fn@exists).
#[allow(
    non_camel_case_types,
    reason = "the name of the function, for `auto_type`"
)]
pub type exists<Q> = ScopedExpression<
    diesel::dsl::exists<<<Q as ScopedParts>::Query as Subquery>::Select>,
    <Q as ScopedParts>::Tenant,
>;

/// The return type of [`select`](fn@select). The tenant id is that of the expression, if it is a scoped
/// sub-query by itself.
#[allow(
    non_camel_case_types,
    reason = "the name of the function, for `auto_type`"
)]
pub type select<E, Id = <E as ScopedParts>::Tenant> =
    ScopedQuery<diesel::dsl::select<InScope<E, Id>>, Id>;

/// The return type of `insert_into(..).values(..)`.
pub type Values<I, V> = <I as ValuesDsl<V>>::Output;

/// The return type of `update(..).set(..)`.
pub type Set<U, Changes> = <U as SetDsl<Changes>>::Output;

/// The return type of `update(target).set(changes)`.
pub type Update<Target, Changes> = Set<update<Target>, Changes>;

/// The return type of `.returning(..)`.
pub type Returning<S, E> = <S as ReturningDsl<E>>::Output;

/// The return type of `.on(..)`.
pub type On<Source, Condition> = <Source as JoinCondition<Condition>>::Output;

/// What a query on a table reads from, as [`BoxableExpression`](diesel::BoxableExpression) names it.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("doc/setup.rs");
/// # use diesel::pg::Pg;
/// # use diesel::sql_types::Bool;
/// use tenancy_diesel::dsl::{InnerJoinQuerySource, Source};
///
/// type Predicate = Box<dyn BoxableExpression<Source<projects::ScopedTable>, Pg, SqlType = Bool>>;
/// type OfBoth = Box<
///     dyn BoxableExpression<
///         InnerJoinQuerySource<tasks::ScopedTable, projects::ScopedTable>,
///         Pg,
///         SqlType = Bool,
///     >,
/// >;
///
/// # fn run(conn: &mut Conn) -> QueryResult<(i64, i64)> {
/// let named: Predicate = Box::new(projects::name.eq("roof"));
/// let open: OfBoth = Box::new(projects::name.eq("roof").and(tasks::done.eq(false)));
/// # Ok((
/// projects::table.filter(named).count().get_result(conn)?,
/// tasks::table.inner_join(projects::table).filter(open).count().get_result(conn)?,
/// # ))
/// # }
/// # }
/// ```
pub type Source<T> = <T as JoinSource>::Source;

/// What an inner join of two scoped tables or queries reads from.
pub type InnerJoinQuerySource<Left, Right, On = JoinedOn<Left, Right>> =
    diesel::dsl::InnerJoinQuerySource<Source<Left>, Source<Right>, On>;

/// What a left join of two scoped tables or queries reads from.
pub type LeftJoinQuerySource<Left, Right, On = JoinedOn<Left, Right>> =
    diesel::dsl::LeftJoinQuerySource<Source<Left>, Source<Right>, On>;

/// The condition that `joinable!` or `joins = [..]` declares for two tables.
pub type JoinedOn<Left, Right> = <Source<Left> as JoinTo<Source<Right>>>::OnClause;

macro_rules! set_operations {
    ($($name:ident $method:literal;)*) => {$(
        #[doc = concat!("The return type of `.", $method, "(rhs)`.")]
        pub type $name<Source, Rhs> = ScopedQuery<
            diesel::dsl::$name<<Source as ScopedParts>::Query, <Rhs as ScopedParts>::Query>,
            <Source as ScopedParts>::Tenant,
        >;
    )*};
}

set_operations! {
    Union "union";
    UnionAll "union_all";
    Intersect "intersect";
    IntersectAll "intersect_all";
    Except "except";
    ExceptAll "except_all";
}
