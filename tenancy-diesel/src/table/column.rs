use std::marker::PhantomData;

use diesel::expression::{
    IsContainedInGroupBy, ValidGrouping, is_aggregate, is_contained_in_group_by,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{AppearsInFromClause, Once};
use diesel::{AppearsOnTable, Column, Expression, QueryResult, SelectableExpression};

use super::{Owner, ScopeTable, WritableColumn};
use crate::SqlTenantId;

/// The tenant column of a table, such as `projects::tenant_id`: readable, never writable.
///
/// It filters, sorts, groups and is selected like any column. It cannot be assigned or inserted: a
/// scope fills it in, and the tenant of a row does not change.
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

/// Diesel assigns and inserts columns. The bound refuses it with a message that says why.
impl<T: ScopeTable> Column for TenantColumn<T>
where
    TenantColumn<T>: WritableColumn,
{
    type Table = T;

    const NAME: &'static str = TenantColumn::<T>::SQL_NAME;
}

impl<T: ScopeTable> TenantColumn<T> {
    pub(crate) const SQL_NAME: &'static str = match T::RELATION.owner {
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
        pass.push_identifier(Self::SQL_NAME)
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

/// As Diesel has it for columns that can be assigned.
macro_rules! group_by_tuples {
    ($first:ident) => {
        impl<T, $first> IsContainedInGroupBy<TenantColumn<T>> for ($first,)
        where
            $first: IsContainedInGroupBy<TenantColumn<T>>,
        {
            type Output = $first::Output;
        }
    };
    ($first:ident $($rest:ident)+) => {
        impl<T, $first, $($rest),+> IsContainedInGroupBy<TenantColumn<T>> for ($first, $($rest),+)
        where
            $first: IsContainedInGroupBy<TenantColumn<T>>,
            ($($rest,)+): IsContainedInGroupBy<TenantColumn<T>>,
            $first::Output: is_contained_in_group_by::IsAny<
                <($($rest,)+) as IsContainedInGroupBy<TenantColumn<T>>>::Output,
            >,
        {
            type Output = <$first::Output as is_contained_in_group_by::IsAny<
                <($($rest,)+) as IsContainedInGroupBy<TenantColumn<T>>>::Output,
            >>::Output;
        }

        group_by_tuples!($($rest)+);
    };
}

group_by_tuples!(A B C D E F G H I J K L M N O P);
