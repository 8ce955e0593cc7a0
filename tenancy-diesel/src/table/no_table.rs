use std::marker::PhantomData;

use diesel::expression::{ValidGrouping, is_aggregate};
use diesel::query_builder::{AsQuery, Query};
use diesel::sql_types::Bool;
use diesel::{AppearsOnTable, Expression, QuerySource, SelectableExpression, Table};

/// A table that nothing can be done with.
///
/// Diesel's traits ask for the table of a model, which
/// would let `diesel::update(&model)` go round the scope. `NoTable<T, Why>` stands there for the table
/// `T`. It renders nothing, finds nothing and differs from every table that can be written. `Why` is
/// what the compiler's message says about it.
#[derive(Debug)]
pub struct NoTable<T, Why>(PhantomData<(T, Why)>);

/// Why `diesel::update`, `diesel::delete` and `belonging_to` do not take a model of a scoped table.
#[derive(Debug, Clone, Copy)]
pub enum UseTheFunctionsOfTenancyDiesel {}

/// What stands for the table of a model.
#[doc(hidden)]
pub type ModelTable<T> = NoTable<T, UseTheFunctionsOfTenancyDiesel>;

/// The table that a stand-in stands for.
#[doc(hidden)]
pub trait StandsFor {
    /// The table.
    type Table;
}

impl<T, Why> StandsFor for NoTable<T, Why> {
    type Table = T;
}

impl<T, Why> Clone for NoTable<T, Why> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, Why> Copy for NoTable<T, Why> {}

impl<T, Why> NoTable<T, Why> {
    #[doc(hidden)]
    pub const fn __new() -> Self {
        NoTable(PhantomData)
    }
}

impl<T, Why> QuerySource for NoTable<T, Why> {
    type FromClause = ();
    type DefaultSelection = Nothing<T>;

    fn from_clause(&self) {}

    fn default_selection(&self) -> Nothing<T> {
        Nothing(PhantomData)
    }
}

impl<T, Why> AsQuery for NoTable<T, Why> {
    type SqlType = Bool;
    type Query = Nothing<T>;

    fn as_query(self) -> Nothing<T> {
        Nothing(PhantomData)
    }
}

impl<T, Why> Table for NoTable<T, Why> {
    type PrimaryKey = Nothing<T>;
    type AllColumns = Nothing<T>;

    fn primary_key(&self) -> Nothing<T> {
        Nothing(PhantomData)
    }

    fn all_columns() -> Nothing<T> {
        Nothing(PhantomData)
    }
}

/// What a [`NoTable`] selects. It is no `QueryFragment`, so it cannot be sent.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Nothing<T>(PhantomData<fn() -> T>);

impl<T> Nothing<T> {
    pub(super) const fn new() -> Self {
        Nothing(PhantomData)
    }
}

impl<T> Query for Nothing<T> {
    type SqlType = Bool;
}

impl<T> Expression for Nothing<T> {
    type SqlType = Bool;
}

impl<T, Why> AppearsOnTable<NoTable<T, Why>> for Nothing<T> {}
impl<T, Why> SelectableExpression<NoTable<T, Why>> for Nothing<T> {}
impl<T> ValidGrouping<()> for Nothing<T> {
    type IsAggregate = is_aggregate::No;
}
