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

mod outcome;
mod raw;
mod run;
mod shelf;

use diesel::PgConnection;
use diesel::r2d2::{ConnectionManager, PooledConnection};
use diesel_async::AsyncPgConnection;
use tenancy_tests::schema;

pub(crate) use self::outcome::{assert_silent, told};
pub(crate) use self::raw::{async_lines, lines};
pub(crate) use self::run::{block_on, run, run_raw};

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
