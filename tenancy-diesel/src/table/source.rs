use diesel::associations::HasTable;
use diesel::expression::ValidGrouping;
use diesel::internal::table_macro::{FromClause, Join, JoinOn, SelectStatement};
use diesel::pg::Pg;
use diesel::query_builder::LimitOffsetClause;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::query_source::TableNotEqual;
use diesel::sql_types::HasSqlType;
use diesel::{AppearsOnTable, JoinTo, QueryResult, QuerySource, SelectableExpression, Table};

use super::{ModelTable, Owner, Part, SameTenant, ScopeTable, Whole};
use crate::SqlTenantId;
use crate::ambient;

/// A table reference that filters itself.
///
/// In a FROM clause it renders as `(SELECT * FROM "s"."t" WHERE "tenant_id" = $1) AS "t"`, so no
/// join, union, alias or `or_filter` around it can lose the predicate. PostgreSQL pulls such a
/// sub-select up: the plan is that of the hand-written filter. A shared table renders as itself, and so
/// does every table in a statement of `CrossTenant`.
///
/// Applications never hold a value of this type, only a [`ScopedQuery`](crate::ScopedQuery) around
/// it.
///
/// `P` says which part of the table it reads: all of it, unless [`only`](crate::ScopedQuery::only) or a
/// sample was asked for.
#[derive(Debug, Clone, Copy)]
pub struct ScopedSource<T, P = Whole>(T, P);

impl<T> ScopedSource<T> {
    pub(crate) const fn new(table: T) -> Self {
        ScopedSource(table, Whole)
    }

    pub(crate) fn part<P>(self, part: P) -> ScopedSource<T, P> {
        ScopedSource(self.0, part)
    }
}

impl<T, P> ScopedSource<T, P> {
    pub(crate) fn map_part<P2>(self, change: impl FnOnce(P) -> P2) -> ScopedSource<T, P2> {
        ScopedSource(self.0, change(self.1))
    }
}

impl<T: QueryId + 'static, P: Part> QueryId for ScopedSource<T, P> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID && P::IS_STATIC;
}

impl<T, P> QuerySource for ScopedSource<T, P>
where
    T: ScopeTable,
    P: Part,
    T::Selection: SelectableExpression<ScopedSource<T, P>> + ValidGrouping<()>,
{
    type FromClause = Self;
    type DefaultSelection = T::Selection;

    fn from_clause(&self) -> Self {
        *self
    }

    fn default_selection(&self) -> Self::DefaultSelection {
        T::selection()
    }
}

impl<T, P> QueryFragment<Pg> for ScopedSource<T, P>
where
    T: ScopeTable + QueryFragment<Pg>,
    P: Part,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let relation = &T::RELATION;
        let is_unfiltered = ambient::is_every_tenant();
        if !is_unfiltered {
            ambient::require::<T::Tenant>(relation.path)?;
        }
        if matches!(relation.owner, Owner::Shared) {
            pass.push_sql(P::BEFORE);
            self.0.walk_ast(pass.reborrow())?;
            return self.1.push_after(pass);
        }
        if is_unfiltered {
            pass.push_sql(P::BEFORE);
            relation.push_target(&mut pass)?;
            return self.1.push_after(pass);
        }
        pass.push_sql("(SELECT * FROM ");
        pass.push_sql(P::BEFORE);
        relation.push_name(&mut pass)?;
        self.1.push_after(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        relation.push_predicate::<T::Tenant>(None, &mut pass)?;
        pass.push_sql(") AS ");
        self.0.walk_ast(pass)
    }
}

impl<T, P> AsQuery for ScopedSource<T, P>
where
    T: ScopeTable,
    P: Part,
    T::Selection: SelectableExpression<ScopedSource<T, P>> + ValidGrouping<()>,
    SelectStatement<FromClause<Self>>: Query,
{
    type SqlType = <SelectStatement<FromClause<Self>> as Query>::SqlType;
    type Query = SelectStatement<FromClause<Self>>;

    fn as_query(self) -> Self::Query {
        SelectStatement::simple(self)
    }
}

impl<T, P> Table for ScopedSource<T, P>
where
    T: ScopeTable,
    P: Part,
    T::Selection: SelectableExpression<ScopedSource<T, P>> + ValidGrouping<()>,
    T::Key: SelectableExpression<ScopedSource<T, P>> + ValidGrouping<()>,
    Self: AsQuery,
{
    type PrimaryKey = T::Key;
    type AllColumns = T::Selection;

    fn primary_key(&self) -> Self::PrimaryKey {
        T::key()
    }

    fn all_columns() -> Self::AllColumns {
        T::selection()
    }
}

