//! Refusals that teach.
//!
//! Diesel's traits bear Diesel's messages, which know nothing of scopes. An impl of such a trait that is
//! bound to a trait of this module never holds, for nothing implements one; but the compiler names the
//! bound it misses, and with it the way out. The associated types keep follow-up errors silent.

use diesel::associations::HasTable;
use diesel::query_builder::{IntoUpdateTarget, UpdateTarget};
use diesel::query_dsl::methods::FilterDsl;
use diesel::sql_types::Bool;
use diesel::{EqAll, Expression, Table};

use super::no_table::Nothing;
use crate::query::ScopedQuery;

mod sealed {
    pub trait Sealed {}
}

/// A tenant column that can be assigned: there is none.
#[diagnostic::on_unimplemented(
    message = "the tenant column cannot be written",
    label = "this writes the tenant column",
    note = "leave the tenant column out: the scope fills it in on INSERT, ON CONFLICT names it by \
            itself, and the tenant of a row does not change"
)]
pub trait WritableColumn: sealed::Sealed {}

/// A scoped table, query or model that Diesel's own functions take: there is none.
#[diagnostic::on_unimplemented(
    message = "Diesel's own function does not take a scoped table, query or model",
    note = "`tenancy_diesel::prelude` has `update`, `delete`, `save_changes` and `belonging_to` for them"
)]
pub trait ThroughDiesel: sealed::Sealed {
    #[doc(hidden)]
    type Table: Table;
    #[doc(hidden)]
    type WhereClause;
    #[doc(hidden)]
    type Predicate: Expression<SqlType = Bool>;

    #[doc(hidden)]
    fn refuse<R>() -> R;
}

/// A scoped query that a plain one joins: there is none.
#[diagnostic::on_unimplemented(
    message = "a tenant table cannot be joined to a plain Diesel query",
    note = "lift the plain table into the scope: `scoped(countries::table).inner_join(..)`"
)]
pub trait PlainJoin: sealed::Sealed {
    #[doc(hidden)]
    type FromClause;
    #[doc(hidden)]
    type OnClause;

    #[doc(hidden)]
    fn refuse() -> (Self::FromClause, Self::OnClause);
}

impl<Q: ThroughDiesel, Id> HasTable for ScopedQuery<Q, Id> {
    type Table = Q::Table;

    fn table() -> Q::Table {
        Q::refuse()
    }
}

impl<Q: ThroughDiesel, Id> IntoUpdateTarget for ScopedQuery<Q, Id> {
    type WhereClause = Q::WhereClause;

    fn into_update_target(self) -> UpdateTarget<Q::Table, Q::WhereClause> {
        Q::refuse()
    }
}

impl<T: ThroughDiesel, Key> EqAll<Key> for Nothing<T> {
    type Output = T::Predicate;

    fn eq_all(self, _: Key) -> T::Predicate {
        T::refuse()
    }
}

impl<T: ThroughDiesel, P> FilterDsl<P> for Nothing<T> {
    type Output = T::WhereClause;

    fn filter(self, _: P) -> T::WhereClause {
        T::refuse()
    }
}
