use std::fmt;
use std::marker::PhantomData;

use diesel::expression::{ValidGrouping, is_aggregate};
use diesel::internal::table_macro::NoFromClause;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;
use diesel::{AppearsOnTable, Expression, QueryResult, SelectableExpression};

use crate::table::TenantTable;

/// A value that is sealed when it is bound.
///
/// It stands where a value is written: in VALUES and in SET. It is no part of a query, for a comparison
/// with a ciphertext that was just made never holds.
#[derive(Clone, Copy)]
pub struct SealedBind<ST, U> {
    value: U,
    sql_type: PhantomData<ST>,
}

impl<ST, U> SealedBind<ST, U> {
    pub(super) fn new(value: U) -> Self {
        SealedBind {
            value,
            sql_type: PhantomData,
        }
    }
}

impl<ST, U> fmt::Debug for SealedBind<ST, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedBind(..)")
    }
}

impl<ST: QueryId, U> QueryId for SealedBind<ST, U> {
    type QueryId = SealedBind<ST::QueryId, ()>;
    const HAS_STATIC_QUERY_ID: bool = ST::HAS_STATIC_QUERY_ID;
}

impl<ST, U> Expression for SealedBind<ST, U>
where
    ST: diesel::sql_types::SqlType + diesel::expression::TypedExpressionType,
{
    type SqlType = ST;
}

impl<ST, U> QueryFragment<Pg> for SealedBind<ST, U>
where
    Pg: HasSqlType<ST>,
    U: ToSql<ST, Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_bind_param::<ST, U>(&self.value)
    }
}

impl<ST, U> AppearsOnTable<NoFromClause> for SealedBind<ST, U> where Self: Expression {}
impl<ST, U> SelectableExpression<NoFromClause> for SealedBind<ST, U> where Self: Expression {}
impl<ST, U, T: TenantTable> AppearsOnTable<T> for SealedBind<ST, U> where Self: Expression {}

impl<ST, U, G> ValidGrouping<G> for SealedBind<ST, U> {
    type IsAggregate = is_aggregate::Never;
}

/// Makes types the values of columns of one of our SQL types, nullable or not.
macro_rules! sealed_value {
    ($sql_type:ident, $label:ident: $([$($parameters:tt)*] $value:ty),*) => {$(
        impl<$($parameters)* L: $label> AsExpression<$sql_type<L>> for $value {
            type Expression = SealedBind<$sql_type<L>, Self>;

            fn as_expression(self) -> Self::Expression {
                SealedBind::new(self)
            }
        }

        impl<$($parameters)* L: $label> AsExpression<Nullable<$sql_type<L>>> for $value {
            type Expression = SealedBind<Nullable<$sql_type<L>>, Self>;

            fn as_expression(self) -> Self::Expression {
                SealedBind::new(self)
            }
        }
    )*};
}

pub(super) use sealed_value;
