//! What a handler is given, and what it is not.

use std::sync::{Arc, Mutex};

use diesel_async::RunQueryDsl;
use scoped_futures::ScopedFutureExt;
use serde::{Deserialize, Serialize};
use tenancy_diesel::jobs::{self, Delivery, Job, JobsBuildError, Worker};
use tenancy_diesel::{CurrentTenant, CurrentTenantError};

use crate::world::*;
use diesel::prelude::*;
use tenancy_tests::{A, B, OrgId, pools, schema};

/// Enqueues a comment, and another visit until there were enough.
#[derive(Debug, Serialize, Deserialize)]
struct Visit {
    times: i32,
}

impl Job for Visit {
    const KIND: &'static str = "visit";
}

fn visit(job: Delivery<Visit>, conn: &mut Conn) -> Done<'_> {
    use diesel_async::AsyncConnection;

    async move {
        conn.transaction(async |conn| {
            jobs::enqueue(conn, &Comment::new(job.times, "nested")).await?;
            if job.times > 1 {
                let times = job.times - 1;
                jobs::enqueue(conn, &Visit { times }).await?;
            }
            QueryResult::Ok(())
        })
        .await?;
        Ok(())
    }
    .scope_boxed()
}

#[test]
fn a_job_runs_in_the_scope_of_its_tenant_after_one_of_another() {
    run(async {
        let world = World::with_connections(1).await;
        let worker = world.worker().await;
        for (tenant, body) in [
            (B, "of b"),
            (A, "of a"),
            (B, "of b again"),
            (A, "of a again"),
        ] {
            let id = world.comments().len() as i32;
            world.enqueue(tenant, &Comment::new(id, body)).await;
            assert_eq!(worker.run_until_idle().await.unwrap().done, 1);
        }
        assert_eq!(
            world.comments(),
            ["A 1 of a", "A 3 of a again", "B 0 of b", "B 2 of b again"]
        );
    });
}

#[test]
fn a_handler_sees_the_rows_of_its_tenant_alone() {
    run(async {
        let world = World::new().await;
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&seen);
        let worker = world
            .builder()
            .await
            .handle(move |_: Delivery<Comment>, conn| {
                let log = Arc::clone(&log);
                async move {
                    let names: Vec<String> = schema::projects::table
                        .order(schema::projects::id)
                        .select(schema::projects::name)
                        .load(conn)
                        .await?;
                    log.lock().unwrap().extend(names);
                    Ok(())
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap();
        world.enqueue(A, &Comment::new(1, "")).await;
        worker.run_until_idle().await.unwrap();
        assert_eq!(*seen.lock().unwrap(), ["alpha a", "beta a", "gamma a"]);
        seen.lock().unwrap().clear();
        world.enqueue(B, &Comment::new(1, "")).await;
        worker.run_until_idle().await.unwrap();
        assert_eq!(
            *seen.lock().unwrap(),
            ["alpha b", "beta b", "gamma b", "only b"]
        );
    });
}

#[test]
fn the_tenant_of_the_task_is_that_of_the_job_and_nothing_around_it() {
    run(async {
        let world = World::new().await;
        let seen: Arc<Mutex<Vec<Result<OrgId, CurrentTenantError>>>> = Arc::default();
        let log = Arc::clone(&seen);
        let worker = world
            .builder()
            .await
            .handle(move |_: Delivery<Comment>, _| {
                let log = Arc::clone(&log);
                async move {
                    log.lock().unwrap().push(CurrentTenant::try_get());
                    Ok(())
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap();
        for tenant in [B, A] {
            world.enqueue(tenant, &Comment::new(1, "")).await;
        }
        // Who starts the worker works for somebody else.
        let report = CurrentTenant::enter(B, worker.run_until_idle()).await;
        assert_eq!(report.unwrap().unwrap().done, 2);
        assert_eq!(*seen.lock().unwrap(), [Ok(A), Ok(B)]);
        assert_eq!(
            CurrentTenant::<OrgId>::try_get(),
            Err(CurrentTenantError::Absent)
        );
    });
}

#[test]
fn a_handler_enqueues_for_its_own_tenant() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Visit { times: 3 }).await;
        world.enqueue(B, &Visit { times: 1 }).await;
        let builder = world.builder().await.handle(visit).handle(write_comment);
        let report = builder.build().await.unwrap().run_until_idle().await;
        assert_eq!(report.unwrap().done, 8);
        assert_eq!(
            world.comments(),
            ["A 1 nested", "A 2 nested", "A 3 nested", "B 1 nested"]
        );
    });
}

#[test]
fn a_job_without_a_handler_stays_for_a_worker_that_has_one() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Visit { times: 1 }).await;
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!((report.done, report.dead), (0, 0));
        assert_eq!(world.waiting(), 1);
        let builder = world.builder().await.handle(visit).handle(write_comment);
        let report = builder.build().await.unwrap().run_until_idle().await;
        assert_eq!(report.unwrap().done, 2);
    });
}

#[test]
fn two_handlers_for_one_kind_and_a_pool_without_keys_are_refused() {
    run(async {
        let world = World::new().await;
        let twice = world
            .builder()
            .await
            .handle(write_comment)
            .handle(write_comment);
        let refused = twice.build().await;
        assert!(
            matches!(refused, Err(JobsBuildError::SameKind { kind: "comment" })),
            "{refused:?}"
        );
        let keyless = pools::bb8(&world.url(), 1).await;
        let refused = Worker::builder(keyless, world.queue().await).build().await;
        assert!(
            matches!(refused, Err(JobsBuildError::NoKeys)),
            "{refused:?}"
        );
    });
}
