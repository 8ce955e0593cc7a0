//! Several statements of one scope in flight together.

use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::{StreamExt, join, try_join};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{ScopeError, Scoped};
use tenancy_tests::models::Status;
use tenancy_tests::schema::{countries, projects, tasks};
use tenancy_tests::{A, B};

use crate::line::{Conn, Line, cut_after};

async fn count(conn: &mut Conn) -> QueryResult<i64> {
    projects::table.count().get_result(conn).await
}

fn new(
    id: i32,
) -> (
    diesel::dsl::Eq<projects::id, i32>,
    diesel::dsl::Eq<projects::name, String>,
) {
    (projects::id.eq(id), projects::name.eq(format!("p{id}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_a_pipeline_are_sent_together_in_one_transaction() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for warm in [false, true] {
        line.reset();
        let got = conn
            .pipeline(async |conn| {
                try_join!(
                    conn.get_result::<i64, _>(projects::table.count()),
                    conn.get_result::<i64, _>(
                        tasks::table.filter(tasks::status.eq(Status::Open)).count()
                    ),
                    conn.get_result::<i64, _>(countries::table.count()),
                    conn.execute(diesel::sql_query("SELECT 1")),
                )
            })
            .await;
        assert_eq!(got, Ok((3, 2, 3, 1)));
        let sent = line.recorded();
        assert!(sent[0].starts_with("Query BEGIN;SET LOCAL"), "{sent:?}");
        let count = |word: &str| sent.iter().filter(|message| message.contains(word)).count();
        assert_eq!((count("BEGIN"), count("COMMIT")), (1, 1), "{sent:?}");
        if warm {
            // The first three, before any of them is answered.
            assert_eq!(sent[1..4], ["Bind", "Execute", "Sync"]);
            assert_eq!(sent[4..7], ["Bind", "Execute", "Sync"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_statement_of_a_pipeline_rolls_all_of_them_back() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for _ in 0..2 {
        let failed = conn
            .pipeline(async |conn| {
                try_join!(
                    conn.execute(insert_into(projects::table).values(new(50))),
                    conn.execute(insert_into(projects::table).values(new(1))),
                    conn.execute(insert_into(projects::table).values(new(51))),
                )
            })
            .await;
        assert!(
            matches!(
                failed,
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
            ),
            "{failed:?}"
        );
        assert_eq!(count(conn).await, Ok(3));
    }
}

/// `join!` waits for all, and the closure says `Ok` all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_in_a_pipeline_that_is_swallowed_is_not_a_commit() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for failing in 0..3 {
        let swallowed = conn
            .pipeline(async |conn| {
                let id = |at: i32| if at == failing { 1 } else { 50 + at };
                let (first, second, third) = join!(
                    conn.execute(insert_into(projects::table).values(new(id(0)))),
                    conn.execute(insert_into(projects::table).values(new(id(1)))),
                    conn.execute(insert_into(projects::table).values(new(id(2)))),
                );
                assert!(first.is_err() || second.is_err() || third.is_err());
                QueryResult::Ok(())
            })
            .await;
        assert_eq!(
            ScopeError::of(&swallowed.unwrap_err()),
            Some(&ScopeError::RolledBack),
            "{failing}"
        );
        assert_eq!(count(conn).await, Ok(3));
    }
}

/// A statement whose future was dropped may have failed, whatever the others say.
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_statement_of_a_pipeline_is_not_committed_unseen() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for _ in 0..2 {
        let unseen = conn
            .pipeline(async |conn| {
                let failing = conn.execute(insert_into(projects::table).values(new(1)));
                let fine = conn.get_result::<i64, _>(projects::table.count());
                let (dropped, fine) = join!(cut_after(1, failing), fine);
                assert!(dropped.is_none());
                // It was sent if it was prepared, and then the other one failed behind it.
                let _ = fine;
                QueryResult::Ok(())
            })
            .await;
        if let Err(error) = unseen {
            assert_eq!(ScopeError::of(&error), Some(&ScopeError::RolledBack));
        }
        assert_eq!(count(conn).await, Ok(3));
        let _ = insert_into(projects::table)
            .values(new(1))
            .execute(conn)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_in_a_transaction_is_part_of_it() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    let outer = conn
        .transaction(async |conn| {
            conn.pipeline(async |conn| {
                try_join!(
                    conn.execute(insert_into(projects::table).values(new(50))),
                    conn.execute(insert_into(projects::table).values(new(51))),
                )
            })
            .await?;
            assert_eq!(count(conn).await?, 5);
            Err::<(), _>(Error::RollbackTransaction)
        })
        .await;
    assert_eq!(outer, Err(Error::RollbackTransaction));
    assert_eq!(count(conn).await, Ok(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_of_two_tenants_on_one_thread_keep_apart() {
    let line = Line::new();
    let (mut a, mut b) = (
        line.scope().await,
        Scoped::open(line.raw().await, B).unwrap(),
    );
    for _ in 0..3 {
        let of = async |conn: &mut Conn| {
            conn.pipeline(async |conn| {
                try_join!(
                    conn.load(projects::table.select(projects::tenant_id)),
                    conn.load(tasks::table.select(tasks::tenant_id)),
                )
            })
            .await
        };
        let ((of_a, tasks_a), (of_b, tasks_b)) = try_join!(of(&mut a), of(&mut b)).unwrap();
        assert_eq!((of_a, tasks_a), (vec![A; 3], vec![A; 3]));
        assert_eq!((of_b, tasks_b), (vec![B; 4], vec![B; 4]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_cut_off_at_any_poll_leaves_no_tenant_behind() {
    let line = Line::new();
    for polls in 1..10 {
        let mut raw = line.raw().await;
        {
            let mut conn = Scoped::open(&mut raw, A).unwrap();
            let both = conn.pipeline(async |conn| {
                try_join!(
                    conn.get_result::<i64, _>(projects::table.count()),
                    conn.execute(insert_into(projects::table).values(new(60))),
                )
            });
            if cut_after(polls, both).await.is_some() {
                continue;
            }
        }
        let mut next = Scoped::open(&mut raw, B).unwrap();
        let count = projects::table.count().get_result::<i64>(&mut next).await;
        assert!(
            matches!(count, Err(Error::BrokenTransactionManager)),
            "{polls} polls"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_runs_in_a_spawned_task_and_streams() {
    let line = Line::new();
    let mut conn = line.scope().await;
    let sum = tokio::spawn(async move {
        conn.pipeline(async |conn| {
            conn.batch_execute("SELECT 1").await?;
            let one = conn.load_stream::<i32, _>(projects::table.select(projects::id));
            let two = conn.load_stream::<i32, _>(tasks::table.select(tasks::id));
            let (one, two) = try_join!(one, two)?;
            let ids: Vec<_> = one.chain(two).collect().await;
            ids.into_iter().sum::<QueryResult<i32>>()
        })
        .await
    });
    assert_eq!(sum.await.unwrap(), Ok(12));
}
