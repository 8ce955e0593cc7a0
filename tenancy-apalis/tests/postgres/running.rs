//! Tasks that run for their tenant, and what the queue keeps of them.

use std::time::{Duration, SystemTime};

use apalis_core::error::BoxDynError;
use apalis_core::worker::builder::WorkerBuilder;
use tenancy_apalis::{
    EnqueueError, InScope, JobOptions, NotInScope, Reason, TenantJob, TenantLayer,
};
use tenancy_diesel::CurrentTenant;

use crate::world::*;

#[test]
fn a_task_runs_in_the_scope_of_its_tenant_after_one_of_another() {
    run(async {
        let world = World::new().await;
        for id in 0..20 {
            let (tenant, body) = if id % 2 == 0 {
                (A, "of a")
            } else {
                (B, "of b")
            };
            world.enqueue(tenant, &note(id, body)).await;
        }
        world.run().await;
        let notes = world.notes();
        assert_eq!(notes.len(), 20);
        for note in notes {
            assert!(note.starts_with("1 ") == note.ends_with("of a"), "{note}");
        }
    });
}

#[test]
fn the_queue_keeps_neither_payloads_nor_results_nor_errors() {
    async fn tell(
        _: TenantJob<Note>,
        InScope { job, scope }: InScope<Note, Conn>,
    ) -> Result<String, BoxDynError> {
        assert_eq!(CurrentTenant::try_get(), Ok(*scope.tenant()));
        match job.id {
            0 => Ok(job.body.clone()),
            1 => Err(job.body.clone().into()),
            _ => Err(Reason("the account is closed").into()),
        }
    }

    run(async {
        let world = World::new().await;
        for id in 0..3 {
            world.enqueue(A, &note(id, "canary")).await;
        }
        world.administer("UPDATE apalis.jobs SET max_attempts = 1");
        let worker = WorkerBuilder::new(world.name())
            .backend(world.storage())
            .layer(TenantLayer::new(world.tenants.clone()))
            .build(tell);
        worker.run_until(world.settled()).await.unwrap();
        let rows = world.lines("SELECT j || encode(j.job, 'escape') FROM apalis.jobs AS j");
        assert_eq!(rows.len(), 3);
        for row in &rows {
            assert!(!row.contains("canary"), "{row}");
        }
        let statuses = world.statuses().join("\n");
        assert!(statuses.contains("it may hold values"), "{statuses}");
        assert!(statuses.contains("the account is closed"), "{statuses}");
        // The control: what is kept is what the layer lets through.
        assert_eq!(statuses.matches("Done").count(), 1, "{statuses}");
    });
}

#[test]
fn a_scope_without_keys_enqueues_nothing() {
    run(async {
        let world = World::new().await;
        let scope = world.tenants.scope_without_keys(A).await.unwrap();
        let mut storage = world.storage();
        let refused =
            tenancy_apalis::enqueue(&mut storage, &scope, &note(1, "a"), &JobOptions::new()).await;
        assert!(matches!(refused, Err(EnqueueError::Seal(_))));
        assert_eq!(world.statuses(), [""; 0]);
    });
}

#[test]
fn a_task_of_a_shredded_tenant_is_given_up() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "canary")).await;
        world.keyring.shred(&A).await.unwrap();
        world.run().await;
        let statuses = world.statuses();
        assert!(statuses[0].starts_with("Killed"), "{statuses:?}");
        assert!(statuses[0].contains("keys were destroyed"), "{statuses:?}");
        assert_eq!(world.notes(), [""; 0]);
    });
}

#[test]
fn a_task_that_has_expired_is_given_up_and_one_for_later_waits() {
    run(async {
        let world = World::new().await;
        let (hour, now) = (Duration::from_secs(3600), SystemTime::now());
        let late = JobOptions::new().expires_at(now - hour);
        world.enqueue_with(A, &note(1, "late"), &late).await;
        world.run().await;
        assert!(world.statuses()[0].contains("has expired"));
        assert_eq!(world.notes(), [""; 0]);

        let early = JobOptions::new().not_before(now + hour);
        world.enqueue_with(A, &note(2, "early"), &early).await;
        let waiting = world
            .lines("SELECT count(*) FROM apalis.jobs WHERE run_at > now() + interval '50 minutes'");
        assert_eq!(waiting, ["1"]);
    });
}

#[test]
fn a_task_whose_tenant_cannot_be_had_for_now_is_tried_again_and_counted() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "a")).await;
        world.administer("UPDATE apalis.jobs SET max_attempts = 3");
        // The only connection is somebody else's.
        let held = world.tenants.scope(B).await.unwrap();
        world.run().await;
        let failed = world.lines("SELECT status || attempts || last_result FROM apalis.jobs");
        assert!(failed[0].starts_with("Failed3"), "{failed:?}");
        assert!(failed[0].contains("no connection"), "{failed:?}");
        drop(held);
        world.administer("UPDATE apalis.jobs SET max_attempts = 4");
        world.run().await;
        assert_eq!(world.notes(), ["1 1 a"]);
    });
}

#[test]
fn a_handler_without_the_layer_runs_nothing() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "a")).await;
        world.administer("UPDATE apalis.jobs SET max_attempts = 1");
        let worker = WorkerBuilder::new(world.name())
            .backend(world.storage())
            .build(write);
        worker.run_until(world.settled()).await.unwrap();
        assert!(world.statuses()[0].contains(&NotInScope::NoLayer.to_string()));
        assert_eq!(world.notes(), [""; 0]);
    });
}

#[test]
fn the_role_of_the_queue_reads_no_table_of_a_tenant() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "a")).await;
        let refused = sqlx::query("SELECT FROM notes").execute(&world.queue).await;
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("permission denied")
        );
        let app = sqlx::PgPool::connect(&world.database.url()).await.unwrap();
        let refused = sqlx::query("SELECT FROM apalis.jobs").execute(&app).await;
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("permission denied")
        );
    });
}
