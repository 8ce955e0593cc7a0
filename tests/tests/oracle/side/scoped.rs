//! Tenancy, on the schema of `tenant_schema!`.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::expression::SqlLiteral;
use diesel::internal::table_macro::{BoxedSelectStatement, FromClause};
use diesel::pg::Pg;
use diesel::query_source::QuerySource;
use diesel::sql_types::{Bool, Nullable};
use diesel_async::AsyncPgConnection;
pub use tenancy_diesel::dsl::{exists, select};
pub use tenancy_diesel::prelude::*;
pub use tenancy_diesel::upsert::on_constraint;
pub use tenancy_diesel::{ScopedBelongingToDsl as BelongingToDsl, TenantScoped as Model};
use tenancy_diesel::{ScopedQuery, ScopedSource};
use tenancy_tests::OrgId;
pub use tenancy_tests::schema;
use tokio::runtime::Runtime;

use crate::outcome::Outcome;

/// Many rows of two columns.
macro_rules! bulk {
    ($table:expr, ($first:expr, $second:expr), $rows:expr) => {
        insert_into($table).unnest(($first, $second), $rows)
    };
}

/// A COPY of columns, line by line. Diesel's asynchronous connection has none.
macro_rules! copied {
    ($on:expr, $columns:expr) => {{
        let On::Sync(conn) = $on else {
            return Outcome::NotThere;
        };
        let mut bytes = Vec::new();
        let copy = tenancy_diesel::copy_to($columns).with_format(diesel::pg::CopyFormat::Csv);
        Outcome::rows(copy.write_to(conn, &mut bytes).map(|_| {
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        }))
    }};
}

#[allow(
    clippy::duplicate_mod,
    reason = "the same statements are compiled for both sides"
)]
#[path = "../statements/mod.rs"]
pub mod statements;

/// The connection.
#[allow(missing_debug_implementations, reason = "connections have none")]
#[allow(clippy::large_enum_variant, reason = "there are few")]
pub enum On {
    Sync(schema::Scoped<PgConnection>),
    Async(schema::Scoped<AsyncPgConnection>, Arc<Runtime>),
}

pub fn rows<'query, R, Q>(on: &mut On, query: ScopedQuery<Q, OrgId>) -> Outcome
where
    R: Debug + Send + 'static,
    Q: 'query,
    ScopedQuery<Q, OrgId>: diesel::query_dsl::methods::LoadQuery<'query, schema::Scoped<PgConnection>, R>
        + RunQueryDsl<schema::Scoped<PgConnection>>
        + diesel_async::methods::LoadQuery<'query, schema::Scoped<AsyncPgConnection>, R>
        + diesel_async::RunQueryDsl<schema::Scoped<AsyncPgConnection>>,
{
    Outcome::rows(match on {
        On::Sync(conn) => RunQueryDsl::load(query, conn),
        On::Async(conn, runtime) => runtime.block_on(diesel_async::RunQueryDsl::load(query, conn)),
    })
}

pub fn run<Q>(on: &mut On, statement: ScopedQuery<Q, OrgId>) -> Outcome
where
    ScopedQuery<Q, OrgId>: diesel::query_dsl::methods::ExecuteDsl<schema::Scoped<PgConnection>>
        + RunQueryDsl<schema::Scoped<PgConnection>>
        + diesel_async::methods::ExecuteDsl<schema::Scoped<AsyncPgConnection>>
        + diesel_async::RunQueryDsl<schema::Scoped<AsyncPgConnection>>,
{
    Outcome::count(match on {
        On::Sync(conn) => diesel::query_dsl::methods::ExecuteDsl::execute(statement, conn),
        On::Async(conn, runtime) => {
            runtime.block_on(diesel_async::methods::ExecuteDsl::execute(statement, conn))
        }
    })
}

/// A table as the source of a query.
pub type Source<T> = ScopedSource<T>;

/// A raw predicate. It keeps to itself.
pub fn raw(text: &str) -> SqlLiteral<Nullable<Bool>> {
    diesel::dsl::sql(text)
}

/// What the predicates of a boxed query are about.
pub fn source<ST, S: QuerySource, G>(
    _: &ScopedQuery<BoxedSelectStatement<'static, ST, FromClause<S>, Pg, G>, OrgId>,
) -> PhantomData<S> {
    PhantomData
}

/// What the predicates of a filtered table are about.
pub fn rows_of<T>(_: ScopedQuery<ScopedSource<T>, OrgId>) -> PhantomData<ScopedSource<T>> {
    PhantomData
}

/// What the predicates of a boxed write are about.
pub fn target_of<T>(_: ScopedQuery<ScopedSource<T>, OrgId>) -> PhantomData<T> {
    PhantomData
}

macro_rules! aliases {
    ($($alias:ident = $($table:ident)::+ ($($column:ident),*);)*) => {
        $(pub mod $alias {
            use super::schema::$($table)::+ as of;

            pub fn table() -> of::ScopedTable {
                of::table
            }

            $(pub fn $column() -> of::$column {
                of::$column
            })*
        })*
    };
}

aliases! {
    parent = parent(id, name, parent_id);
    grandparent = grandparent(id, name);
    other_task = other_task(id, project_id, title);
    billed = billing::projects(id, name);
}
