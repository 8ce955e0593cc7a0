//! Refusals that teach.
//!
//! Diesel's traits bear Diesel's messages, which know nothing of scopes. An impl of such a trait that is
//! bound to a trait of this module never holds, for nothing implements one; but the compiler names the
//! bound it misses, and with it the way out. The associated types keep follow-up errors silent.

use std::hash::Hash;

use diesel::associations::{HasTable, Identifiable};
use diesel::query_builder::{AsQuery, SelectQuery};
use diesel::query_dsl::methods::FilterDsl;
use diesel::sql_types::Bool;
use diesel::{AppearsOnTable, EqAll, Expression, QuerySource, SelectableExpression, Table};

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
    note = "`tenancy_diesel::prelude` has `insert_into`, `update`, `delete`, `save_changes` and \
            `belonging_to` for them, and `tenancy_diesel::dsl` has `exists` and `select`"
)]
pub trait ThroughDiesel: sealed::Sealed {
    #[doc(hidden)]
    type Table: Table;
    #[doc(hidden)]
    type Key: Hash + Eq;
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

/// What would have to be [`ThroughDiesel`] for a scoped query to be a Diesel table. Nothing can make it
/// so, which the compiler knows: unlike a bound on a parameter, this one leaves the blanket impls for
/// tables apart from those for scoped queries.
#[derive(Debug)]
pub struct Never<'never>(std::marker::PhantomData<&'never ()>);

#[doc(hidden)]
impl<Q, Id> QuerySource for ScopedQuery<Q, Id>
where
    for<'never> Never<'never>: ThroughDiesel,
{
    type FromClause = ();
    type DefaultSelection = Nothing<Q>;

    fn from_clause(&self) {}

    fn default_selection(&self) -> Nothing<Q> {
        Nothing::new()
    }
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<Q, Id> AsQuery for ScopedQuery<Q, Id>
where
    for<'never> Never<'never>: ThroughDiesel,
{
    type SqlType = Bool;
    type Query = Nothing<Q>;

    fn as_query(self) -> Nothing<Q> {
        Nothing::new()
    }
}

#[doc(hidden)]
impl<Q, Id> Table for ScopedQuery<Q, Id>
where
    for<'never> Never<'never>: ThroughDiesel,
{
    type PrimaryKey = Nothing<Q>;
    type AllColumns = Nothing<Q>;

    fn primary_key(&self) -> Nothing<Q> {
        Nothing::new()
    }

    fn all_columns() -> Nothing<Q> {
        Nothing::new()
    }
}

#[doc(hidden)]
impl<Q: ThroughDiesel, Id> SelectQuery for ScopedQuery<Q, Id> {
    // No SQL type, so that Diesel's impls for selects of one leave scoped queries alone.
    type SqlType = Nothing<Q>;
}

impl<Q, Id> AppearsOnTable<ScopedQuery<Q, Id>> for Nothing<Q> {}
impl<Q, Id> SelectableExpression<ScopedQuery<Q, Id>> for Nothing<Q> {}

#[doc(hidden)]
impl<Q: ThroughDiesel, Id> HasTable for ScopedQuery<Q, Id> {
    type Table = Q::Table;

    fn table() -> Q::Table {
        Q::refuse()
    }
}

// Diesel makes an update's target of what is identifiable. Were there an impl of that trait for scoped
// queries too, the compiler could not tell which of the two was meant, and would name neither's bounds.
#[doc(hidden)]
impl<Q: ThroughDiesel, Id> Identifiable for ScopedQuery<Q, Id> {
    type Id = Q::Key;

    fn id(self) -> Q::Key {
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
