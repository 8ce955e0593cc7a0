//! Three roles, none of which can do the work of another.

use diesel::connection::SimpleConnection;
use tenancy_diesel::jobs::{JobsBuildError, Queue};

use crate::world::*;
use diesel::prelude::*;
use tenancy_tests::A;

fn refused(conn: &mut PgConnection, sql: &str) {
    let error = match conn.batch_execute(sql) {
        Err(error) => error.to_string(),
        Ok(()) => panic!("{sql} was done"),
    };
    assert!(error.contains("permission denied"), "{sql}: {error}");
}

async fn build(world: &World) -> Result<(), JobsBuildError> {
    let pool = world.pool_as(&world.worker_role()).await;
    let queue = Queue::build(pool, world.app_role()).await?;
    let worker = tenancy_diesel::jobs::Worker::builder(world.tenants.clone(), queue);
    worker.handle(write_comment).build().await.map(|_| ())
}

#[test]
fn the_application_adds_to_the_queue_and_does_nothing_else_with_it() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let mut app = world.raw();
        for sql in [
            "SELECT FROM tenancy.jobs",
            "SELECT envelope FROM tenancy.jobs",
            "UPDATE tenancy.jobs SET held_until = now()",
            "UPDATE tenancy.jobs SET envelope = envelope",
            "DELETE FROM tenancy.jobs",
            "TRUNCATE tenancy.jobs",
            "INSERT INTO tenancy.jobs (envelope) VALUES ('') RETURNING id",
            "INSERT INTO tenancy.jobs (envelope) VALUES ('')
             ON CONFLICT (id) DO UPDATE SET held_until = now()",
            "COPY tenancy.jobs TO STDOUT",
            "SELECT FROM tenancy.jobs_done",
            "DELETE FROM tenancy.jobs_done",
            "UPDATE tenancy.jobs_done SET done_at = now()",
            "INSERT INTO tenancy.jobs_done (id, tenant, done_at)
             VALUES (gen_random_uuid(), 'x', now())",
        ] {
            refused(&mut app, sql);
        }
    });
}

#[test]
fn the_worker_reads_no_table_of_a_tenant_and_writes_no_envelope() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let mut worker = world.connect_as(&world.worker_role());
        for sql in [
            "SELECT FROM projects",
            "SELECT FROM comments",
            "SELECT FROM organisations",
            "SELECT FROM billing.invoices",
            "INSERT INTO tenancy.jobs (envelope) VALUES ('')",
            "UPDATE tenancy.jobs SET envelope = envelope",
            "SELECT FROM tenancy.tenancy_keys",
        ] {
            refused(&mut worker, sql);
        }
        worker
            .batch_execute("SELECT envelope FROM tenancy.jobs")
            .unwrap();
    });
}

#[test]
fn the_queue_is_no_hole_in_the_isolation_of_the_application() {
    run(async {
        let world = World::new().await;
        for tenant in [A, tenancy_tests::B] {
            world.enqueue(tenant, &Comment::new(1, "waits")).await;
        }
        tenancy_testing::assert_isolated!(*world);
    });
}

#[test]
fn roles_that_can_do_more_than_they_should_are_refused() {
    run(async {
        let world = World::new().await;
        build(&world).await.unwrap();
        let (app, worker) = (world.app_role().to_owned(), world.worker_role());
        for (grant, revoke, expected) in [
            (
                format!("GRANT SELECT ON tenancy.jobs TO {app}"),
                format!("REVOKE SELECT ON tenancy.jobs FROM {app}"),
                "may read or change the queue",
            ),
            (
                format!("GRANT INSERT (dead_at) ON tenancy.jobs TO {app}"),
                format!("REVOKE INSERT (dead_at) ON tenancy.jobs FROM {app}"),
                "may read or change the queue",
            ),
            (
                format!("GRANT DELETE ON tenancy.jobs_done TO {app}"),
                format!("REVOKE DELETE ON tenancy.jobs_done FROM {app}"),
                "may read or change the queue",
            ),
            (
                format!("GRANT SELECT (body) ON comments TO {worker}"),
                format!("REVOKE SELECT (body) ON comments FROM {worker}"),
                "has privileges on `public.comments`",
            ),
            (
                format!("GRANT DELETE ON billing.invoices TO {worker}"),
                format!("REVOKE DELETE ON billing.invoices FROM {worker}"),
                "has privileges on `billing.invoices`",
            ),
            (
                format!("GRANT {app} TO {worker}"),
                format!("REVOKE {app} FROM {worker}"),
                "can become the application's role",
            ),
            (
                format!("GRANT {worker} TO {app}"),
                format!("REVOKE {worker} FROM {app}"),
                "is the application's role, or one that it can become",
            ),
            (
                format!("ALTER ROLE {worker} BYPASSRLS"),
                format!("ALTER ROLE {worker} NOBYPASSRLS"),
                "has BYPASSRLS",
            ),
            (
                format!("GRANT INSERT (envelope) ON tenancy.jobs TO {worker}"),
                format!("REVOKE INSERT (envelope) ON tenancy.jobs FROM {worker}"),
                "may write envelopes",
            ),
            (
                format!("REVOKE UPDATE (holder) ON tenancy.jobs FROM {worker}"),
                format!("GRANT UPDATE (holder) ON tenancy.jobs TO {worker}"),
                "lacks privileges",
            ),
        ] {
            world.administer(&grant);
            let Err(error) = build(&world).await else {
                panic!("{grant} is accepted")
            };
            let error = error.to_string();
            assert!(error.contains(expected), "{grant}: {error}");
            world.administer(&revoke);
            build(&world).await.unwrap();
        }
    });
}

#[test]
fn the_application_is_no_worker_and_neither_is_a_superuser() {
    run(async {
        let world = World::new().await;
        let as_app = Queue::build(world.pool_as(world.app_role()).await, world.app_role()).await;
        assert!(
            matches!(as_app, Err(JobsBuildError::UnsafeRole { .. })),
            "{as_app:?}"
        );
        let pool = world.pool_as(&world.worker_role()).await;
        let nobody = Queue::build(pool, "nobody_has_this_name").await;
        assert!(
            matches!(nobody, Err(JobsBuildError::UnknownApplicationRole { .. })),
            "{nobody:?}"
        );
        world.administer("DROP TABLE tenancy.jobs");
        let pool = world.pool_as(&world.worker_role()).await;
        let missing = Queue::build(pool, world.app_role()).await;
        assert!(
            matches!(missing, Err(JobsBuildError::NotMigrated)),
            "{missing:?}"
        );
    });
}
