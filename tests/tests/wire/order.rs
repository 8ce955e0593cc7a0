//! The order of statement and COMMIT under bad circumstances. A statement that ran outside of its transaction would
//! find no rows, for the policies would have no tenant.

use diesel::connection::CacheSize;
use diesel::result::Error;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::TryStreamExt;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{AsyncScopeConnection, Scoped};
use tenancy_tests::schema::{Scoped as Scope, projects, tasks};
use tenancy_tests::{A, B};

use crate::line::{Line, cut_after};

/// A boxed query with a text of its own for each `n`.
async fn boxed<C: AsyncScopeConnection>(conn: &mut Scope<C>, n: usize) -> QueryResult<usize> {
    let mut query = projects::table.into_boxed();
    for i in 0..n {
        query = query.filter(projects::id.ne(1000 + i as i32));
    }
    let ids: Vec<i32> = query.select(projects::id).load(conn).await?;
    Ok(ids.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_prepared_first_is_not_overtaken() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for n in 0..40 {
        line.reset();
        assert_eq!(boxed(conn, n).await, Ok(3), "{n} filters");
        let sent = line.recorded();
        let execute = sent.iter().position(|message| message == "Execute");
        let parse = sent.iter().position(|message| message.starts_with("Parse"));
        assert!(sent[0].starts_with("Query BEGIN;SET LOCAL"), "{sent:?}");
        assert!(parse.is_some() && parse < execute, "{sent:?}");
        // The second execution is COMMIT, which is prepared.
        let of_commit = sent.iter().rposition(|message| message == "Execute");
        assert!(execute < of_commit, "{sent:?}");
        assert!(
            !sent.iter().any(|message| message == "Query COMMIT"),
            "{sent:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_without_budget_does_not_change_the_order() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for n in 0..20 {
        while tokio::task::coop::has_budget_remaining() {
            tokio::task::consume_budget().await;
        }
        assert_eq!(boxed(conn, n).await, Ok(3), "{n} filters");
        let ids = insert_into(projects::table)
            .values(
                (0..20)
                    .map(|i| {
                        (
                            projects::id.eq(2000 + i),
                            projects::name.eq(format!("x{i}")),
                        )
                    })
                    .collect::<Vec<_>>(),
            )
            .execute(conn)
            .await;
        assert_eq!(ids, Ok(20));
        let gone = delete(projects::table.filter(projects::id.ge(2000)));
        assert_eq!(gone.execute(conn).await, Ok(20));
    }
}

/// The scope knows nothing of the statement and takes the cache to be on: COMMIT waits in line all the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_order_holds_with_a_cache_that_is_off_unknown_to_the_scope() {
    let line = Line::new();
    let mut raw = line.raw().await;
    raw.set_prepared_statement_cache_size(CacheSize::Disabled);
    for n in 0..5 {
        let mut conn = Scoped::open(&mut raw, A).unwrap();
        let ids: Vec<i32> = projects::table
            .select(projects::id)
            .load(&mut conn)
            .await
            .unwrap();
        assert_eq!(ids.len(), 3, "run {n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_type_that_is_looked_up_first_is_not_overtaken() {
    let line = Line::new();
    for _ in 0..3 {
        let conn = &mut line.scope().await;
        for _ in 0..2 {
            let open = tasks::table.filter(tasks::status.eq(tenancy_tests::models::Status::Open));
            assert_eq!(open.count().get_result::<i64>(conn).await, Ok(2));
            let boxed = tasks::table
                .into_boxed()
                .filter(tasks::status.eq(tenancy_tests::models::Status::Open));
            assert_eq!(boxed.count().get_result::<i64>(conn).await, Ok(2));
        }
    }
}

/// Wherever a statement is cut off, the next scope has its own tenant or no connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_cut_off_at_any_poll_leaves_no_tenant_behind() {
    let line = Line::new();
    let mut went_on = 0;
    for form in 0..6 {
        for polls in 1..12 {
            let mut raw = line.raw().await;
            cut_off(&mut Scoped::open(&mut raw, A).unwrap(), form, polls).await;
            let next = &mut Scoped::open(&mut raw, B).unwrap();
            match projects::table.count().get_result::<i64>(next).await {
                Ok(rows) => {
                    assert_eq!(rows, 4, "form {form}, {polls} polls");
                    went_on += 1;
                }
                Err(error) => assert!(matches!(error, Error::BrokenTransactionManager), "{error}"),
            }
        }
    }
    assert!(went_on > 0, "some statements ended or had been sent whole");
}

async fn cut_off<C: AsyncScopeConnection>(conn: &mut Scope<C>, form: usize, polls: usize) {
    if form % 2 == 1 {
        boxed(conn, 1).await.unwrap();
    }
    match form / 2 {
        0 => drop(cut_after(polls, boxed(conn, 1)).await),
        1 => {
            let all = projects::table.select(projects::id);
            drop(cut_after(polls, all.load::<i32>(conn)).await);
        }
        _ => {
            // More rows than are held back: COMMIT is sent while they arrive.
            let many = projects::table.select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                "generate_series(1, 2000)",
            ));
            let few = cut_after(polls, async {
                let mut rows = many.load_stream::<i32>(conn).await.unwrap();
                assert!(rows.try_next().await.unwrap().is_some());
            });
            let _ = few.await;
        }
    }
}

/// The memory of what is prepared is the scope's where no pool keeps it, but COMMIT in line needs none.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_scope_on_a_known_connection_needs_one_round_trip() {
    let line = Line::new();
    let mut raw = line.raw().await;
    // Behind what the beginning of the connection has left to close.
    raw.batch_execute("SELECT 1").await.unwrap();
    let mut trips = Vec::new();
    for tenant in [A, B, A, B] {
        let conn = &mut Scoped::open(&mut raw, tenant).unwrap();
        line.reset();
        let count = projects::table.count().get_result::<i64>(conn).await;
        assert_eq!(count, Ok(if tenant == A { 3 } else { 4 }));
        trips.push(line.trips());
    }
    // The first prepares the statement and COMMIT.
    assert_eq!(trips, [3, 1, 1, 1]);
}
