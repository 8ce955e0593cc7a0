//! Somebody who writes into the tables of apalis.

use apalis_core::error::BoxDynError;
use apalis_core::worker::builder::WorkerBuilder;
use tenancy_apalis::{Envelope, InScope, JobOptions, TenantJob, TenantLayer};

use crate::world::*;

/// Changes the only task of the queue as somebody who knows its form.
async fn forge(world: &World, change: impl FnOnce(&mut Vec<u8>)) {
    let sql = "SELECT job FROM apalis.jobs";
    let job: Vec<u8> = sqlx::query_scalar(sql)
        .fetch_one(&world.queue)
        .await
        .unwrap();
    let envelope: Envelope = serde_json::from_slice(&job).unwrap();
    let mut bytes = envelope.as_bytes().to_vec();
    change(&mut bytes);
    let envelope = Envelope::parse(bytes).unwrap();
    sqlx::query("UPDATE apalis.jobs SET job = $1")
        .bind(serde_json::to_vec(&envelope).unwrap())
        .execute(&world.queue)
        .await
        .unwrap();
}

const TENANT_AT: usize = 36 + "note".len();

#[test]
fn a_task_that_was_given_the_name_of_another_tenant_is_given_up() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "of a")).await;
        forge(&world, |bytes| {
            assert_eq!(bytes[TENANT_AT], b'1');
            bytes[TENANT_AT] = b'2';
        })
        .await;
        world.run().await;
        let statuses = world.statuses();
        assert!(statuses[0].starts_with("Killed"), "{statuses:?}");
        assert!(statuses[0].contains("made up"), "{statuses:?}");
        assert_eq!(world.notes(), [""; 0]);
    });
}

#[test]
fn a_task_that_was_changed_is_given_up() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "of a")).await;
        forge(&world, |bytes| *bytes.last_mut().unwrap() ^= 1).await;
        world.run().await;
        assert!(world.statuses()[0].starts_with("Killed"));
        assert_eq!(world.notes(), [""; 0]);
        // The control: unchanged it runs.
        forge(&world, |bytes| *bytes.last_mut().unwrap() ^= 1).await;
        world.administer("UPDATE apalis.jobs SET status = 'Pending', attempts = 0");
        world.run().await;
        assert_eq!(world.notes(), ["1 1 of a"]);
    });
}

#[test]
fn a_copy_is_refused_by_its_key_and_under_another_one_does_no_work_that_is_done_once() {
    async fn once(
        _: TenantJob<Note>,
        InScope { job, mut scope }: InScope<Note, Conn>,
    ) -> Result<(), BoxDynError> {
        use diesel::QueryResult;
        use diesel_async::AsyncConnection;

        let all: QueryResult<()> = scope
            .transaction(async |conn| {
                if job.once(conn).await? {
                    write_in(conn, job.id, &job.body).await?;
                }
                Ok(())
            })
            .await;
        Ok(all?)
    }

    run(async {
        let world = World::new().await;
        let app = world.database.app_role().to_owned();
        let queue = world.database.server().role_name("queue");
        tenancy_migrations::grant_jobs(&mut world.database.superuser(), &app, &queue).unwrap();
        let keys = world.keyring.unlock(&A).await.unwrap();
        let id = tenancy_apalis::JobId::keyed::<Note>(&keys, "order 12").unwrap();
        let options = JobOptions::new().id(id);
        world.enqueue_with(A, &note(1, "once"), &options).await;

        let scope = world.tenants.scope(A).await.unwrap();
        let mut storage = world.storage();
        let again = tenancy_apalis::enqueue(&mut storage, &scope, &note(1, "once"), &options).await;
        assert!(again.is_err());
        drop(scope);

        world.administer(
            "INSERT INTO apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority,
                 metadata, idempotency_key)
             SELECT '01ARZ3NDEKTSV4RRFFQ69G5FAV', job_type, job, status, attempts, max_attempts, run_at, priority, metadata, 'other'
             FROM apalis.jobs",
        );
        let worker = WorkerBuilder::new(world.name())
            .backend(world.storage())
            .layer(TenantLayer::new(world.tenants.clone()))
            .build(once);
        worker.run_until(world.settled()).await.unwrap();
        assert_eq!(world.statuses().len(), 2);
        // Without `once` the second would have met the key of the first row, or written it twice.
        assert!(
            world
                .statuses()
                .iter()
                .all(|status| status.starts_with("Done"))
        );
        assert_eq!(world.notes(), ["1 1 once"]);
    });
}
