use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::query_builder::AsChangeset;
use diesel::{Selectable, SelectableExpression, SelectableHelper};

use super::TenantModel;
use crate::query::{Returning, ScopedQuery};
use crate::write::{SetNotCalled, TargetRows, Update, UpdateTarget, update};

/// A model that can be written back: what `update(&model).set(&model)` asks for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the changes of `{Self}` cannot be saved",
    note = "derive `TenantScoped`, `AsChangeset` and `Selectable` on the model and call \
            `save_changes` on a reference"
)]
pub trait Saved {
    /// The model.
    type Model;
    /// The update, which returns the model's columns.
    type Update;

    fn into_update(self) -> Self::Update;
}

impl<'a, M, S, Id> Saved for &'a M
where
    M: TenantModel + Selectable<Pg>,
    &'a M: UpdateTarget<Statement = ScopedQuery<Update<S, SetNotCalled>, Id>>
        + AsChangeset<Target = M::Table>,
    S: TargetRows<Table = M::Table>,
    AsSelect<M, Pg>: SelectableExpression<M::Table>,
{
    type Model = M;
    type Update =
        ScopedQuery<Update<S, <&'a M as AsChangeset>::Changeset, Returning<AsSelect<M, Pg>>>, Id>;

    fn into_update(self) -> Self::Update {
        update(self).set(self).returning(M::as_returning())
    }
}

#[cfg(feature = "postgres")]
mod sync {
    use diesel::query_dsl::LoadQuery;
    use diesel::{QueryResult, RunQueryDsl};

    use super::Saved;

    /// `model.save_changes(&mut scope)`: writes the fields of a model to its row and loads the model
    /// again.
    ///
    /// The statement is `update(&model).set(&model)`. Of another tenant's row it finds nothing, which
    /// is [`NotFound`](diesel::result::Error::NotFound).
    pub trait ScopedSaveChangesDsl: Saved + Sized {
        /// Saves the model and returns it as the database has it now.
        ///
        /// # Errors
        /// As `update(..).get_result(..)`.
        fn save_changes<'query, C>(self, conn: &mut C) -> QueryResult<Self::Model>
        where
            Self::Update: LoadQuery<'query, C, Self::Model>,
        {
            RunQueryDsl::get_result(self.into_update(), conn)
        }
    }

    impl<M: Saved> ScopedSaveChangesDsl for M {}
}

#[cfg(feature = "async")]
pub(super) mod asynchronous {
    use diesel_async::methods::LoadQuery;
    use diesel_async::return_futures::GetResult;
    use diesel_async::{AsyncConnectionCore, RunQueryDsl};

    use super::Saved;

    /// `model.save_changes(&mut scope).await`, as [`ScopedSaveChangesDsl`](crate::ScopedSaveChangesDsl) for
    /// asynchronous connections.
    ///
    /// Import it by name, as diesel-async's `RunQueryDsl`: it then stands in for the synchronous one
    /// of the prelude.
    pub trait ScopedSaveChangesDsl: Saved + Sized {
        /// Saves the model and returns it as the database has it now.
        ///
        /// # Errors
        /// As `update(..).get_result(..)`.
        fn save_changes<'query, 'conn, C>(
            self,
            conn: &'conn mut C,
        ) -> GetResult<'conn, 'query, Self::Update, C, Self::Model>
        where
            Self::Model: Send + 'conn,
            C: AsyncConnectionCore,
            Self::Update: LoadQuery<'query, C, Self::Model> + 'query,
        {
            RunQueryDsl::get_result(self.into_update(), conn)
        }
    }

    impl<M: Saved> ScopedSaveChangesDsl for M {}
}

#[cfg(feature = "postgres")]
pub use sync::ScopedSaveChangesDsl;
