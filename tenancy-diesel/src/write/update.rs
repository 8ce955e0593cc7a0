use std::marker::PhantomData;

use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AsChangeset, AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::query_dsl::methods::{BoxedDsl, FilterDsl};
use diesel::sql_types::HasSqlType;
use diesel::{Expression, QueryResult, SelectableExpression};

use super::NoReturning;
use super::boxed::{BoxedRows, TargetRows};
use crate::query::statement::WritesTo;
use crate::query::{ExecuteStatement, LoadStatement, Rendered, Returning, ScopedQuery};
use crate::table::{Owner, Relation, ScopeTable, TenantTable};
use crate::{ScopeError, SqlTenantId};

/// An UPDATE, from [`update`](crate::update()).
///
/// `S` says which rows: a select with only a filter applied, or [`BoxedRows`]. It is not rendered itself: a
/// scope makes a statement of it and ends its WHERE clause with the tenant predicate.
#[derive(Debug, Clone, Copy)]
pub struct Update<S, V = SetNotCalled, R = NoReturning> {
    pub(super) rows: S,
    pub(super) changes: V,
    pub(super) returning: R,
}

/// The assignments are missing: call `set`.
#[derive(Debug, Clone, Copy)]
pub struct SetNotCalled;

impl<S, Id> ScopedQuery<Update<S>, Id>
where
    S: TargetRows,
{
    /// The assignments: `column.eq(value)`, a tuple of them or an `AsChangeset` model.
    pub fn set<V>(self, changes: V) -> ScopedQuery<Update<S, V::Changeset>, Id>
    where
        V: AsChangeset<Target = S::Table>,
    {
        self.map(|update| Update {
            rows: update.rows,
            changes: changes.as_changeset(),
            returning: update.returning,
        })
    }
}

impl<S, V, Id> ScopedQuery<Update<S, V>, Id>
where
    S: TargetRows,
{
    /// Returns an expression over each updated row.
    pub fn returning<E>(self, expression: E) -> ScopedQuery<Update<S, V, Returning<E>>, Id>
    where
        E: Expression + SelectableExpression<S::Table>,
    {
        self.map(|update| Update {
            rows: update.rows,
            changes: update.changes,
            returning: Returning(expression),
        })
    }
}

impl<S, V, R, P> FilterDsl<P> for Update<S, V, R>
where
    S: FilterDsl<P>,
{
    type Output = Update<S::Output, V, R>;

    fn filter(self, predicate: P) -> Self::Output {
        Update {
            rows: self.rows.filter(predicate),
            changes: self.changes,
            returning: self.returning,
        }
    }
}

impl<'a, S, V, R> BoxedDsl<'a, Pg> for Update<S, V, R>
where
    S: TargetRows,
    S::Filter: QueryFragment<Pg> + Send + 'a,
{
    type Output = Update<BoxedRows<'a, S::Table>, V, R>;

    fn internal_into_boxed(self) -> Self::Output {
        Update {
            rows: BoxedRows::new(self.rows),
            changes: self.changes,
            returning: self.returning,
        }
    }
}

/// An UPDATE as it is sent.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct UpdateSql<T, W, V> {
    filter: W,
    changes: V,
    table: PhantomData<T>,
}

impl<T, W, V> WritesTo for UpdateSql<T, W, V> {
    type Table = T;
}

impl<T, W, V> QueryId for UpdateSql<T, W, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, W, V> QueryFragment<Pg> for UpdateSql<T, W, V>
where
    T: TenantTable,
    W: QueryFragment<Pg>,
    V: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.changes.is_noop(pass.backend())? {
            return Err(diesel::result::Error::QueryBuilderError(Box::new(
                diesel::result::EmptyChangeset,
            )));
        }
        refuse_owner_change(&T::RELATION, &self.changes)?;
        pass.push_sql("UPDATE ");
        T::RELATION.push_target(&mut pass)?;
        pass.push_sql(" SET ");
        self.changes.walk_ast(pass.reborrow())?;
        push_where::<T, W>(&self.filter, pass)
    }
}

/// The user's WHERE clause and then the tenant predicate. Every predicate of the user's keeps to
/// itself, see [`Delimited`](crate::Delimited).
pub(super) fn push_where<'b, T, W>(filter: &'b W, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()>
where
    T: TenantTable,
    W: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    if filter.is_noop(pass.backend())? {
        pass.push_sql(" WHERE ");
    } else {
        filter.walk_ast(pass.reborrow())?;
        pass.push_sql(" AND ");
    }
    T::RELATION.push_predicate::<T::Tenant>(Some(T::RELATION.alias), &mut pass)
}

/// A table without a tenant column must not be given another owner: the predicate of an UPDATE
/// speaks of the row as it was.
pub(super) fn refuse_owner_change(
    relation: &Relation,
    changes: &impl QueryFragment<Pg>,
) -> QueryResult<()> {
    let Owner::Via { column, .. } = relation.owner else {
        return Ok(());
    };
    let mut builder = PgQueryBuilder::default();
    changes.to_sql(&mut builder, &Pg)?;
    let sql = builder.finish();
    let mut assignment = PgQueryBuilder::default();
    assignment.push_identifier(column)?;
    assignment.push_sql(" = ");
    let assignment = assignment.finish();
    // A column in an expression is qualified, an assigned one is not.
    let assigned = sql
        .match_indices(&assignment)
        .any(|(at, _)| !sql[..at].ends_with('.'));
    if assigned {
        return Err(ScopeError::OwnerUpdated {
            table: relation.path,
            column,
        }
        .into());
    }
    Ok(())
}

impl<S, V, R> Update<S, V, R>
where
    S: TargetRows,
{
    fn render<R2>(
        self,
        returning: impl FnOnce(R) -> R2,
    ) -> Rendered<UpdateSql<S::Table, S::Filter, V>, R2> {
        Rendered {
            statement: UpdateSql {
                filter: self.rows.into_filter(),
                changes: self.changes,
                table: PhantomData,
            },
            returning: returning(self.returning),
        }
    }
}

impl<S, V, R> ExecuteStatement for Update<S, V, R>
where
    S: TargetRows,
    Rendered<UpdateSql<S::Table, S::Filter, V>, R>: QueryFragment<Pg> + QueryId,
{
    type Statement = Rendered<UpdateSql<S::Table, S::Filter, V>, R>;

    fn into_execute(self) -> Self::Statement {
        self.render(|returning| returning)
    }
}

impl<S, V> LoadStatement for Update<S, V, NoReturning>
where
    S: TargetRows,
    S::Table: ScopeTable,
    Rendered<UpdateSql<S::Table, S::Filter, V>, Returning<<S::Table as ScopeTable>::Selection>>:
        Query,
{
    type Statement =
        Rendered<UpdateSql<S::Table, S::Filter, V>, Returning<<S::Table as ScopeTable>::Selection>>;
    const WRITES: bool = true;

    fn into_load(self) -> Self::Statement {
        self.render(|_| Returning(<S::Table as ScopeTable>::selection()))
    }
}

impl<S, V, E> LoadStatement for Update<S, V, Returning<E>>
where
    S: TargetRows,
    Rendered<UpdateSql<S::Table, S::Filter, V>, Returning<E>>: Query,
{
    type Statement = Rendered<UpdateSql<S::Table, S::Filter, V>, Returning<E>>;
    const WRITES: bool = true;

    fn into_load(self) -> Self::Statement {
        self.render(|returning| returning)
    }
}