impl<T, P, X> TableNotEqual<X> for ScopedSource<T, P>
where
    T: ScopeTable + TableNotEqual<X>,
    X: Table,
    ScopedSource<T, P>: Table,
{
}

/// Lets `update` and `delete` of this crate take the filter out of a select. To Diesel's own functions
/// the table is [`NoTable`](super::NoTable), so what they would build cannot be rendered.
impl<T: ScopeTable> HasTable for ScopedSource<T> {
    type Table = ModelTable<T>;

    fn table() -> Self::Table {
        ModelTable::__new()
    }
}

impl<S, P, T, P2> JoinTo<ScopedSource<T, P2>> for ScopedSource<S, P>
where
    S: JoinTo<T>,
    T: Copy,
{
    type FromClause = ScopedSource<T, P2>;
    type OnClause = SameTenant<<S as JoinTo<T>>::OnClause, S, T>;

    fn join_target(rhs: ScopedSource<T, P2>) -> (Self::FromClause, Self::OnClause) {
        let (_, on) = <S as JoinTo<T>>::join_target(rhs.0);
        (rhs, SameTenant::new(on))
    }
}

impl<S, P, F, Sel, D, W, O, L, Of, G>
    JoinTo<SelectStatement<FromClause<F>, Sel, D, W, O, LimitOffsetClause<L, Of>, G>>
    for ScopedSource<S, P>
where
    S: ScopeTable,
    P: Part,
    F: QuerySource,
    SelectStatement<FromClause<F>, Sel, D, W, O, LimitOffsetClause<L, Of>, G>:
        JoinTo<ScopedSource<S, P>>,
{
    type FromClause = SelectStatement<FromClause<F>, Sel, D, W, O, LimitOffsetClause<L, Of>, G>;
    type OnClause = <Self::FromClause as JoinTo<ScopedSource<S, P>>>::OnClause;

    fn join_target(rhs: Self::FromClause) -> (Self::FromClause, Self::OnClause) {
        let (_, on) = <Self::FromClause as JoinTo<ScopedSource<S, P>>>::join_target(ScopedSource(
            S::default(),
            P::default(),
        ));
        (rhs, on)
    }
}

/// A query source in which every table reference filters itself by a tenant id of type `Id`.
#[doc(hidden)]
pub trait OnlyScoped<Id> {}

impl<T: ScopeTable, P> OnlyScoped<T::Tenant> for ScopedSource<T, P> {}
impl<L, R, K, Id> OnlyScoped<Id> for Join<L, R, K>
where
    L: QuerySource + OnlyScoped<Id>,
    R: QuerySource,
{
}
impl<J: OnlyScoped<Id>, On, Id> OnlyScoped<Id> for JoinOn<J, On> {}
impl<F, S, D, W, O, L, G, H, LC, Id> OnlyScoped<Id>
    for SelectStatement<FromClause<F>, S, D, W, O, L, G, H, LC>
where
    F: QuerySource + OnlyScoped<Id>,
{
}
impl<F: OnlyScoped<Id> + QuerySource, Id> OnlyScoped<Id> for FromClause<F> {}

/// A query source in which the sub-query `E` on tables of tenants with ids of type `Id` may stand.
///
/// They are the sources whose table references all filter themselves by such an id, so that a tenant's
/// sub-query cannot stand in a plain Diesel query.
#[diagnostic::on_unimplemented(
    message = "a sub-query on a tenant table cannot be used in a plain Diesel query",
    label = "this query is not scoped",
    note = "lift the outer table into the scope: `scoped(countries::table).filter(..)`",
    note = "where there is no table, use `tenancy_diesel::dsl::select`",
    note = "for the rows of an INSERT: `insert_into(projects::table).values(query).into_columns(..)`"
)]
pub trait Hosts<E, Id> {}

macro_rules! hosts {
    ($([$($parameter:ident $(: $bound:ident)?),*] $source:ty;)*) => {$(
        impl<E, Id, $($parameter $(: $bound)?),*> Hosts<E, Id> for $source
        where
            $source: OnlyScoped<Id>,
            E: AppearsOnTable<$source>,
        {
        }
    )*};
}

hosts! {
    [T, P] ScopedSource<T, P>;
    [L: QuerySource, R: QuerySource, K] Join<L, R, K>;
    [J, On] JoinOn<J, On>;
    [F: QuerySource, S, D, W, O, L, G, H, LC]
        SelectStatement<FromClause<F>, S, D, W, O, L, G, H, LC>;
    [F: QuerySource] FromClause<F>;
}
