//! The queue as a target of an erasure.

use tenancy_core::CanonicalTenant;
use tenancy_core::erasure::Target;
use tenancy_diesel::jobs::{Failure, JobOptions};

use crate::world::*;
use diesel::sql_types::Binary;
use diesel_async::RunQueryDsl;
use scoped_futures::ScopedFutureExt;
use tenancy_diesel::jobs::Delivery;
use tenancy_tests::{A, B};

#[test]
fn an_erasure_takes_all_jobs_of_a_tenant_and_no_other() {
    run(async {
        let world = World::new().await;
        // One that was done, one that is dead, one that waits and one that is due later, of each.
        for tenant in [A, B] {
            world.enqueue(tenant, &Comment::new(1, "done")).await;
        }
        world.worker().await.run_until_idle().await.unwrap();
        for tenant in [A, B] {
            world.enqueue(tenant, &Comment::new(2, "dead")).await;
        }
        let failing = world
            .builder()
            .await
            .handle(|_: Delivery<Comment>, _| async { Err(Failure::give_up("no")) }.scope_boxed());
        failing
            .build()
            .await
            .unwrap()
            .run_until_idle()
            .await
            .unwrap();
        for tenant in [A, B] {
            world.enqueue(tenant, &Comment::new(3, "waits")).await;
            let mut conn = world.scope(tenant).await;
            let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
            let options = JobOptions::new().not_before(later);
            tenancy_diesel::jobs::enqueue_with(&mut conn, &Comment::new(4, "later"), &options)
                .await
                .unwrap();
        }
        // And one that A has made up with B's name.
        let forged = forged_for_b(&world).await;
        let mut conn = world.scope(A).await;
        diesel::sql_query("INSERT INTO tenancy.jobs (envelope) VALUES ($1)")
            .bind::<Binary, _>(forged)
            .execute(&mut conn)
            .await
            .unwrap();
        drop(conn);

        let queue = world.queue().await;
        let [a, b] = [A, B].map(|id| CanonicalTenant::of(&id).unwrap());
        assert_eq!(queue.name(), "jobs");
        let before = queue.count(&a).await.unwrap();
        assert_eq!(before.items, 4);
        assert_eq!(queue.count(&b).await.unwrap().items, 5);
        assert_eq!(queue.erase(&b).await.unwrap().items, 5);
        let left = queue.count(&b).await.unwrap();
        assert_eq!((left.items, left.bytes), (0, Some(0)));
        assert_eq!(queue.erase(&b).await.unwrap().items, 0);
        assert_eq!(queue.count(&a).await.unwrap(), before);
        assert_eq!(world.waiting(), 3);

        // What is left of A runs.
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(report.done, 1);
        assert!(!queue.copies().is_empty());
    });
}

async fn forged_for_b(world: &World) -> Vec<u8> {
    let conn = world.scope(A).await;
    let job = tenancy_diesel::jobs::seal(&conn, &Comment::new(9, ""), &JobOptions::new()).unwrap();
    let mut bytes = job.envelope().as_bytes().to_vec();
    let tenant_at = 36 + "comment".len();
    bytes[tenant_at..tenant_at + 36].copy_from_slice(B.0.to_string().as_bytes());
    bytes
}

#[test]
fn a_tenant_that_is_erased_while_its_job_runs_leaves_no_mark_of_it() {
    run(async {
        let world = World::new().await;
        let queue = world.queue().await;
        world.enqueue(A, &Comment::new(1, "running")).await;
        let erasing = queue.clone();
        let worker = world
            .builder()
            .await
            .handle(move |_: Delivery<Comment>, _| {
                let queue = erasing.clone();
                async move {
                    let tenant = CanonicalTenant::of(&A).unwrap();
                    assert_eq!(queue.erase(&tenant).await.unwrap().items, 1);
                    Ok(())
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap();
        worker.run_until_idle().await.unwrap();
        let tenant = CanonicalTenant::of(&A).unwrap();
        assert_eq!(queue.count(&tenant).await.unwrap().items, 0);
    });
}
