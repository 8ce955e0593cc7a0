use diesel::query_builder::AsChangeset;

use super::TenantModel;
use crate::query::ScopedQuery;
use crate::write::{SetNotCalled, TargetRows, Update, UpdateTarget, update};

/// A model that can be written back: what `update(&model).set(&model)` asks for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the changes of `{Self}` cannot be saved",
    note = "derive `TenantScoped` and `AsChangeset` on the model and call `save_changes` on a reference"
)]
pub trait Saved {
    /// The update.
    type Update;

    fn into_update(self) -> Self::Update;
}

impl<'a, M, S, Id> Saved for &'a M
where
    M: TenantModel,
    &'a M: UpdateTarget<Statement = ScopedQuery<Update<S, SetNotCalled>, Id>>
        + AsChangeset<Target = M::Table>,
    S: TargetRows<Table = M::Table>,
{
    type Update = ScopedQuery<Update<S, <&'a M as AsChangeset>::Changeset>, Id>;

    fn into_update(self) -> Self::Update {
        update(self).set(self)
    }
}

#[cfg(feature = "postgres")]
mod sync {
    use diesel::query_dsl::LoadQuery;
    use diesel::{QueryResult, RunQueryDsl};

    use super::Saved;

    /// `model.save_changes(&mut scope)`: writes the fields of a model to its row and loads the row
    /// again.
    ///
    /// The statement is `update(&model).set(&model)`. Of another tenant's row it finds nothing, which
    /// is [`NotFound`](diesel::result::Error::NotFound).
    pub trait SaveChangesDsl: Saved + Sized {
        /// Saves the model and returns its row as the database has it now.
        ///
        /// # Errors
        /// As `update(..).get_result(..)`.
        fn save_changes<'query, T, C>(self, conn: &mut C) -> QueryResult<T>
        where
            Self::Update: LoadQuery<'query, C, T>,
        {
            RunQueryDsl::get_result(self.into_update(), conn)
        }
    }

    impl<M: Saved> SaveChangesDsl for M {}
}

#[cfg(feature = "async")]
mod asynchronous {
    use diesel_async::methods::LoadQuery;
    use diesel_async::return_futures::GetResult;
    use diesel_async::{AsyncConnectionCore, RunQueryDsl};

    use super::Saved;

    /// `model.save_changes(&mut scope).await`, as
    /// [`SaveChangesDsl`](crate::SaveChangesDsl) for asynchronous connections.
    ///
    /// Import it by name, as diesel-async's `RunQueryDsl`.
    pub trait AsyncSaveChangesDsl: Saved + Sized {
        /// Saves the model and returns its row as the database has it now.
        ///
        /// # Errors
        /// As `update(..).get_result(..)`.
        fn save_changes<'query, 'conn, T, C>(
            self,
            conn: &'conn mut C,
        ) -> GetResult<'conn, 'query, Self::Update, C, T>
        where
            T: Send + 'conn,
            C: AsyncConnectionCore,
            Self::Update: LoadQuery<'query, C, T> + 'query,
        {
            RunQueryDsl::get_result(self.into_update(), conn)
        }
    }

    impl<M: Saved> AsyncSaveChangesDsl for M {}
}

#[cfg(feature = "async")]
pub use asynchronous::AsyncSaveChangesDsl;
#[cfg(feature = "postgres")]
pub use sync::SaveChangesDsl;
