//! A case is one statement, what A gets, and what leaks where nothing defends B.
//!
//! The statement is compiled twice, by the same words: once with the tables of `tenant_schema!` and once
//! with plain Diesel tables. It runs
//!
//! - with the filter alone: the scoped form, where the tables have no policies,
//! - with row-level security alone: the plain form, with the variable set by hand,
//! - with both: the scoped form, where the tables have policies,
//! - and as the control: the plain form, where the tables have no policies.
//!
//! The scoped form runs on both kinds of connection. No run sees what another one wrote.

use std::fmt::Debug;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, PooledConnection};
use diesel::result::Error;
use diesel_async::AsyncPgConnection;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::{A, B, schema};

pub(crate) type Scope = schema::Scoped<PgConnection>;
pub(crate) type Leased = schema::Scoped<PooledConnection<ConnectionManager<PgConnection>>>;
pub(crate) type AsyncScope = schema::Scoped<AsyncPgConnection>;

/// What the words of a scoped statement mean.
pub(crate) mod scoped_words {
    pub(crate) use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
    pub(crate) use tenancy_diesel::dsl::{exists, select};
    pub(crate) use tenancy_diesel::prelude::*;
    pub(crate) use tenancy_tests::schema::*;
}

/// What the words of a plain statement mean.
pub(crate) mod plain_words {
    pub(crate) use diesel::dsl::{exists, select};
    pub(crate) use diesel::prelude::*;
    pub(crate) use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
    pub(crate) use diesel::{delete, insert_into, update};
    pub(crate) use tenancy_tests::plain::*;

    /// Every plain query is what it is.
    pub(crate) fn scoped<T>(table: T) -> T {
        table
    }
}

/// Defines a test:
///
/// ```text
/// case! {
///     /// Why, if the name does not say it.
///     name_that_claims after "SQL of the superuser",  // `after ..` is optional
///     load::<String>(projects::table.select(projects::name)),
///     plain (..),                                 // optional, if the plain statement has other words
///     own: ["what A gets"],                       // or `own fails`
///     control: ["what leaks"],                    // or `control fails: "part of the error's text"`
/// }
/// ```
///
/// What the filter alone does not stop says `own with policies: .., filter alone fails: ".."`.
macro_rules! case {
    (
        $(#[$meta:meta])*
        $name:ident $(after $setup:expr)?,
        $verb:ident$(::<$row:ty>)?($($statement:tt)*),
        plain ($($plain:tt)*),
        own $($checks:tt)*
    ) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            let outcome = $crate::harness::run(
                &[$($setup)?],
                |conn| {
                    #[allow(unused_imports)]
                    use $crate::harness::scoped_words::*;
                    ($($statement)*).$verb$(::<$row>)?(conn)
                },
                async |conn| {
                    #[allow(unused_imports)]
                    use $crate::harness::scoped_words::*;
                    use diesel_async::RunQueryDsl;
                    ($($statement)*).$verb$(::<$row>)?(conn).await
                },
                |conn| {
                    #[allow(unused_imports)]
                    use $crate::harness::plain_words::*;
                    ($($plain)*).$verb$(::<$row>)?(conn)
                },
            );
            checks!(outcome, own $($checks)*);
        }
    };
    (
        $(#[$meta:meta])*
        $name:ident $(after $setup:expr)?,
        $verb:ident$(::<$row:ty>)?($($statement:tt)*),
        own $($checks:tt)*
    ) => {
        case! {
            $(#[$meta])*
            $name $(after $setup)?,
            $verb$(::<$row>)?($($statement)*),
            plain ($($statement)*),
            own $($checks)*
        }
    };
}

/// Defines a test of raw SQL, which has row-level security alone. The statement yields a text column
/// `line`; the rest is as in [`case!`].
///
/// ```text
/// raw_case! {
///     name_that_claims,
///     rows("SELECT name AS line FROM projects"),
///     own: ["what A gets"],
///     control: ["what leaks"],
/// }
/// ```
macro_rules! raw_case {
    (
        $(#[$meta:meta])*
        $name:ident $(after $setup:expr)?,
        rows($statement:expr),
        own $($checks:tt)*
    ) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            let outcome = $crate::harness::run_raw(&[$($setup)?], &$statement);
            checks!(outcome, own $($checks)*);
        }
    };
}

