//! The runs of a case.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::{A, B};

use super::outcome::{Outcome, Run};
use super::{AsyncScope, Scope, async_lines, lines, shelf};

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

/// Runs plain statements in a transaction with the variable set by hand, as an application without this
/// library would.
fn as_a<R>(
    conn: &mut PgConnection,
    run: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
) -> QueryResult<R> {
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SET LOCAL app.tenant_id = '{}'", A.0))?;
        run(conn)
    })
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
