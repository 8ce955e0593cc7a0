use std::fmt;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::dsl::{self, IntoArrayExpression};
use diesel::expression::array_comparison::{AsInExpression, InExpression};
use diesel::expression::{TypedExpressionType, ValidGrouping};
use diesel::internal::table_macro::NoFromClause;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, AstPass, QueryFragment, QueryId, SelectQuery};
use diesel::query_dsl::methods::SingleValueDsl;
use diesel::sql_types::SqlType;
use diesel::{AppearsOnTable, Expression, QueryResult, SelectableExpression};

use super::ScopedQuery;
use crate::table::{Hosts, ScopedSource};

/// A sub-query on scoped tables as an expression: what `eq_any`, [`exists`] and `single_value` make
/// of a [`ScopedQuery`].
///
/// It appears in scoped queries only, see [`Hosts`](crate::Hosts).
pub struct ScopedExpression<E, Id>(E, PhantomData<fn() -> Id>);

impl<E, Id> ScopedExpression<E, Id> {
    fn new(expression: E) -> Self {
        ScopedExpression(expression, PhantomData)
    }
}

impl<E: Clone, Id> Clone for ScopedExpression<E, Id> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<E: Copy, Id> Copy for ScopedExpression<E, Id> {}

impl<E, Id> fmt::Debug for ScopedExpression<E, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedExpression").finish_non_exhaustive()
    }
}

impl<E: QueryId, Id: 'static> QueryId for ScopedExpression<E, Id> {
    type QueryId = ScopedExpression<E::QueryId, Id>;
    const HAS_STATIC_QUERY_ID: bool = E::HAS_STATIC_QUERY_ID;
}

impl<E: Expression, Id> Expression for ScopedExpression<E, Id> {
    type SqlType = E::SqlType;
}

impl<E: QueryFragment<Pg>, Id> QueryFragment<Pg> for ScopedExpression<E, Id> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<E: InExpression, Id> InExpression for ScopedExpression<E, Id> {
    type SqlType = E::SqlType;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn is_array(&self) -> bool {
        self.0.is_array()
    }
}

impl<E: Expression, QS, Id> AppearsOnTable<QS> for ScopedExpression<E, Id> where QS: Hosts<E, Id> {}

impl<E, QS, Id> SelectableExpression<QS> for ScopedExpression<E, Id>
where
    E: SelectableExpression<QS>,
    ScopedExpression<E, Id>: AppearsOnTable<QS>,
{
}

impl<E: ValidGrouping<G>, G, Id> ValidGrouping<G> for ScopedExpression<E, Id> {
    type IsAggregate = E::IsAggregate;
}

impl<Q, Id, ST> AsInExpression<ST> for ScopedQuery<Q, Id>
where
    ST: SqlType + TypedExpressionType,
    Q: AsInExpression<ST>,
{
    type InExpression = ScopedExpression<Q::InExpression, Id>;

    fn as_in_expression(self) -> Self::InExpression {
        ScopedExpression::new(self.inner.as_in_expression())
    }
}

/// `eq_any(array(query))`.
impl<E, Id, ST> AsInExpression<ST> for ScopedExpression<E, Id>
where
    ST: SqlType + TypedExpressionType,
    E: AsInExpression<ST>,
{
    type InExpression = ScopedExpression<E::InExpression, Id>;

    fn as_in_expression(self) -> Self::InExpression {
        ScopedExpression::new(self.0.as_in_expression())
    }
}

/// `ARRAY(query)`.
impl<Q, Id, ST> IntoArrayExpression<ST> for ScopedQuery<Q, Id>
where
    ST: SqlType + TypedExpressionType,
    Q: IntoArrayExpression<ST>,
{
    type ArrayExpression = ScopedExpression<Q::ArrayExpression, Id>;

    fn into_array_expression(self) -> Self::ArrayExpression {
        ScopedExpression::new(self.inner.into_array_expression())
    }
}

impl<Q: SingleValueDsl, Id> SingleValueDsl for ScopedQuery<Q, Id> {
    type Output = ScopedExpression<Q::Output, Id>;

    fn single_value(self) -> Self::Output {
        ScopedExpression::new(self.inner.single_value())
    }
}

/// `EXISTS (query)`, for scoped queries. Diesel's own `exists` takes plain ones.
pub fn exists<Q: Subquery, Id>(
    query: ScopedQuery<Q, Id>,
) -> ScopedExpression<dsl::exists<Q::Select>, Id> {
    ScopedExpression::new(dsl::exists(query.inner.into_select()))
}

/// What can be a sub-query: a select, or a table, which becomes one.
///
/// Diesel's `AsQuery` cannot say so, for a correlated sub-query is no query by itself.
#[doc(hidden)]
pub trait Subquery {
    type Select;

    fn into_select(self) -> Self::Select;
}

impl<T, P> Subquery for ScopedSource<T, P>
where
    ScopedSource<T, P>: AsQuery,
{
    type Select = <ScopedSource<T, P> as AsQuery>::Query;

    fn into_select(self) -> Self::Select {
        self.as_query()
    }
}

/// A select, boxed or not, and a set operation.
impl<Q: SelectQuery> Subquery for Q {
    type Select = Q;

    fn into_select(self) -> Q {
        self
    }
}

/// `SELECT expression`, for expressions that hold a scoped sub-query. Diesel's own `select` takes
/// plain ones.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// # use tenancy_diesel::dsl::{exists, select};
/// # fn run(conn: &mut Conn) -> QueryResult<bool> {
/// select(exists(tasks::table.filter(tasks::done))).get_result(conn)
/// # }
/// # }
/// ```
pub fn select<E, Id>(expression: E) -> ScopedQuery<dsl::select<InScope<E, Id>>, Id>
where
    E: Expression,
    dsl::select<InScope<E, Id>>: AsQuery,
{
    ScopedQuery::new(diesel::select(InScope(expression, PhantomData)))
}

/// An expression of a query without a FROM clause that is scoped, from [`select`].
#[derive(Debug)]
pub struct InScope<E, Id>(E, PhantomData<fn() -> Id>);

/// The source of such a query.
#[doc(hidden)]
#[derive(Debug)]
pub struct ScopedNoFrom<Id>(PhantomData<fn() -> Id>);

impl<E, Id> Hosts<E, Id> for ScopedNoFrom<Id> where E: AppearsOnTable<NoFromClause> {}

impl<E: QueryId, Id: 'static> QueryId for InScope<E, Id> {
    type QueryId = InScope<E::QueryId, Id>;
    const HAS_STATIC_QUERY_ID: bool = E::HAS_STATIC_QUERY_ID;
}

impl<E: Expression, Id> Expression for InScope<E, Id> {
    type SqlType = E::SqlType;
}

impl<E, Id, DB: Backend> QueryFragment<DB> for InScope<E, Id>
where
    E: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<E, Id> AppearsOnTable<NoFromClause> for InScope<E, Id> where E: AppearsOnTable<ScopedNoFrom<Id>>
{}
impl<E, Id> SelectableExpression<NoFromClause> for InScope<E, Id> where
    E: AppearsOnTable<ScopedNoFrom<Id>>
{
}

impl<E: ValidGrouping<G>, G, Id> ValidGrouping<G> for InScope<E, Id> {
    type IsAggregate = E::IsAggregate;
}
