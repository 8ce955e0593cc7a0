//! Cut off anywhere, and run again.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tenancy_diesel::erasure::{ErasureError, StepKind};

use crate::world::{A, World, block_on, erasure};

/// Polls a future so many times, and drops it if it is not ready then.
async fn cut_off<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[test]
fn an_erasure_that_is_dropped_at_any_poll_is_finished_by_the_next() {
    let (mut polls, mut cut) = (1, 0);
    loop {
        let world = World::new();
        let others = world.others();
        let before = world.rows_of_a();
        let outcome = block_on(async {
            let erasure = erasure().batch(25);
            let mut conn = world.connect().await;
            let plan = erasure.plan(&mut conn, &A).await.unwrap();
            cut_off(erasure.execute(&mut conn, &plan, |_| ()), polls).await
        });
        assert_eq!(world.others(), others, "after {polls} polls");
        if outcome.is_some() {
            break;
        }
        cut += 1;
        let report = block_on(world.erase(&erasure().batch(25))).unwrap();
        world.assert_erased();
        assert_eq!(world.others(), others, "after {polls} polls");
        // Each row is counted once, whichever run deleted it. Only an erasure whose end was written is followed
        // by another one.
        let finished =
            world.number("SELECT count(*) AS number FROM tenancy.erasures WHERE kind = 'finish'");
        if finished == 1 {
            assert_eq!(
                report.items(StepKind::Rows),
                u64::try_from(before).unwrap(),
                "after {polls} polls"
            );
        }
        polls += 37;
    }
    assert!(cut > 3, "{cut} runs were cut off");
}

#[test]
fn a_backend_that_is_killed_after_any_step_is_an_error_and_the_next_run_goes_on() {
    for steps in [1, 2, 5, 9, 13] {
        let world = World::new();
        let others = world.others();
        let before = world.rows_of_a();
        let mut left = steps;
        let error = block_on(async {
            let erasure = erasure().batch(25);
            let mut conn = world.connect().await;
            let plan = erasure.plan(&mut conn, &A).await.unwrap();
            let kill = |_: &_| {
                left -= 1;
                if left == 0 {
                    world.texts(
                        "SELECT pg_terminate_backend(pid)::text AS text FROM pg_stat_activity \
                         WHERE datname = current_database() AND pid <> pg_backend_pid()",
                    );
                }
            };
            erasure.execute(&mut conn, &plan, kill).await.unwrap_err()
        });
        assert!(matches!(error, ErasureError::Database(_)), "{error}");
        let plan = block_on(world.plan(&erasure())).unwrap();
        assert!(plan.unfinished().is_some());
        assert!(plan.to_string().contains("goes on with erasure"));
        let report = block_on(world.erase(&erasure().batch(25))).unwrap();
        assert_eq!(Some(report.erasure.as_str()), plan.unfinished());
        assert_eq!(report.items(StepKind::Rows), u64::try_from(before).unwrap());
        assert_eq!(report.items(StepKind::Anonymised), 12);
        world.assert_erased();
        assert_eq!(world.others(), others);
    }
}

#[test]
fn two_that_erase_the_same_tenant_at_once_are_one_erasure() {
    let world = World::new();
    let others = world.others();
    let before = world.rows_of_a();
    let outcomes = block_on(async {
        let erasure = &erasure().batch(5);
        let run = async || {
            let mut conn = world.connect().await;
            let plan = erasure.plan(&mut conn, &A).await?;
            erasure.execute(&mut conn, &plan, |_| ()).await
        };
        futures_util::join!(run(), run())
    });
    let reports: Vec<_> = [outcomes.0, outcomes.1].into_iter().flatten().collect();
    assert!(!reports.is_empty());
    for report in &reports {
        assert_eq!(report, &reports[0]);
        assert_eq!(report.items(StepKind::Rows), u64::try_from(before).unwrap());
    }
    world.assert_erased();
    assert_eq!(world.others(), others);
}

#[test]
fn rows_that_somebody_holds_stop_it_and_the_next_run_goes_on() {
    let world = World::new();
    let mut holder = world.superuser();
    holder
        .batch_execute("BEGIN; SELECT FROM events WHERE tenant_id = 1 AND id = 7 FOR UPDATE")
        .unwrap();
    let erasure = erasure().lock_timeout(Duration::from_millis(20));
    let held = block_on(world.erase(&erasure)).unwrap_err();
    assert!(matches!(held, ErasureError::Database(_)), "{held}");
    assert!(world.rows_of_a() > 0);
    holder.batch_execute("ROLLBACK").unwrap();
    block_on(world.erase(&erasure)).unwrap();
    world.assert_erased();
}
