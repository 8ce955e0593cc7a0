use std::marker::PhantomData;

use diesel::expression::{ValidGrouping, is_aggregate};
use diesel::query_builder::{AsQuery, Query};
use diesel::sql_types::Bool;
use diesel::{AppearsOnTable, Expression, QuerySource, SelectableExpression, Table};

/// A table that nothing can be done with.
///
/// Diesel's traits ask for a table in two places where there must be none that a query could reach:
/// the table of the tenant column, which would make it assignable, and the table of a model, which
/// would let `diesel::update(&model)` go round the scope. `ReadOnly<T>` stands there. It renders
/// nothing, finds nothing and differs from every table that can be written.
#[derive(Debug)]
pub struct ReadOnly<T>(PhantomData<T>);

impl<T> Clone for ReadOnly<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ReadOnly<T> {}

impl<T> ReadOnly<T> {
    #[doc(hidden)]
    pub const fn __new() -> Self {
        ReadOnly(PhantomData)
    }
}

impl<T> QuerySource for ReadOnly<T> {
    type FromClause = ();
    type DefaultSelection = Nothing;

    fn from_clause(&self) {}

    fn default_selection(&self) -> Nothing {
        Nothing
    }
}

impl<T> AsQuery for ReadOnly<T> {
    type SqlType = Bool;
    type Query = Nothing;

    fn as_query(self) -> Nothing {
        Nothing
    }
}

impl<T> Table for ReadOnly<T> {
    type PrimaryKey = Nothing;
    type AllColumns = Nothing;

    fn primary_key(&self) -> Nothing {
        Nothing
    }

    fn all_columns() -> Nothing {
        Nothing
    }
}

/// What a [`ReadOnly`] table selects. It is no `QueryFragment`, so it cannot be sent.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Query for Nothing {
    type SqlType = Bool;
}

impl Expression for Nothing {
    type SqlType = Bool;
}

impl<T> AppearsOnTable<ReadOnly<T>> for Nothing {}
impl<T> SelectableExpression<ReadOnly<T>> for Nothing {}
impl ValidGrouping<()> for Nothing {
    type IsAggregate = is_aggregate::No;
}
