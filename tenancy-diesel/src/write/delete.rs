use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::{BoxedDsl, FilterDsl, OrFilterDsl};
use diesel::sql_types::HasSqlType;
use diesel::{Expression, QueryResult, SelectableExpression};

use super::NoReturning;
use super::boxed::{BoxedRows, TargetRows};
use super::update::push_where;
use crate::SqlTenantId;
use crate::query::statement::WritesTo;
use crate::query::{ExecuteStatement, LoadStatement, Rendered, Returning, ScopedQuery};
use crate::table::{ScopeTable, TenantTable};

/// A DELETE, from [`delete`](crate::delete()).
///
/// `S` says which rows: a select with only a filter applied, or [`BoxedRows`]. It is not rendered itself: a
/// scope makes a statement of it and ends its WHERE clause with the tenant predicate.
#[derive(Debug, Clone, Copy)]
pub struct Delete<S, R = NoReturning> {
    pub(super) rows: S,
    pub(super) returning: R,
}

impl<S, Id> ScopedQuery<Delete<S>, Id>
where
    S: TargetRows,
{
    /// Returns an expression over each deleted row.
    pub fn returning<E>(self, expression: E) -> ScopedQuery<Delete<S, Returning<E>>, Id>
    where
        E: Expression + SelectableExpression<S::Table>,
    {
        self.map(|delete| Delete {
            rows: delete.rows,
            returning: Returning(expression),
        })
    }
}

macro_rules! filter {
    ($dsl:ident::$method:ident) => {
        impl<S, R, P> $dsl<P> for Delete<S, R>
        where
            S: $dsl<P>,
        {
            type Output = Delete<S::Output, R>;

            fn $method(self, predicate: P) -> Self::Output {
                Delete {
                    rows: self.rows.$method(predicate),
                    returning: self.returning,
                }
            }
        }
    };
}

filter!(FilterDsl::filter);
filter!(OrFilterDsl::or_filter);

impl<'a, S, R> BoxedDsl<'a, Pg> for Delete<S, R>
where
    S: TargetRows,
    S::Filter: QueryFragment<Pg> + Send + 'a,
{
    type Output = Delete<BoxedRows<'a, S::Table>, R>;

    fn internal_into_boxed(self) -> Self::Output {
        Delete {
            rows: BoxedRows::new(self.rows),
            returning: self.returning,
        }
    }
}

/// A DELETE as it is sent.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct DeleteSql<T, W> {
    filter: W,
    table: PhantomData<T>,
}

impl<T, W> WritesTo for DeleteSql<T, W> {
    type Table = T;
}

impl<T: 'static, W: QueryId> QueryId for DeleteSql<T, W> {
    type QueryId = DeleteSql<T, W::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = W::HAS_STATIC_QUERY_ID;
}

impl<T, W> QueryFragment<Pg> for DeleteSql<T, W>
where
    T: TenantTable,
    W: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("DELETE FROM ");
        T::RELATION.push_target(&mut pass)?;
        push_where::<T, W>(&self.filter, pass)
    }
}

impl<S, R> Delete<S, R>
where
    S: TargetRows,
{
    fn render<R2>(
        self,
        returning: impl FnOnce(R) -> R2,
    ) -> Rendered<DeleteSql<S::Table, S::Filter>, R2> {
        Rendered {
            statement: DeleteSql {
                filter: self.rows.into_filter(),
                table: PhantomData,
            },
            returning: returning(self.returning),
        }
    }
}

impl<S, R> ExecuteStatement for Delete<S, R>
where
    S: TargetRows,
    Rendered<DeleteSql<S::Table, S::Filter>, R>: QueryFragment<Pg> + QueryId,
{
    type Statement = Rendered<DeleteSql<S::Table, S::Filter>, R>;

    fn into_execute(self) -> Self::Statement {
        self.render(|returning| returning)
    }
}

impl<S> LoadStatement for Delete<S, NoReturning>
where
    S: TargetRows,
    S::Table: ScopeTable,
    Rendered<DeleteSql<S::Table, S::Filter>, Returning<<S::Table as ScopeTable>::Selection>>: Query,
{
    type Statement =
        Rendered<DeleteSql<S::Table, S::Filter>, Returning<<S::Table as ScopeTable>::Selection>>;
    const WRITES: bool = true;

    fn into_load(self) -> Self::Statement {
        self.render(|_| Returning(<S::Table as ScopeTable>::selection()))
    }
}

impl<S, E> LoadStatement for Delete<S, Returning<E>>
where
    S: TargetRows,
    Rendered<DeleteSql<S::Table, S::Filter>, Returning<E>>: Query,
{
    type Statement = Rendered<DeleteSql<S::Table, S::Filter>, Returning<E>>;
    const WRITES: bool = true;

    fn into_load(self) -> Self::Statement {
        self.render(|returning| returning)
    }
}
