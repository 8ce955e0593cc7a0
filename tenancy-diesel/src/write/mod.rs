//! INSERT, UPDATE and DELETE on scoped tables.
//!
//! `insert_into`, `update` and `delete` have Diesel's names and methods and take scoped and shared
//! tables alike. For a shared table they return Diesel's own statement.

mod boxed;
mod columns;
mod delete;
mod insert;
mod rows;
mod selected;
mod target;
mod types;
mod unnest;
mod update;
mod upsert;

pub use boxed::{BoxedRows, TargetRows};
#[cfg(feature = "postgres")]
pub(crate) use columns::Several;
pub use columns::{ConflictColumns, TableColumns};
pub use delete::Delete;
pub(crate) use insert::{FOREIGN_OWNER, WITH_NEW_ROWS};
pub use insert::{IncompleteInsert, Insert, InsertTarget, insert_into};
pub use rows::{FillTenant, ManyRows, OneRow};
pub use selected::SelectedRows;
pub use target::{DeleteTarget, UpdateTarget, delete, update};
#[doc(hidden)]
pub use types::{ReturningDsl, SetDsl, ValuesDsl};
pub use unnest::{ColumnValue, UnnestColumns, UnnestedRows};
pub use update::{SetNotCalled, Update};
pub use upsert::{
    DoNothing, DoUpdate, IncompleteDoUpdate, IncompleteOnConflict, NoConflict, OnConstraint,
    on_constraint,
};

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// No RETURNING clause.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct NoReturning;

impl QueryFragment<Pg> for NoReturning {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        Ok(())
    }
}
