use diesel::associations::HasTable;
use diesel::query_builder::{
    AsQuery, DeleteStatement, IntoUpdateTarget, SelectStatement, UpdateStatement,
};
use diesel::query_dsl::methods::FindDsl;

use super::boxed::TargetRows;
use super::{Delete, NoReturning, SetNotCalled, Update};
use crate::model::{FindModel, TenantModel, find};
use crate::query::ScopedQuery;
use crate::table::{ScopeTable, ScopedSource, SharedTable, TenantTable};

/// Begins an UPDATE of a table, of the rows of a filtered query, or of one model.
///
/// Only rows of the scope's tenant are updated, whatever the filter says. The tenant column cannot be
/// assigned.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// # fn run(conn: &mut Conn, id: Uuid, project: &Project) -> QueryResult<()> {
/// update(projects::table.find(id)).set(projects::name.eq("roof")).execute(conn)?;
/// update(project).set(projects::country.eq("de")).execute(conn)?;
/// # Ok(())
/// # }
/// # }
/// ```
pub fn update<T: UpdateTarget>(target: T) -> T::Statement {
    target.into_update()
}

/// Begins a DELETE from a table, of the rows of a filtered query, or of one model.
///
/// Only rows of the scope's tenant are deleted, whatever the filter says.
pub fn delete<T: DeleteTarget>(target: T) -> T::Statement {
    target.into_delete()
}

/// What [`update`] takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be updated",
    note = "pass a table, a query with only a filter, or a reference to a model with `#[derive(TenantScoped)]`"
)]
pub trait UpdateTarget {
    /// The statement it begins.
    type Statement;

    #[doc(hidden)]
    fn into_update(self) -> Self::Statement;
}

/// What [`delete`] takes.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` cannot be deleted",
    note = "pass a table, a query with only a filter, or a reference to a model with `#[derive(TenantScoped)]`"
)]
pub trait DeleteTarget {
    /// The statement it begins.
    type Statement;

    #[doc(hidden)]
    fn into_delete(self) -> Self::Statement;
}

impl<Q, Id> UpdateTarget for ScopedQuery<Q, Id>
where
    Q: AsQuery,
    Q::Query: TargetRows<Table: TenantTable>,
{
    type Statement = ScopedQuery<Update<Q::Query>, Id>;

    fn into_update(self) -> Self::Statement {
        self.map(|rows| Update {
            rows: rows.as_query(),
            changes: SetNotCalled,
            returning: NoReturning,
        })
    }
}

impl<Q, Id> DeleteTarget for ScopedQuery<Q, Id>
where
    Q: AsQuery,
    Q::Query: TargetRows<Table: TenantTable>,
{
    type Statement = ScopedQuery<Delete<Q::Query>, Id>;

    fn into_delete(self) -> Self::Statement {
        self.map(|rows| Delete {
            rows: rows.as_query(),
            returning: NoReturning,
        })
    }
}

#[diagnostic::do_not_recommend]
impl<'a, M> UpdateTarget for &'a M
where
    M: TenantModel<Table: TenantTable>,
    ScopedSource<M::Table>: FindDsl<M::Key<'a>>,
    FindModel<'a, M>: AsQuery<Query: TargetRows<Table = M::Table>>,
{
    type Statement =
        ScopedQuery<Update<<FindModel<'a, M> as AsQuery>::Query>, <M::Table as ScopeTable>::Tenant>;

    fn into_update(self) -> Self::Statement {
        find(self).into_update()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, M> DeleteTarget for &'a M
where
    M: TenantModel<Table: TenantTable>,
    ScopedSource<M::Table>: FindDsl<M::Key<'a>>,
    FindModel<'a, M>: AsQuery<Query: TargetRows<Table = M::Table>>,
{
    type Statement =
        ScopedQuery<Delete<<FindModel<'a, M> as AsQuery>::Query>, <M::Table as ScopeTable>::Tenant>;

    fn into_delete(self) -> Self::Statement {
        find(self).into_delete()
    }
}

/// Filtered queries on shared tables are Diesel's business; `tenant_schema!` does the same for the
/// shared tables themselves.
#[diagnostic::do_not_recommend]
impl<F, S, D, W> UpdateTarget for SelectStatement<F, S, D, W>
where
    Self: IntoUpdateTarget<Table: SharedTable>,
{
    type Statement =
        UpdateStatement<<Self as HasTable>::Table, <Self as IntoUpdateTarget>::WhereClause>;

    fn into_update(self) -> Self::Statement {
        diesel::update(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F, S, D, W> DeleteTarget for SelectStatement<F, S, D, W>
where
    Self: IntoUpdateTarget<Table: SharedTable>,
{
    type Statement =
        DeleteStatement<<Self as HasTable>::Table, <Self as IntoUpdateTarget>::WhereClause>;

    fn into_delete(self) -> Self::Statement {
        diesel::delete(self)
    }
}
