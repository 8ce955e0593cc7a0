//! Many jobs of two tenants in turns, on one connection and on several.

use std::time::Duration;

use diesel::sql_types::Text;
use tenancy_diesel::CurrentTenant;
use tenancy_diesel::jobs::{self, JobOptions, Worker};

use crate::world::*;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use scoped_futures::ScopedFutureExt;
use tenancy_tests::{A, B, OrgId};

const JOBS: i32 = 10_000;

/// What each job says about the tenant for which it was enqueued.
fn body(tenant: OrgId, id: i32) -> String {
    let name = if tenant == A { "A" } else { "B" };
    format!("for {name}, {id}")
}

/// Enqueues every other job for A, and the others for B.
async fn enqueue(world: &World, jobs: i32) {
    for (tenant, other) in [(A, 0), (B, 1)] {
        let mut conn = world.scope(tenant).await;
        let ids = (0..jobs).filter(|id| id % 2 == other);
        let jobs: Vec<Comment> = ids.map(|id| Comment::new(id, &body(tenant, id))).collect();
        let all = jobs::enqueue_all(&mut conn, &jobs, &JobOptions::new()).await;
        assert_eq!(all.unwrap(), jobs.len());
    }
}

/// Rows that are not what the ledger of enqueued jobs says, in either direction.
fn differences(world: &World, jobs: i32) -> Vec<String> {
    let expected = |tenant: OrgId, other: i32| {
        format!(
            "SELECT '{}'::uuid AS tenant_id, n AS id, 'for {}, ' || n AS body
             FROM generate_series({other}, {jobs} - 1, 2) AS n",
            tenant.0,
            if tenant == A { "A" } else { "B" },
        )
    };
    world.lines(&format!(
        "WITH expected AS ({} UNION ALL {}), found AS (SELECT tenant_id, id, body FROM comments)
         (SELECT e::text FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM found) AS e)
         UNION ALL
         (SELECT f::text FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM expected) AS f)",
        expected(A, 0),
        expected(B, 1),
    ))
}

/// A handler that looks at all that could remain of another tenant before it writes.
fn watchful(job: jobs::Delivery<Comment>, conn: &mut Conn) -> Done<'_> {
    #[derive(QueryableByName)]
    struct Variable {
        #[diesel(sql_type = Text)]
        tenant: String,
    }

    async move {
        let tenant = *conn.tenant();
        let expected = if job.id % 2 == 0 { A } else { B };
        let variable: Variable =
            diesel::sql_query("SELECT current_setting('app.tenant_id') AS tenant")
                .get_result(conn)
                .await?;
        let agree = tenant == expected
            && CurrentTenant::try_get() == Ok(expected)
            && variable.tenant == expected.0.to_string()
            && job.body == body(expected, job.id);
        if !agree {
            return Err(jobs::Failure::give_up("a job met another tenant"));
        }
        job.write(conn).await?;
        Ok(())
    }
    .scope_boxed()
}

#[test]
fn a_worker_that_alternates_tenants_ten_thousand_times_mixes_nothing() {
    run(async {
        // One connection for all of them, so that each job follows one of the other tenant on it.
        let world = World::with_connections(1).await;
        enqueue(&world, JOBS).await;
        let worker = world
            .builder()
            .await
            .handle(watchful)
            .build()
            .await
            .unwrap();
        let report = worker.run_until_idle().await.unwrap();
        assert_eq!(
            (report.done, report.dead, report.retried),
            (JOBS as u64, 0, 0)
        );
        assert_eq!(differences(&world, JOBS), [""; 0]);
        assert_eq!(world.waiting(), 0);

        // Its jobs were done in turns: neighbours in time are of different tenants.
        let same = world.number(
            "SELECT count(*) FROM (
                 SELECT tenant = lag(tenant) OVER (ORDER BY done_at) AS same FROM tenancy.jobs_done
             ) AS d WHERE same",
        );
        assert_eq!(same, 0);

        // The control: a row of one tenant among those of the other is noticed.
        world.administer(&format!(
            "UPDATE comments SET tenant_id = '{}' WHERE id = 4001",
            A.0
        ));
        assert_eq!(differences(&world, JOBS).len(), 2);
    });
}

#[test]
fn workers_that_share_a_queue_run_each_job_once() {
    const SHARED: i32 = 600;
    run(async {
        let world = World::with_connections(6).await;
        enqueue(&world, SHARED).await;
        let worker = async || {
            let builder = Worker::builder(world.tenants.clone(), world.queue().await);
            let builder = builder
                .concurrency(3)
                .jobs_per_turn(2)
                .lease(Duration::from_secs(600));
            builder.handle(watchful).build().await.unwrap()
        };
        let (one, other) = (worker().await, worker().await);
        let (one, other) = tokio::join!(one.run_until_idle(), other.run_until_idle());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.done + other.done, SHARED as u64, "{one:?} {other:?}");
        assert_eq!(differences(&world, SHARED), [""; 0]);
    });
}

#[test]
fn a_tenant_with_many_jobs_does_not_keep_the_other_waiting() {
    run(async {
        let world = World::new().await;
        for id in 0..20 {
            world.enqueue(A, &Comment::new(id, "of many")).await;
        }
        world.enqueue(B, &Comment::new(0, "the only one")).await;
        world.worker().await.run_until_idle().await.unwrap();
        let before = world.number(
            "SELECT count(*) FROM tenancy.jobs_done WHERE done_at < (
                 SELECT done_at FROM tenancy.jobs_done WHERE tenant = convert_to(
                     '00000000-0000-0000-0000-00000000000b', 'UTF8'))",
        );
        assert_eq!(before, 1);
    });
}
