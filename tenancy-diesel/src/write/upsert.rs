use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, AstPass, DecoratableTarget, QueryFragment, QueryId};
use diesel::query_dsl::methods::{FilterDsl, OrFilterDsl};
use diesel::sql_types::{BoolOrNullableBool, HasSqlType};
use diesel::{AppearsOnTable, Expression, QueryResult};

use super::boxed::Joined;
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
pub struct ConflictTarget<T, Target, Count> {
    target: Target,
    table: PhantomData<(T, Count)>,
}

impl<T, Target, Count> ConflictTarget<T, Target, Count> {
    pub(super) fn new(target: Target) -> Self {
        ConflictTarget {
            target,
            table: PhantomData,
        }
    }
}

impl<T, Target, Count> QueryId for ConflictTarget<T, Target, Count>
where
    T: 'static,
    Target: QueryId,
    Count: 'static,
{
    type QueryId = ConflictTarget<T, Target::QueryId, Count>;
    const HAS_STATIC_QUERY_ID: bool = Target::HAS_STATIC_QUERY_ID;
}

impl<T, Target, Count> QueryFragment<Pg> for ConflictTarget<T, Target, Count>
where
    T: TenantTable,
    Target: ConflictColumns<T, Count>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let tenant = match T::RELATION.owner {
            Owner::Column(tenant) => Some(tenant),
            Owner::Via { .. } | Owner::Shared => None,
        };
        self.target.push_target(tenant, &mut pass)
    }
}

/// A conflict target by the name of a constraint, from [`on_constraint`].
#[derive(Debug, Clone, Copy)]
pub struct OnConstraint<'a>(&'a str);

impl OnConstraint<'_> {
    pub(super) fn name(&self) -> &str {
        self.0
    }
}

impl QueryId for OnConstraint<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// `ON CONSTRAINT name` as a conflict target, as [`diesel::upsert::on_constraint`].
///
/// The constraint decides which rows conflict. If it does not lead with the tenant column, a row of
/// another tenant can conflict: DO NOTHING then skips, and DO UPDATE, which carries the tenant
/// predicate, leaves that row alone.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// use tenancy_diesel::upsert::{excluded, on_constraint};
///
/// # fn run(conn: &mut Conn) -> QueryResult<usize> {
/// insert_into(projects::table)
///     .values((projects::id.eq(Uuid::from_u128(1)), projects::name.eq("roof")))
///     .on_conflict(on_constraint("projects_pkey"))
///     .do_update()
///     .set(projects::name.eq(excluded(projects::name)))
///     .execute(conn)
/// # }
/// # }
/// ```
pub fn on_constraint(name: &str) -> OnConstraint<'_> {
    OnConstraint(name)
}

/// A conflict target over a partial unique index.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, QueryId)]
pub struct FilteredTarget<Target, P> {
    target: Target,
    predicate: P,
}

impl<Target, P> QueryFragment<Pg> for FilteredTarget<Target, P>
where
    Target: QueryFragment<Pg>,
    P: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.target.walk_ast(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        pass.skip_from(true);
        self.predicate.walk_ast(pass.reborrow())?;
        pass.skip_from(false);
        Ok(())
    }
}

/// Names the predicate of a partial unique index, as Diesel's.
impl<T, V, Target, Id, P> DecoratableTarget<P> for IncompleteOnConflict<T, V, Target, Id>
where
    P: Expression + AppearsOnTable<T>,
    P::SqlType: BoolOrNullableBool,
{
    type FilterOutput = IncompleteOnConflict<T, V, FilteredTarget<Target, P>, Id>;

    fn filter_target(self, predicate: P) -> Self::FilterOutput {
        IncompleteOnConflict::new(
            self.insert,
            FilteredTarget {
                target: self.target,
                predicate,
            },
        )
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

/// Narrows a DO UPDATE to rows for which the predicate holds. The tenant predicate stands behind all of
/// them.
macro_rules! filter {
    ($dsl:ident::$method:ident, $operator:literal) => {
        impl<T, V, Target, Changes, Filter, R, P> $dsl<P>
            for Insert<T, V, DoUpdate<T, Target, Changes, Filter>, R>
        where
            P: Expression + AppearsOnTable<T>,
            P::SqlType: BoolOrNullableBool,
            Filter: Narrow<P>,
        {
            type Output = Insert<T, V, DoUpdate<T, Target, Changes, Filter::Output>, R>;

            fn $method(self, predicate: P) -> Self::Output {
                Insert {
                    rows: self.rows,
                    conflict: DoUpdate {
                        target: self.conflict.target,
                        changes: self.conflict.changes,
                        filter: self.conflict.filter.narrow($operator, predicate),
                        table: PhantomData,
                    },
                    returning: self.returning,
                    table: PhantomData,
                }
            }
        }
    };
}

filter!(FilterDsl::filter, " AND ");
filter!(OrFilterDsl::or_filter, " OR ");

/// The condition of a DO UPDATE, to which another predicate is joined.
#[doc(hidden)]
pub trait Narrow<P> {
    type Output;

    fn narrow(self, operator: &'static str, predicate: P) -> Self::Output;
}

impl<P> Narrow<P> for NoFilter {
    type Output = P;

    fn narrow(self, _: &'static str, predicate: P) -> P {
        predicate
    }
}

impl<L, P> Narrow<P> for Delimited<L> {
    type Output = Joined<Self, P>;

    fn narrow(self, operator: &'static str, predicate: P) -> Self::Output {
        Joined::new(self, operator, predicate)
    }
}

impl<L, R, P> Narrow<P> for Joined<L, R> {
    type Output = Joined<Self, P>;

    fn narrow(self, operator: &'static str, predicate: P) -> Self::Output {
        Joined::new(self, operator, predicate)
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
