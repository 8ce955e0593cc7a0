//! From a scope, in its transaction, and not otherwise.

use std::time::{Duration, SystemTime};

use diesel::result::Error as QueryError;
use diesel_async::AsyncConnection;
use tenancy_diesel::Scoped;
use tenancy_diesel::jobs::{self, EnqueueError, JobId, JobOptions};

use crate::world::*;
use diesel::prelude::*;
use tenancy_tests::{A, B};

#[test]
fn a_job_of_a_transaction_that_is_rolled_back_never_runs() {
    run(async {
        let world = World::new().await;
        let mut conn = world.scope(A).await;
        let rolled_back: QueryResult<()> = conn
            .transaction(async |conn| {
                Comment::new(1, "with the transaction").write(conn).await?;
                jobs::enqueue(conn, &Comment::new(2, "never")).await?;
                Err(QueryError::RollbackTransaction)
            })
            .await;
        assert!(rolled_back.is_err());
        assert_eq!(world.waiting(), 0);

        // The control: the same with a commit.
        let committed: QueryResult<()> = conn
            .transaction(async |conn| {
                Comment::new(1, "with the transaction").write(conn).await?;
                jobs::enqueue(conn, &Comment::new(2, "run")).await?;
                Ok(())
            })
            .await;
        committed.unwrap();
        drop(conn);
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(report.done, 1);
        assert_eq!(world.comments(), ["A 1 with the transaction", "A 2 run"]);
    });
}

#[test]
fn a_job_of_a_savepoint_that_is_rolled_back_never_runs() {
    run(async {
        let world = World::new().await;
        let mut conn = world.scope(A).await;
        let outer: QueryResult<()> = conn
            .transaction(async |conn| {
                let inner: QueryResult<()> = conn
                    .transaction(async |conn| {
                        jobs::enqueue(conn, &Comment::new(1, "never")).await?;
                        Err(QueryError::RollbackTransaction)
                    })
                    .await;
                assert!(inner.is_err());
                jobs::enqueue(conn, &Comment::new(2, "run")).await?;
                Ok(())
            })
            .await;
        outer.unwrap();
        drop(conn);
        world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(world.comments(), ["A 2 run"]);
    });
}

#[test]
fn a_worker_does_not_see_a_job_before_its_transaction_is_committed() {
    run(async {
        let world = World::new().await;
        let worker = world.worker().await;
        let mut conn = world.scope(A).await;
        let committed: QueryResult<()> = conn
            .transaction(async |conn| {
                jobs::enqueue(conn, &Comment::new(1, "later")).await?;
                assert_eq!(worker.run_until_idle().await.unwrap().done, 0);
                Ok(())
            })
            .await;
        committed.unwrap();
        assert_eq!(worker.run_until_idle().await.unwrap().done, 1);
    });
}

#[test]
fn a_scope_without_keys_enqueues_nothing() {
    run(async {
        let world = World::new().await;
        let mut conn = world.tenants.scope_without_keys(A).await.unwrap();
        let refused = jobs::enqueue(&mut conn, &Comment::new(1, "a")).await;
        assert!(matches!(refused, Err(EnqueueError::NoKeys)), "{refused:?}");
        assert_eq!(world.waiting(), 0);
    });
}

#[test]
fn a_synchronous_scope_enqueues_too() {
    run(async {
        let world = World::new().await;
        let keys = world.keyring.unlock(&B).await.unwrap();
        let mut conn = Scoped::open(world.raw(), B).unwrap();
        let refused = jobs::enqueue_blocking(&mut conn, &Comment::new(1, "a"));
        assert!(matches!(refused, Err(EnqueueError::NoKeys)), "{refused:?}");
        let mut conn = conn_with(conn, keys);
        assert!(
            jobs::enqueue_blocking(&mut conn, &Comment::new(1, "sync"))
                .unwrap()
                .is_new
        );
        world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(world.comments(), ["B 1 sync"]);
    });
}

fn conn_with(
    conn: tenancy_tests::schema::Scoped<PgConnection>,
    keys: tenancy_diesel::encryption::TenantKeys,
) -> tenancy_tests::schema::Scoped<PgConnection> {
    conn.with_keys(keys).unwrap()
}

#[test]
fn a_job_under_a_key_of_the_application_is_enqueued_once() {
    run(async {
        let world = World::new().await;
        let keys = world.keyring.unlock(&A).await.unwrap();
        let id = JobId::keyed::<Comment>(&keys, "order 12").unwrap();
        let options = JobOptions::new().id(id);
        let job = Comment::new(1, "order 12");
        let mut conn = world.scope(A).await;
        let enqueue = async |conn: &mut Conn| jobs::enqueue_with(conn, &job, &options).await;
        assert!(enqueue(&mut conn).await.unwrap().is_new);
        // In a transaction too: nothing is aborted by it.
        let again: QueryResult<()> = conn
            .transaction(async |conn| {
                let again = enqueue(conn).await?;
                assert_eq!((again.is_new, again.id), (false, id));
                Comment::new(2, "beside it").write(conn).await
            })
            .await;
        again.unwrap();
        drop(conn);

        let worker = world.worker().await;
        assert_eq!(worker.run_until_idle().await.unwrap().done, 1);
        // After it was done, it is enqueued and not run.
        let mut conn = world.scope(A).await;
        assert!(enqueue(&mut conn).await.unwrap().is_new);
        let report = worker.run_until_idle().await.unwrap();
        assert_eq!((report.done, report.repeated), (0, 1));
        assert_eq!(world.comments(), ["A 1 order 12", "A 2 beside it"]);
    });
}

#[test]
fn a_job_waits_for_its_time() {
    run(async {
        let world = World::new().await;
        let mut conn = world.scope(A).await;
        let later = SystemTime::now() + Duration::from_secs(3600);
        let options = JobOptions::new().not_before(later);
        jobs::enqueue_with(&mut conn, &Comment::new(1, "later"), &options)
            .await
            .unwrap();
        drop(conn);
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!((report.done, report.retried), (0, 0));
        assert_eq!(world.waiting(), 1);
    });
}

#[test]
fn a_job_that_has_expired_is_a_dead_letter() {
    run(async {
        let world = World::new().await;
        let mut conn = world.scope(A).await;
        let past = SystemTime::now() - Duration::from_secs(3600);
        let options = JobOptions::new().expires_at(past);
        jobs::enqueue_with(&mut conn, &Comment::new(1, "late"), &options)
            .await
            .unwrap();
        drop(conn);
        let report = world.worker().await.run_until_idle().await.unwrap();
        assert_eq!(report.dead, 1);
        assert_eq!(world.dead().await[0].failure, "the job has expired");
        assert_eq!(world.comments(), [""; 0]);
    });
}
