//! The queue of apalis as a target of an erasure.

use tenancy_apalis::ApalisJobs;
use tenancy_core::CanonicalTenant;
use tenancy_core::erasure::Target;

use crate::world::*;

#[test]
fn an_erasure_takes_all_tasks_of_a_tenant_whatever_their_state_and_nothing_else() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &note(1, "done")).await;
        world.enqueue(B, &note(1, "done")).await;
        world.run().await;
        for id in 2..4 {
            world.enqueue(A, &note(id, "waits")).await;
            world.enqueue(B, &note(id, "waits")).await;
        }
        // Tasks of other queues, some of which look a little like sealed ones.
        for (at, job) in [
            "'\"+g\"'",
            "'\"+gAAAA\"'",
            "'{\"number\":2}'",
            "'\\xff00'",
            "''",
            "convert_to('\"+g' || repeat('A', 53) || '\"', 'UTF8')",
        ]
        .iter()
        .enumerate()
        {
            world.administer(&format!(
                "INSERT INTO apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
                 VALUES ('other-{at}', 'other', {job}, 'Pending', 0, 1, now(), 0)"
            ));
        }
        let target = ApalisJobs::new(world.queue.clone());
        let [a, b] = [A, B].map(|id| CanonicalTenant::of(&id).unwrap());
        assert_eq!(target.name(), "apalis");
        let of_a = target.count(&a).await.unwrap();
        assert_eq!(of_a.items, 3);
        assert_eq!(target.erase(&b).await.unwrap().items, 3);
        assert_eq!(target.count(&b).await.unwrap().items, 0);
        assert_eq!(target.erase(&b).await.unwrap().items, 0);
        assert_eq!(target.count(&a).await.unwrap(), of_a);
        assert_eq!(world.statuses().len(), 3 + 6);
        assert!(!target.copies().is_empty());
    });
}
