//! Models of scoped tables.

mod association;
#[cfg(any(feature = "async", feature = "postgres"))]
mod save;

pub use association::ScopedBelongingToDsl;
#[cfg(feature = "postgres")]
pub use save::ScopedSaveChangesDsl;
#[cfg(feature = "async")]
pub use save::asynchronous::ScopedSaveChangesDsl as AsyncScopedSaveChangesDsl;

use diesel::dsl;
use diesel::query_dsl::methods::FindDsl;

use crate::query::{ScopedQuery, ScopedTable};
use crate::table::{ScopeTable, ScopedSource};

/// A model of a scoped table, from `#[derive(TenantScoped)]`.
///
/// It lets the model itself be the target of [`update`](crate::update()) and
/// [`delete`](crate::delete()), and gives `belonging_to`, `grouped_by` and `save_changes`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model of a scoped table",
    note = "add `#[derive(TenantScoped)]` to the model, and `#[diesel(table_name = ..)]`"
)]
pub trait TenantModel {
    /// The table.
    type Table: ScopeTable;
    /// The key without the tenant column, borrowed: what `find` takes.
    type Key<'a>
    where
        Self: 'a;

    /// The key of this row.
    fn key(&self) -> Self::Key<'_>;
}

/// The select of one row by its model.
pub(crate) type FindModel<'a, M> =
    dsl::Find<ScopedSource<<M as TenantModel>::Table>, <M as TenantModel>::Key<'a>>;

pub(crate) fn find<'a, M>(
    model: &'a M,
) -> ScopedQuery<FindModel<'a, M>, <M::Table as ScopeTable>::Tenant>
where
    M: TenantModel,
    ScopedSource<M::Table>: FindDsl<M::Key<'a>>,
{
    ScopedTable::<M::Table>::__table(M::Table::default()).find_by_key(model.key())
}

impl<T: ScopeTable> ScopedTable<T> {
    fn find_by_key<Key>(self, key: Key) -> ScopedQuery<dsl::Find<ScopedSource<T>, Key>, T::Tenant>
    where
        ScopedSource<T>: FindDsl<Key>,
    {
        self.map(|source| FindDsl::find(source, key))
    }
}

/// `Model::query()`: the scoped select of a model.
pub trait TenantQuery: TenantModel + diesel::Selectable<diesel::pg::Pg> + Sized {
    /// `SELECT` the model's columns from its table. Filters, joins and so on can follow.
    fn query() -> dsl::Select<ScopedTable<Self::Table>, dsl::AsSelect<Self, diesel::pg::Pg>>
    where
        ScopedTable<Self::Table>:
            diesel::query_dsl::methods::SelectDsl<dsl::AsSelect<Self, diesel::pg::Pg>>,
        dsl::AsSelect<Self, diesel::pg::Pg>: diesel::Expression,
    {
        diesel::query_dsl::methods::SelectDsl::select(
            ScopedTable::<Self::Table>::__table(Default::default()),
            diesel::SelectableHelper::as_select(),
        )
    }
}

impl<M: TenantModel + diesel::Selectable<diesel::pg::Pg>> TenantQuery for M {}
