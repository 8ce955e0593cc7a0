//! Plain Diesel, on plain Diesel tables. Nothing here or in its build of the statements is of Tenancy.

use std::fmt::Debug;
use std::marker::PhantomData;

pub use diesel::dsl::{exists, select};
use diesel::internal::table_macro::{BoxedSelectStatement, FromClause};
pub use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::{ExecuteDsl, LoadQuery};
use diesel::query_source::QuerySource;
use diesel::sql_types::{Bool, Nullable};
pub use diesel::upsert::on_constraint;
pub use diesel::{BelongingToDsl, Identifiable as Model, delete, insert_into, update};
use diesel::{expression::SqlLiteral, pg::Pg};
pub use tenancy_tests::plain as schema;

use crate::outcome::Outcome;

/// Many rows of two columns: where there is no bulk load, a batch.
macro_rules! bulk {
    ($table:expr, ($first:expr, $second:expr), $rows:expr) => {
        insert_into($table).values(
            $rows
                .into_iter()
                .map(|(first, second)| ($first.eq(first), $second.eq(second)))
                .collect::<Vec<_>>(),
        )
    };
}

/// A COPY of columns, line by line.
macro_rules! copied {
    ($on:expr, $columns:expr) => {{
        use std::io::BufRead;
        let copy = diesel::copy_to($columns).with_format(diesel::pg::CopyFormat::Csv);
        let lines = copy.load_raw($on).map(|bytes| {
            let lines: Result<Vec<String>, _> = bytes.lines().collect();
            lines.unwrap()
        });
        // Diesel does not ask how a copy ended, and leaves the answer for the next statement.
        diesel::connection::SimpleConnection::batch_execute($on, "SELECT").unwrap();
        Outcome::rows(lines)
    }};
}

#[allow(
    clippy::duplicate_mod,
    reason = "the same statements are compiled for both sides"
)]
#[path = "../statements/mod.rs"]
pub mod statements;

/// The connection.
pub type On = PgConnection;

pub fn rows<'query, R, Q>(on: &mut On, query: Q) -> Outcome
where
    R: Debug,
    Q: LoadQuery<'query, PgConnection, R> + RunQueryDsl<PgConnection>,
{
    Outcome::rows(query.load(on))
}

pub fn run<Q>(on: &mut On, statement: Q) -> Outcome
where
    Q: ExecuteDsl<PgConnection> + RunQueryDsl<PgConnection> + QueryFragment<Pg> + QueryId,
{
    Outcome::count(statement.execute(on))
}

/// A table that both sides share needs no lifting here.
pub fn scoped<T>(table: T) -> T {
    table
}

/// A table as the source of a query.
pub type Source<T> = T;

/// A raw predicate. Here the parentheses are the application's business.
pub fn raw(text: &str) -> SqlLiteral<Nullable<Bool>> {
    diesel::dsl::sql(&format!("({text})"))
}

/// What the predicates of a boxed query are about.
pub fn source<ST, S: QuerySource, G>(
    _: &BoxedSelectStatement<'static, ST, FromClause<S>, Pg, G>,
) -> PhantomData<S> {
    PhantomData
}

/// What the predicates of a filtered table are about.
pub fn rows_of<T>(_: T) -> PhantomData<T> {
    PhantomData
}

/// What the predicates of a boxed write are about.
pub fn target_of<T>(_: T) -> PhantomData<T> {
    PhantomData
}

macro_rules! aliases {
    ($group:ident: $($alias:ident = $table:ident($($column:ident),*) as $Alias:ident;)*) => {
        mod $group {
            #[allow(unused_imports)]
            use super::schema::*;
            #[allow(unused_imports)]
            use super::schema::billing::projects as billing_projects;

            diesel::alias!($($table as $alias: $Alias),*);
        }

        $(pub mod $alias {
            use diesel::query_source::{Alias, AliasedField};
            #[allow(unused_imports)]
            use super::schema::*;
            #[allow(unused_imports)]
            use super::schema::billing::projects as billing_projects;

            pub fn table() -> Alias<super::$group::$Alias> {
                super::$group::$alias
            }

            $(pub fn $column() -> AliasedField<super::$group::$Alias, $table::$column> {
                super::$group::$alias.field($table::$column)
            })*
        })*
    };
}

aliases! {
    public:
    parent = projects(id, name, parent_id) as Parent;
    grandparent = projects(id, name) as Grandparent;
    other_task = tasks(id, project_id, title) as OtherTask;
}

// PostgreSQL does not take two tables of the same name in one FROM clause.
aliases! {
    billing:
    billed = billing_projects(id, name) as Billed;
}
