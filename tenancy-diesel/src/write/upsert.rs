use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BoolOrNullableBool, HasSqlType};
use diesel::{AppearsOnTable, Expression, QueryResult};

use super::update::refuse_owner_change;
use super::{ConflictColumns, Insert};
use crate::SqlTenantId;
use crate::query::{Delimited, ScopedQuery};
use crate::table::{Owner, TenantTable};

/// No ON CONFLICT clause.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct NoConflict;

impl QueryFragment<Pg> for NoConflict {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

/// Any unique constraint.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, QueryId)]
pub struct NoTarget;

impl QueryFragment<Pg> for NoTarget {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

/// The unique constraint over the tenant column and these columns.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct ConflictTarget<T, Target, Count>(PhantomData<(T, Target, Count)>);

impl<T, Target, Count> ConflictTarget<T, Target, Count> {
    pub(super) fn new(_: Target) -> Self {
        ConflictTarget(PhantomData)
    }
}

impl<T: 'static, Target: 'static, Count: 'static> QueryId for ConflictTarget<T, Target, Count> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T, Target, Count> QueryFragment<Pg> for ConflictTarget<T, Target, Count>
where
    T: TenantTable,
    Target: ConflictColumns<T, Count>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql(" (");
        if let Owner::Column(tenant) = T::RELATION.owner {
            pass.push_identifier(tenant)?;
            if Target::NAMES_MORE {
                pass.push_sql(", ");
            }
        }
        Target::push_names(&mut pass)?;
        pass.push_sql(")");
        Ok(())
    }
}

/// An INSERT whose ON CONFLICT clause lacks its action, from
/// [`on_conflict`](crate::ScopedQuery::on_conflict).
#[derive(Debug)]
#[must_use = "call `do_nothing` or `do_update`"]
pub struct IncompleteOnConflict<T, V, Target, Id> {
    insert: Insert<T, V>,
    target: Target,
    tenant: PhantomData<fn() -> Id>,
}

impl<T, V, Target, Id> IncompleteOnConflict<T, V, Target, Id> {
    pub(super) fn new(insert: Insert<T, V>, target: Target) -> Self {
        IncompleteOnConflict {
            insert,
            target,
            tenant: PhantomData,
        }
    }

    /// Skips rows that conflict.
    pub fn do_nothing(self) -> ScopedQuery<Insert<T, V, DoNothing<Target>>, Id> {
        ScopedQuery::new(self.insert.with_conflict(DoNothing(self.target)))
    }

    /// Updates the row that a conflicting one meets, if it is the tenant's.
    pub fn do_update(self) -> IncompleteDoUpdate<T, V, Target, Id> {
        IncompleteDoUpdate(self)
    }
}

/// A DO UPDATE without its assignments.
#[derive(Debug)]
#[must_use = "call `set`"]
pub struct IncompleteDoUpdate<T, V, Target, Id>(IncompleteOnConflict<T, V, Target, Id>);

impl<T, V, Target, Id> IncompleteDoUpdate<T, V, Target, Id> {
    /// The assignments. `diesel::upsert::excluded(column)` is the value that was to be inserted.
    pub fn set<Changes>(
        self,
        changes: Changes,
    ) -> ScopedQuery<Insert<T, V, DoUpdate<T, Target, Changes::Changeset>>, Id>
    where
        Changes: AsChangeset<Target = T>,
    {
        let IncompleteOnConflict { insert, target, .. } = self.0;
        ScopedQuery::new(insert.with_conflict(DoUpdate {
            target,
            changes: changes.as_changeset(),
            filter: NoFilter,
            table: PhantomData,
        }))
    }
}

impl<T, V, Target, Changes, Id> ScopedQuery<Insert<T, V, DoUpdate<T, Target, Changes>>, Id> {
    /// Updates only rows for which the predicate holds.
    pub fn only_if<P>(
        self,
        predicate: P,
    ) -> ScopedQuery<Insert<T, V, DoUpdate<T, Target, Changes, Delimited<P>>>, Id>
    where
        P: Expression + AppearsOnTable<T>,
        P::SqlType: BoolOrNullableBool,
    {
        self.map(|insert| Insert {
            rows: insert.rows,
            conflict: DoUpdate {
                target: insert.conflict.target,
                changes: insert.conflict.changes,
                filter: Delimited(predicate),
                table: PhantomData,
            },
            returning: insert.returning,
            table: PhantomData,
        })
    }
}

/// `ON CONFLICT .. DO NOTHING`.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct DoNothing<Target>(pub(super) Target);

impl<Target: QueryFragment<Pg>> QueryFragment<Pg> for DoNothing<Target> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql(" ON CONFLICT");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" DO NOTHING");
        Ok(())
    }
}

/// `ON CONFLICT .. DO UPDATE`, confined to the tenant's rows.
#[derive(Debug, Clone, Copy)]
pub struct DoUpdate<T, Target, Changes, Filter = NoFilter> {
    target: Target,
    changes: Changes,
    filter: Filter,
    table: PhantomData<T>,
}

/// No filter of the user's.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, QueryId)]
pub struct NoFilter;

impl QueryFragment<Pg> for NoFilter {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

impl<T, Target, Changes, Filter> QueryId for DoUpdate<T, Target, Changes, Filter> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, Target, Changes, Filter> QueryFragment<Pg> for DoUpdate<T, Target, Changes, Filter>
where
    T: TenantTable,
    Target: QueryFragment<Pg>,
    Changes: QueryFragment<Pg>,
    Filter: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(" ON CONFLICT");
        self.target.walk_ast(pass.reborrow())?;
        if self.changes.is_noop(pass.backend())? {
            pass.push_sql(" DO NOTHING");
            return Ok(());
        }
        refuse_owner_change(&T::RELATION, &self.changes)?;
        pass.push_sql(" DO UPDATE SET ");
        self.changes.walk_ast(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        // PostgreSQL evaluates these conditions as they stand, and before the policies: the row that is
        // met may be another tenant's, and an error of the user's condition would tell about it.
        T::RELATION.push_predicate::<T::Tenant>(Some(T::RELATION.alias), &mut pass)?;
        if !self.filter.is_noop(pass.backend())? {
            pass.push_sql(" AND ");
            self.filter.walk_ast(pass)?;
        }
        Ok(())
    }
}
