//! Workers that are stopped, killed, or lose their lease.

use std::sync::Arc;
use std::time::Duration;

use scoped_futures::ScopedFutureExt;
use tenancy_diesel::jobs::Delivery;
use tokio::sync::{Notify, oneshot};

use crate::world::*;
use diesel_async::AsyncConnection;
use tenancy_tests::{A, B};

/// A worker whose handler writes, says so, and never ends. Its transaction is not committed.
async fn stuck(world: &World, begun: Arc<Notify>, lease: Duration) -> ShopWorker {
    let builder = world.builder().await.lease(lease).grace(Duration::ZERO);
    let builder = builder.handle(move |job: Delivery<Comment>, conn| {
        let begun = Arc::clone(&begun);
        async move {
            let all: diesel::QueryResult<()> = conn
                .transaction(async |conn| {
                    job.write(conn).await?;
                    begun.notify_one();
                    std::future::pending().await
                })
                .await;
            Ok(all?)
        }
        .scope_boxed()
    });
    builder.build().await.unwrap()
}

#[test]
fn a_job_that_is_cut_off_by_a_shutdown_runs_again_and_leaves_nothing() {
    run(async {
        let world = World::with_connections(1).await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let begun = Arc::new(Notify::new());
        let worker = stuck(&world, Arc::clone(&begun), Duration::from_secs(600)).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            worker
                .run(async {
                    let _ = stopped.await;
                })
                .await
        });
        begun.notified().await;
        stop.send(()).unwrap();
        let report = task.await.unwrap();
        assert_eq!((report.interrupted, report.done), (1, 0));
        assert_eq!(world.comments(), [""; 0]);
        // It is in the queue again at once, and the attempt is not counted.
        assert_eq!(
            world.lines("SELECT attempts || ' ' || (holder IS NULL)::text FROM tenancy.jobs"),
            ["0 true"]
        );
        // The only connection serves another tenant.
        world.enqueue(B, &Comment::new(1, "of b")).await;
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(report.done, 2);
        assert_eq!(world.comments(), ["A 1 of a", "B 1 of b"]);
    });
}

#[test]
fn a_job_that_runs_when_the_worker_is_stopped_may_end() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "first")).await;
        world.enqueue(A, &Comment::new(2, "second")).await;
        let begun = Arc::new(Notify::new());
        let go_on = Arc::new(Notify::new());
        let (announce, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
        let worker = world
            .builder()
            .await
            .handle(move |job: Delivery<Comment>, conn| {
                let (announce, wait) = (Arc::clone(&announce), Arc::clone(&wait));
                async move {
                    announce.notify_one();
                    wait.notified().await;
                    job.write(conn).await?;
                    Ok(())
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            worker
                .run(async {
                    let _ = stopped.await;
                })
                .await
        });
        begun.notified().await;
        stop.send(()).unwrap();
        go_on.notify_one();
        let report = task.await.unwrap();
        // The second was not begun.
        assert_eq!((report.done, report.interrupted), (1, 0));
        assert_eq!(world.comments(), ["A 1 first"]);
        assert_eq!(world.waiting(), 1);
    });
}

#[test]
fn the_job_of_a_worker_that_was_killed_comes_back_when_its_lease_is_over() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let begun = Arc::new(Notify::new());
        let worker = stuck(&world, Arc::clone(&begun), Duration::from_secs(600)).await;
        let task = tokio::spawn(async move { worker.run(std::future::pending()).await });
        begun.notified().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());

        let other = world.worker().await;
        assert_eq!(other.run_until_idle().await.unwrap().done, 0);
        // Ten minutes later.
        world.administer("UPDATE tenancy.jobs SET held_until = now()");
        assert_eq!(other.run_until_idle().await.unwrap().done, 1);
        assert_eq!(world.comments(), ["A 1 of a"]);
    });
}

#[test]
fn a_worker_that_lost_its_lease_settles_nothing() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "by the second")).await;
        let begun = Arc::new(Notify::new());
        let go_on = Arc::new(Notify::new());
        let (announce, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
        let slow = world
            .builder()
            .await
            .handle(move |_: Delivery<Comment>, _| {
                let (announce, wait) = (Arc::clone(&announce), Arc::clone(&wait));
                async move {
                    announce.notify_one();
                    wait.notified().await;
                    Err(tenancy_diesel::jobs::Failure::give_up("too late"))
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap();
        let task = tokio::spawn(async move { slow.run_until_idle().await });
        begun.notified().await;
        world.administer("UPDATE tenancy.jobs SET held_until = now()");
        assert_eq!(world.worker().await.run_until_idle().await.unwrap().done, 1);
        go_on.notify_one();
        task.await.unwrap().unwrap();
        // The verdict of the first is not that of the job.
        assert_eq!(world.dead().await, []);
        assert_eq!(world.comments(), ["A 1 by the second"]);
    });
}

#[test]
fn a_running_job_keeps_its_lease_and_is_cut_off_when_it_is_erased() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let begun = Arc::new(Notify::new());
        let worker = stuck(&world, Arc::clone(&begun), Duration::from_secs(1)).await;
        let task = tokio::spawn(async move { worker.run_until_idle().await });
        begun.notified().await;
        let held = "SELECT count(*) FROM tenancy.jobs WHERE held_until > enqueued_at + interval '2 seconds'";
        while world.number(held) == 0 {
            tokio::task::yield_now().await;
        }
        world.administer("DELETE FROM tenancy.jobs");
        let report = task.await.unwrap().unwrap();
        assert_eq!((report.lost, report.done), (1, 0));
        assert_eq!(world.comments(), [""; 0]);
    });
}

#[test]
fn what_was_done_long_ago_is_forgotten() {
    run(async {
        let world = World::new().await;
        let tenant = format!("convert_to('{}', 'UTF8')", A.0);
        world.administer(&format!(
            "INSERT INTO tenancy.jobs_done (id, tenant, expires_at, done_at)
             SELECT gen_random_uuid(), {tenant}, expires_at, now() - done
             FROM (VALUES
                 (NULL::timestamptz, interval '29 days'),
                 (NULL, interval '31 days'),
                 (now() + interval '1 day', interval '99 days'),
                 (now() - interval '1 day', interval '2 days')
             ) AS v (expires_at, done)"
        ));
        let worker = world.worker().await;
        // An idle worker that is stopped after it has looked.
        let report = worker
            .run(async {
                while world.number("SELECT count(*) FROM tenancy.jobs_done") == 4 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        assert_eq!(report.unreachable, 0);
        assert_eq!(
            world.lines(
                "SELECT extract(day FROM now() - done_at) FROM tenancy.jobs_done ORDER BY 1"
            ),
            ["29", "99"]
        );
    });
}
