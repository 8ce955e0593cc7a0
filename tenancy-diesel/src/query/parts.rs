//! What the helper types of [`dsl`](crate::dsl) look into.

use diesel::QuerySource;
use diesel::dsl;
use diesel::internal::table_macro::{Join, JoinOn};

use super::{ScopedExpression, ScopedOn, ScopedQuery};
use crate::table::{ScopedSource, SharedTable};

/// The two parameters of a scoped query or expression.
#[doc(hidden)]
pub trait ScopedParts {
    type Query;
    type Tenant;
}

impl<Q, Id> ScopedParts for ScopedQuery<Q, Id> {
    type Query = Q;
    type Tenant = Id;
}

impl<E, Id> ScopedParts for ScopedExpression<E, Id> {
    type Query = E;
    type Tenant = Id;
}

/// A table or a join as a query source.
#[doc(hidden)]
pub trait JoinSource {
    type Source;
}

impl<Q, Id> JoinSource for ScopedQuery<Q, Id> {
    type Source = Q;
}

impl<T: SharedTable> JoinSource for T {
    type Source = ScopedSource<T>;
}

impl<T, P> JoinSource for ScopedSource<T, P> {
    type Source = Self;
}

impl<L: QuerySource, R: QuerySource, Kind> JoinSource for Join<L, R, Kind> {
    type Source = Self;
}

impl<J, On> JoinSource for JoinOn<J, On> {
    type Source = Self;
}

/// What `.on(..)` yields.
#[doc(hidden)]
pub trait JoinCondition<On> {
    type Output;
}

impl<Q, Id, On> JoinCondition<On> for ScopedQuery<Q, Id> {
    type Output = ScopedOn<Q, On, Id>;
}

impl<T: SharedTable, On> JoinCondition<On> for T {
    type Output = dsl::On<T, On>;
}
