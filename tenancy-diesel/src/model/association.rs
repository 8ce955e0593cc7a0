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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not belong to `{Parents}`",
    note = "derive `Associations` and `TenantScoped` on `{Self}`, name the parent in \
            `#[diesel(belongs_to(..))]`, and derive `TenantScoped` on the parent"
)]
pub trait ScopedBelongingToDsl<Parents> {
    /// The query.
    type Output;

    /// The rows that belong to one parent, or to any of several.
    fn belonging_to(parents: Parents) -> Self::Output;
}

type ForeignKey<Child, Parent> = <Child as BelongsTo<Parent>>::ForeignKeyColumn;
type IdOf<'a, Parent> = <&'a Parent as Identifiable>::Id;
type TableOf<Child> = ScopedTable<<Child as TenantModel>::Table>;

impl<'a, Parent, Child> ScopedBelongingToDsl<&'a Parent> for Child
where
    &'a Parent: Identifiable,
    Parent: TenantModel,
    Child: TenantModel + BelongsTo<Parent>,
    IdOf<'a, Parent>: AsExpression<<ForeignKey<Child, Parent> as Expression>::SqlType>,
    <ForeignKey<Child, Parent> as Expression>::SqlType: SqlType,
    ForeignKey<Child, Parent>: ExpressionMethods,
    TableOf<Child>: FilterDsl<dsl::Eq<ForeignKey<Child, Parent>, IdOf<'a, Parent>>>,
{
    type Output = dsl::Filter<TableOf<Child>, dsl::Eq<ForeignKey<Child, Parent>, IdOf<'a, Parent>>>;

    fn belonging_to(parent: &'a Parent) -> Self::Output {
        let table = ScopedTable::<Child::Table>::__table(Default::default());
        FilterDsl::filter(table, Child::foreign_key_column().eq(parent.id()))
    }
}

impl<'a, Parent, Child> ScopedBelongingToDsl<&'a [Parent]> for Child
where
    &'a Parent: Identifiable,
    Parent: TenantModel,
    Child: TenantModel + BelongsTo<Parent>,
    Vec<IdOf<'a, Parent>>: AsInExpression<<ForeignKey<Child, Parent> as Expression>::SqlType>,
    <ForeignKey<Child, Parent> as Expression>::SqlType: SqlType,
    ForeignKey<Child, Parent>: ExpressionMethods,
    TableOf<Child>: FilterDsl<dsl::EqAny<ForeignKey<Child, Parent>, Vec<IdOf<'a, Parent>>>>,
{
    type Output =
        dsl::Filter<TableOf<Child>, dsl::EqAny<ForeignKey<Child, Parent>, Vec<IdOf<'a, Parent>>>>;

    fn belonging_to(parents: &'a [Parent]) -> Self::Output {
        let table = ScopedTable::<Child::Table>::__table(Default::default());
        let ids: Vec<_> = parents.iter().map(Identifiable::id).collect();
        FilterDsl::filter(table, Child::foreign_key_column().eq_any(ids))
    }
}

impl<'a, Parent, Child> ScopedBelongingToDsl<&'a Vec<Parent>> for Child
where
    Child: ScopedBelongingToDsl<&'a [Parent]>,
{
    type Output = <Child as ScopedBelongingToDsl<&'a [Parent]>>::Output;

    fn belonging_to(parents: &'a Vec<Parent>) -> Self::Output {
        Child::belonging_to(parents.as_slice())
    }
}