macro_rules! checks {
    ($outcome:ident, own: $own:expr, $($rest:tt)*) => {
        $outcome.all_ways_give(&$own);
        checks!($outcome, $($rest)*);
    };
    ($outcome:ident, own with policies: $own:expr, filter alone fails: $text:expr, $($rest:tt)*) => {
        $outcome.only_policies_give(&$own, $text);
        checks!($outcome, $($rest)*);
    };
    ($outcome:ident, own fails, $($rest:tt)*) => {
        $outcome.all_ways_fail();
        checks!($outcome, $($rest)*);
    };
    ($outcome:ident, control: $leak:expr $(,)?) => {
        $outcome.control_gives(&$leak);
    };
    ($outcome:ident, control fails: $text:expr $(,)?) => {
        $outcome.control_fails($text);
    };
}

/// What the runs of a case gave.
pub(crate) struct Outcome<R> {
    ways: Vec<(&'static str, Run<R>)>,
    control: Run<R>,
}

struct Run<R> {
    result: QueryResult<R>,
    rows_of_a: Vec<String>,
    b_changed: bool,
}

impl<R: Debug> Run<R> {
    fn gives<O: Debug>(&self, way: &str, own: &O)
    where
        R: PartialEq<O>,
    {
        match &self.result {
            Ok(found) => assert!(found == own, "{way}: {found:?} instead of {own:?}"),
            Err(error) => panic!("{way}: {error}"),
        }
        assert!(!self.b_changed, "{way}: B's rows have changed");
    }
}

/// Runs a case with `setup` done by the superuser beforehand.
pub(crate) fn run<R>(
    setup: &[&str],
    scoped: impl Fn(&mut Scope) -> QueryResult<R>,
    scoped_async: impl AsyncFn(&mut AsyncScope) -> QueryResult<R>,
    plain: impl Fn(&mut PgConnection) -> QueryResult<R>,
) -> Outcome<R> {
    let sync = |shop: &Shop| scoped(&mut shop.scope(A));
    let asynchronous =
        |shop: &Shop| block_on(async { scoped_async(&mut shop.async_scope(A).await).await });
    let on = |layers, run: &dyn Fn(&Shop) -> QueryResult<R>| run_on(layers, setup, run);
    Outcome {
        ways: vec![
            ("filter alone", on(Layers::FilterOnly, &sync)),
            ("filter alone, async", on(Layers::FilterOnly, &asynchronous)),
            (
                "row-level security alone",
                on(Layers::Both, &|shop| as_a(&mut shop.raw(), &plain)),
            ),
            ("both", on(Layers::Both, &sync)),
            ("both, async", on(Layers::Both, &asynchronous)),
        ],
        control: on(Layers::FilterOnly, &|shop| plain(&mut shop.raw())),
    }
}

/// Runs raw SQL in scopes and by hand.
pub(crate) fn run_raw(setup: &[&str], sql: &str) -> Outcome<Vec<String>> {
    let on = |layers, run: &dyn Fn(&Shop) -> _| run_on(layers, setup, run);
    Outcome {
        ways: vec![
            (
                "raw SQL in a scope",
                on(Layers::Both, &|shop| lines(&mut shop.scope(A), sql)),
            ),
            (
                "raw SQL in a scope, async",
                on(Layers::Both, &|shop| {
                    block_on(async { async_lines(&mut shop.async_scope(A).await, sql).await })
                }),
            ),
            (
                "row-level security alone",
                on(Layers::Both, &|shop| {
                    as_a(&mut shop.raw(), |conn| lines(conn, sql))
                }),
            ),
        ],
        control: on(Layers::FilterOnly, &|shop| lines(&mut shop.raw(), sql)),
    }
}

fn run_on<R>(layers: Layers, setup: &[&str], run: &dyn Fn(&Shop) -> QueryResult<R>) -> Run<R> {
    let shop = if setup.is_empty() {
        shelf::take(layers)
    } else {
        Shop::new(layers)
    };
    for sql in setup {
        shop.superuser().batch_execute(sql).unwrap();
    }
    let (a, b) = (shop.rows_of(A), shop.rows_of(B));
    let result = run(&shop);
    let rows_of_a = shop.rows_of(A);
    let b_changed = shop.rows_of(B) != b;
    if setup.is_empty() && !b_changed && rows_of_a == a {
        shelf::put_back(layers, shop);
    }
    Run {
        result,
        rows_of_a,
        b_changed,
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// The rows of raw SQL with a text column `line`.
pub(crate) fn lines<C>(conn: &mut C, sql: &str) -> QueryResult<Vec<String>>
where
    C: diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
{
    let rows: Vec<Line> = diesel::sql_query(sql).load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

pub(crate) async fn async_lines<C>(
    conn: &mut schema::Scoped<C>,
    sql: &str,
) -> QueryResult<Vec<String>>
where
    C: tenancy_diesel::AsyncScopeConnection,
{
    let query = diesel::sql_query(sql);
    let rows: Vec<Line> = diesel_async::RunQueryDsl::load(query, conn).await?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Databases that a case has left as they were.
mod shelf {
    use std::sync::{Mutex, PoisonError};

    use tenancy_tests::database::{Layers, Shop};

    static SHELF: Mutex<Vec<(Layers, Shop)>> = Mutex::new(Vec::new());

    pub(super) fn take(layers: Layers) -> Shop {
        let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shelf.iter().position(|(of, _)| *of == layers);
        let shop = found.map(|at| shelf.swap_remove(at).1);
        drop(shelf);
        shop.unwrap_or_else(|| Shop::new(layers))
    }

    pub(super) fn put_back(layers: Layers, shop: Shop) {
        let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.push((layers, shop));
    }
}

/// Runs plain statements in a transaction with the variable set by hand, as an application without this
/// library would.
pub(crate) fn as_a<R>(
    conn: &mut PgConnection,
    run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
) -> QueryResult<R> {
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SET LOCAL app.tenant_id = '{}'", A.0))?;
        run(conn)
    })
}

impl<R: Debug> Outcome<R> {
    /// The ways agree, about the answer and about what A has afterwards, and B's rows are as before.
    pub(crate) fn all_ways_give<O: Debug>(&self, own: &O)
    where
        R: PartialEq<O>,
    {
        let (first, agreed) = &self.ways[0];
        for (way, run) in &self.ways {
            run.gives(way, own);
            assert_eq!(run.rows_of_a, agreed.rows_of_a, "{way} and {first}");
        }
    }

    /// The ways with policies agree; the filter alone betrays B's rows by an error, though it changes
    /// none of them.
    pub(crate) fn only_policies_give<O: Debug>(&self, own: &O, text: &str)
    where
        R: PartialEq<O>,
    {
        for (way, run) in &self.ways {
            if way.starts_with("filter alone") {
                let told = told(run.result.as_ref().unwrap_err());
                assert!(told.contains(text), "{way}: {told}");
                assert!(!run.b_changed, "{way}: B's rows have changed");
            } else {
                run.gives(way, own);
            }
        }
    }

    /// The server refuses in each way, without a value of B in the error's text.
    pub(crate) fn all_ways_fail(&self) {
        for (way, run) in &self.ways {
            match &run.result {
                Ok(found) => panic!("{way}: {found:?} instead of an error"),
                Err(error) => assert_silent(way, &told(error)),
            }
            assert!(!run.b_changed, "{way}: B's rows have changed");
        }
    }

    /// The control leaks: it gives something else, which the case names, or changes B's rows.
    pub(crate) fn control_gives<O: Debug>(&self, leak: &O)
    where
        R: PartialEq<O> + PartialEq,
    {
        let found = self.control.result.as_ref().unwrap();
        assert!(found == leak, "control: {found:?} instead of {leak:?}");
        let same = (self.ways[0].1.result.as_ref()).is_ok_and(|own| own == found);
        assert!(
            self.control.b_changed || !same,
            "the control must leak, but gives the same: {found:?}"
        );
    }

    /// The control fails with a text that shows or betrays B's rows.
    pub(crate) fn control_fails(&self, text: &str) {
        let error = self.control.result.as_ref().unwrap_err();
        let told = told(error);
        assert!(told.contains(text), "control: {told}");
    }
}

/// Asserts that a text has no value of B's rows in it.
pub(crate) fn assert_silent(what: &str, text: &str) {
    let tenant = B.0.to_string();
    for value in ["only b", "alpha b", "plan b", "plan-b", "org b", &tenant] {
        assert!(!text.contains(value), "{what}: {text}");
    }
}

/// Everything that an error tells.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::DatabaseError(_, info) => [
            Some(info.message()),
            info.details(),
            info.hint(),
            info.constraint_name(),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n"),
        error => error.to_string(),
    }
}
