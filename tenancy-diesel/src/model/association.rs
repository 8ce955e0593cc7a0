use diesel::ExpressionMethods;
use diesel::associations::{BelongsTo, Identifiable};
use diesel::dsl;
use diesel::expression::array_comparison::AsInExpression;
use diesel::expression::{AsExpression, Expression};
use diesel::query_dsl::methods::FilterDsl;
use diesel::sql_types::SqlType;

use super::TenantModel;
use crate::query::ScopedTable;

/// `Child::belonging_to(&parent)` for models of scoped tables.
///
/// Derive Diesel's `Associations` on the child and `TenantScoped` on both. The query finds the
/// children by the parent's key, within the scope: a parent of another tenant has none.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// # fn run(conn: &mut Conn, projects: Vec<Project>) -> QueryResult<Vec<(Project, Vec<Task>)>> {
/// let tasks: Vec<Task> = Task::belonging_to(&projects).select(Task::as_select()).load(conn)?;
/// let tasks = tasks.grouped_by(&projects);
/// Ok(projects.into_iter().zip(tasks).collect())
/// # }
/// # }
/// ```
pub trait ScopedBelongingToDsl<Parents> {
    /// The query.
    type Output;

    /// The rows that belong to one parent, or to any of several.
    fn belonging_to(parents: Parents) -> Self::Output;
}

// The only impl, so that the compiler names the bound that a child misses.
impl<Parents, Child> ScopedBelongingToDsl<Parents> for Child
where
    Child: TenantModel,
    Parents: ParentsOf<Child>,
{
    type Output = Parents::Children;

    fn belonging_to(parents: Parents) -> Self::Output {
        parents.children()
    }
}

/// What `belonging_to` takes: `&Parent`, `&[Parent]` or `&Vec<Parent>`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Child}` does not belong to `{Self}`",
    note = "derive `Associations` and `TenantScoped` on `{Child}`, name the parent in \
            `#[diesel(belongs_to(..))]`, and derive `TenantScoped` on the parent"
)]
pub trait ParentsOf<Child> {
    type Children;

    fn children(self) -> Self::Children;
}

type ForeignKey<Child, Parent> = <Child as BelongsTo<Parent>>::ForeignKeyColumn;
type IdOf<'a, Parent> = <&'a Parent as Identifiable>::Id;
type TableOf<Child> = ScopedTable<<Child as TenantModel>::Table>;

#[diagnostic::do_not_recommend]
impl<'a, Parent, Child> ParentsOf<Child> for &'a Parent
where
    &'a Parent: Identifiable,
    Parent: TenantModel,
    Child: TenantModel + BelongsTo<Parent>,
    IdOf<'a, Parent>: AsExpression<<ForeignKey<Child, Parent> as Expression>::SqlType>,
    <ForeignKey<Child, Parent> as Expression>::SqlType: SqlType,
    ForeignKey<Child, Parent>: ExpressionMethods,
    TableOf<Child>: FilterDsl<dsl::Eq<ForeignKey<Child, Parent>, IdOf<'a, Parent>>>,
{
    type Children =
        dsl::Filter<TableOf<Child>, dsl::Eq<ForeignKey<Child, Parent>, IdOf<'a, Parent>>>;

    fn children(self) -> Self::Children {
        let table = ScopedTable::<Child::Table>::__table(Default::default());
        FilterDsl::filter(table, Child::foreign_key_column().eq(self.id()))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, Parent, Child> ParentsOf<Child> for &'a [Parent]
where
    &'a Parent: Identifiable,
    Parent: TenantModel,
    Child: TenantModel + BelongsTo<Parent>,
    Vec<IdOf<'a, Parent>>: AsInExpression<<ForeignKey<Child, Parent> as Expression>::SqlType>,
    <ForeignKey<Child, Parent> as Expression>::SqlType: SqlType,
    ForeignKey<Child, Parent>: ExpressionMethods,
    TableOf<Child>: FilterDsl<dsl::EqAny<ForeignKey<Child, Parent>, Vec<IdOf<'a, Parent>>>>,
{
    type Children =
        dsl::Filter<TableOf<Child>, dsl::EqAny<ForeignKey<Child, Parent>, Vec<IdOf<'a, Parent>>>>;

    fn children(self) -> Self::Children {
        let table = ScopedTable::<Child::Table>::__table(Default::default());
        let ids: Vec<_> = self.iter().map(Identifiable::id).collect();
        FilterDsl::filter(table, Child::foreign_key_column().eq_any(ids))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, Parent, Child> ParentsOf<Child> for &'a Vec<Parent>
where
    &'a [Parent]: ParentsOf<Child>,
{
    type Children = <&'a [Parent] as ParentsOf<Child>>::Children;

    fn children(self) -> Self::Children {
        self.as_slice().children()
    }
}
