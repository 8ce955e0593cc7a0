//! Attempts, dead letters, and what they tell.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use diesel_async::{AsyncConnection, RunQueryDsl};
use scoped_futures::ScopedFutureExt;
use tenancy_diesel::jobs::{Delivery, Failure};

use crate::world::*;
use diesel::prelude::*;
use tenancy_tests::{A, B};

/// Runs one job of A, with a body that must not be told, with this handler.
async fn fail<F>(world: &World, handler: F) -> tenancy_diesel::jobs::Report
where
    F: for<'r> Fn(Delivery<Comment>, &'r mut Conn) -> Done<'r> + Send + Sync + 'static,
{
    world.enqueue(A, &Comment::new(1, "canary")).await;
    let worker = world.builder().await.handle(handler).build().await.unwrap();
    worker.run_until_idle().await.unwrap()
}

#[test]
fn a_job_that_fails_is_tried_again_in_its_scope() {
    run(async {
        let world = World::with_connections(1).await;
        world.enqueue(B, &Comment::new(1, "of b")).await;
        let tried = AtomicU32::new(0);
        let report = fail(&world, move |job, conn| {
            let attempt = tried.fetch_add(1, Ordering::Relaxed);
            async move {
                // Written and then rolled back, twice for A, with a job of B in between.
                let all: Result<(), Failure> = conn
                    .transaction(async |conn| {
                        job.write(conn).await?;
                        if job.body == "canary" && job.attempt() < 3 {
                            return Err(diesel::result::Error::RollbackTransaction);
                        }
                        Ok(())
                    })
                    .await
                    .map_err(Failure::from);
                assert!(attempt < 4);
                all
            }
            .scope_boxed()
        })
        .await;
        assert_eq!((report.done, report.retried, report.dead), (2, 2, 0));
        assert_eq!(world.comments(), ["A 1 canary", "B 1 of b"]);
    });
}

#[test]
fn a_job_that_fails_too_often_is_a_dead_letter_that_tells_no_value() {
    run(async {
        let world = World::new().await;
        let report = fail(&world, |job, conn| {
            async move {
                // The server's message quotes the value.
                diesel::sql_query(format!("SELECT '{}'::int4", job.body))
                    .execute(conn)
                    .await?;
                Ok(())
            }
            .scope_boxed()
        })
        .await;
        assert_eq!((report.done, report.retried, report.dead), (0, 2, 1));
        let dead = world.dead().await;
        assert_eq!(dead.len(), 1);
        assert_eq!((dead[0].attempts, dead[0].kind.as_str()), (3, "comment"));
        let tenant = dead[0].tenant.as_ref().unwrap();
        assert_eq!(tenant.as_str(), A.0.to_string());
        assert_eq!(dead[0].failure, "a statement failed: database_error");
        // Neither does anything else in the row.
        let row = world.lines("SELECT j FROM tenancy.jobs AS j").concat();
        assert!(row.contains("a statement failed"), "{row}");
        assert!(!row.contains("canary"), "{row}");
        let canary = world.number(
            "SELECT count(*) FROM tenancy.jobs WHERE position('canary'::bytea IN envelope) > 0",
        );
        assert_eq!(canary, 0);
    });
}

#[test]
fn a_handler_that_gives_up_is_not_asked_again() {
    run(async {
        let world = World::new().await;
        let report = fail(&world, |_, _| {
            async { Err(Failure::give_up("the account is closed")) }.scope_boxed()
        })
        .await;
        assert_eq!((report.retried, report.dead), (0, 1));
        assert_eq!(world.dead().await[0].failure, "the account is closed");
    });
}

#[test]
fn a_handler_that_panics_has_failed_and_its_connection_is_not_lost() {
    run(async {
        let world = World::with_connections(1).await;
        let report = fail(&world, |job, conn| {
            async move {
                let all: QueryResult<()> = conn
                    .transaction(async |conn| {
                        job.write(conn).await?;
                        assert!(job.attempt() == 3, "on purpose");
                        Ok(())
                    })
                    .await;
                Ok(all?)
            }
            .scope_boxed()
        })
        .await;
        assert_eq!((report.done, report.retried, report.dead), (1, 2, 0));
        assert_eq!(world.comments(), ["A 1 canary"]);
        // The only connection of the pool serves the other tenant, without anything of the first.
        world.enqueue(B, &Comment::new(1, "after a panic")).await;
        assert_eq!(world.worker().await.run_until_idle().await.unwrap().done, 1);
        assert_eq!(world.comments(), ["A 1 canary", "B 1 after a panic"]);
    });
}

#[test]
fn a_handler_that_panics_each_time_is_a_dead_letter() {
    run(async {
        let world = World::new().await;
        let report = fail(&world, |_, _| async { panic!("canary") }.scope_boxed()).await;
        assert_eq!((report.retried, report.dead), (2, 1));
        assert_eq!(world.dead().await[0].failure, "the handler panicked");
    });
}

#[test]
fn a_dead_letter_is_run_again_or_discarded_when_somebody_says_so() {
    run(async {
        let world = World::new().await;
        fail(&world, |_, _| {
            async { Err(Failure::give_up("no")) }.scope_boxed()
        })
        .await;
        let queue = world.queue().await;
        let id = world.dead().await[0].id;
        let worker = world.worker().await;
        assert_eq!(worker.run_until_idle().await.unwrap().done, 0);

        assert!(queue.redrive(id).await.unwrap());
        assert!(!queue.redrive(id).await.unwrap());
        assert!(!queue.discard(id).await.unwrap());
        assert_eq!(worker.run_until_idle().await.unwrap().done, 1);
        assert_eq!(world.comments(), ["A 1 canary"]);

        fail(&world, |_, _| {
            async { Err(Failure::give_up("no")) }.scope_boxed()
        })
        .await;
        let id = world.dead().await[0].id;
        assert!(queue.discard(id).await.unwrap());
        assert_eq!(world.waiting(), 0);
    });
}

#[test]
fn a_job_of_a_shredded_tenant_is_a_dead_letter_and_stays_closed() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "canary")).await;
        world.enqueue(B, &Comment::new(1, "of b")).await;
        world.keyring.shred(&A).await.unwrap();
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!((report.done, report.dead), (1, 1));
        let dead = world.dead().await;
        assert_eq!(dead[0].failure, "the tenant's keys were destroyed");
        assert_eq!(world.comments(), ["B 1 of b"]);
        // Not even when it is run again.
        world.queue().await.redrive(dead[0].id).await.unwrap();
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(report.dead, 1);
    });
}

#[test]
fn a_tenant_that_is_shredded_while_its_job_runs_enqueues_nothing_more() {
    run(async {
        let world = World::new().await;
        let refused: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, keyring) = (Arc::clone(&refused), world.keyring.clone());
        fail(&world, move |_, conn| {
            let (log, keyring) = (Arc::clone(&log), keyring.clone());
            async move {
                keyring.shred(&A).await.unwrap();
                let nested = tenancy_diesel::jobs::enqueue(conn, &Comment::new(2, "late")).await;
                log.lock().unwrap().push(nested.unwrap_err().to_string());
                Ok(())
            }
            .scope_boxed()
        })
        .await;
        assert_eq!(
            *refused.lock().unwrap(),
            ["the tenant's keys were destroyed"]
        );
        assert_eq!(world.waiting(), 0);
    });
}
