//! Operators and functions, each selected from a table of A's.

mod aggregates;
mod arrays;
mod general;
mod json;
mod networks;
mod ranges;
mod times;
mod windows;

use diesel::expression::{BoxableExpression, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Nullable, Text};

/// An expression over the source `S` as PostgreSQL prints its values, so that functions of all types fit
/// into one list.
pub(crate) type Printed<S, A = is_aggregate::No> =
    Box<dyn BoxableExpression<S, Pg, (), A, SqlType = Nullable<Text>>>;

#[derive(Debug, QueryId, diesel::expression::ValidGrouping)]
pub(crate) struct Print<E>(E);

impl<E: Expression> Expression for Print<E> {
    type SqlType = Nullable<Text>;
}

impl<E: QueryFragment<Pg>> QueryFragment<Pg> for Print<E> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("(");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(")::text");
        Ok(())
    }
}

impl<E: AppearsOnTable<S>, S> AppearsOnTable<S> for Print<E> where Print<E>: Expression {}
impl<E: SelectableExpression<S>, S> SelectableExpression<S> for Print<E> where
    Print<E>: AppearsOnTable<S>
{
}

pub(crate) fn print<S, A, E>(expression: E) -> Printed<S, A>
where
    E: Expression + 'static,
    Print<E>: BoxableExpression<S, Pg, (), A, SqlType = Nullable<Text>>,
{
    Box::new(Print(expression))
}

/// Selects each expression from a table, scoped and plain, and compares row by row. `name: expression`,
/// or `#[since 16] name: expression` for a function that an older server does not have; it then says so to
/// both.
macro_rules! compare {
    ($table:ident: $($(#[since $since:literal])? $name:ident: $expression:expr,)+) => {{
        let world = crate::world::World::to_read();
        let names = [$((stringify!($name), 0 $(+ $since)?)),+];
        let expected: Vec<_> = {
            #[allow(unused_imports)]
            use crate::names::plain::{self as names, $table};
            let expressions: Vec<crate::expressions::Printed<$table::table>> =
                vec![$(crate::expressions::print($expression)),+];
            let conn = &mut world.plain();
            let select = |e| $table::table.order($table::id).select(e).load::<Option<String>>(conn);
            expressions.into_iter().map(select).collect()
        };
        for shared in &world.shared {
            #[allow(unused_imports)]
            use crate::names::scoped::{self as names, $table};
            type Source = tenancy_diesel::ScopedSource<$table::table>;
            let expressions: Vec<crate::expressions::Printed<Source>> =
                vec![$(crate::expressions::print($expression)),+];
            let conn = &mut shared.scope();
            for ((expression, expected), (name, since)) in
                expressions.into_iter().zip(&expected).zip(names)
            {
                let found = $table::table
                    .order($table::id)
                    .select(expression)
                    .load::<Option<String>>(conn);
                assert_eq!(&found, expected, "{name}");
                crate::expressions::check(name, since, &found);
            }
        }
    }};
}
use compare;

/// [`compare`] for expressions that make one row of all.
macro_rules! compare_aggregates {
    ($table:ident: $($name:ident: $expression:expr,)+) => {{
        use diesel::expression::is_aggregate::Yes;
        let world = crate::world::World::to_read();
        let expected: Vec<_> = {
            use crate::names::plain::$table;
            let expressions: Vec<crate::expressions::Printed<$table::table, Yes>> =
                vec![$(crate::expressions::print($expression)),+];
            let conn = &mut world.plain();
            let select = |e| $table::table.select(e).get_result::<Option<String>>(conn);
            expressions.into_iter().map(select).collect()
        };
        for shared in &world.shared {
            use crate::names::scoped::$table;
            type Source = tenancy_diesel::ScopedSource<$table::table>;
            let expressions: Vec<crate::expressions::Printed<Source, Yes>> =
                vec![$(crate::expressions::print($expression)),+];
            let conn = &mut shared.scope();
            for ((expression, expected), name) in
                expressions.into_iter().zip(&expected).zip([$(stringify!($name)),+])
            {
                let found = $table::table.select(expression).get_result::<Option<String>>(conn);
                assert_eq!(&found, expected, "{name}");
                assert!(matches!(found, Ok(Some(_))), "{name}: {found:?}");
            }
        }
    }};
}
use compare_aggregates;

/// A function that fails for both is no proof, unless the server is too old for it.
pub(crate) fn check(name: &str, since: i32, found: &QueryResult<Vec<Option<String>>>) {
    match found {
        Ok(rows) => assert!(rows.len() > 1, "{name}: {rows:?}"),
        Err(error) => assert!(since > 15, "{name}: {error}"),
    }
}
