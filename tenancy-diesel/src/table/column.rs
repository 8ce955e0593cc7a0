use std::marker::PhantomData;

use diesel::expression::{
    IsContainedInGroupBy, ValidGrouping, is_aggregate, is_contained_in_group_by,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{AppearsInFromClause, Once};
use diesel::{AppearsOnTable, Column, Expression, QueryResult, SelectableExpression};

use super::{NoTable, Owner, ScopeTable, TheScopeFillsInTheTenant};
use crate::SqlTenantId;

/// The tenant column of a table, such as `projects::tenant_id`: readable, never writable.
///
/// It filters, sorts, groups and is selected like any column. It cannot be assigned or inserted: a
/// scope fills it in, and the tenant of a row does not change. To the type checker it is a column of
/// [`NoTable`], so an assignment is a type mismatch.
#[derive(Debug)]
pub struct TenantColumn<T>(PhantomData<T>);

impl<T> TenantColumn<T> {
    #[doc(hidden)]
    pub const fn __new() -> Self {
        TenantColumn(PhantomData)
    }
}

impl<T> Clone for TenantColumn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TenantColumn<T> {}

impl<T> Default for TenantColumn<T> {
    fn default() -> Self {
        Self::__new()
    }
}

impl<T: 'static> QueryId for TenantColumn<T> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T: ScopeTable> Expression for TenantColumn<T> {
    type SqlType = <T::Tenant as SqlTenantId>::SqlType;
}

impl<T: ScopeTable> Column for TenantColumn<T> {
    type Table = NoTable<T, TheScopeFillsInTheTenant>;

    const NAME: &'static str = match T::RELATION.owner {
        Owner::Column(name) => name,
        Owner::Via { .. } | Owner::Shared => "",
    };
}

impl<T: ScopeTable> QueryFragment<Pg> for TenantColumn<T> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !pass.should_skip_from() {
            pass.push_identifier(T::RELATION.alias)?;
            pass.push_sql(".");
        }
        pass.push_identifier(Self::NAME)
    }
}

impl<T, QS: ?Sized> AppearsOnTable<QS> for TenantColumn<T>
where
    T: ScopeTable,
    QS: AppearsInFromClause<T, Count = Once>,
{
}

impl<T, QS: ?Sized> SelectableExpression<QS> for TenantColumn<T>
where
    T: ScopeTable,
    TenantColumn<T>: AppearsOnTable<QS>,
    T::AnyColumn: SelectableExpression<QS>,
{
}

impl<T> ValidGrouping<()> for TenantColumn<T> {
    type IsAggregate = is_aggregate::No;
}

impl<T, G> ValidGrouping<G> for TenantColumn<T>
where
    G: IsContainedInGroupBy<TenantColumn<T>, Output = is_contained_in_group_by::Yes>,
{
    type IsAggregate = is_aggregate::Yes;
}

impl<T> IsContainedInGroupBy<TenantColumn<T>> for TenantColumn<T> {
    type Output = is_contained_in_group_by::Yes;
}

impl<T, Rhs> diesel::EqAll<Rhs> for TenantColumn<T>
where
    T: ScopeTable,
    Rhs: diesel::expression::AsExpression<<T::Tenant as SqlTenantId>::SqlType>,
    diesel::dsl::Eq<TenantColumn<T>, Rhs>: Expression<SqlType = diesel::sql_types::Bool>,
{
    type Output = diesel::dsl::Eq<Self, Rhs>;

    fn eq_all(self, rhs: Rhs) -> Self::Output {
        diesel::ExpressionMethods::eq(self, rhs)
    }
}
