//! Work that is done once, although a job may be run more than once.

use diesel_async::AsyncConnection;
use scoped_futures::ScopedFutureExt;
use tenancy_diesel::jobs::Delivery;

use crate::world::*;
use diesel::prelude::*;
use tenancy_tests::A;

fn write_once(job: Delivery<Comment>, conn: &mut Conn) -> Done<'_> {
    async move {
        let all: QueryResult<()> = conn
            .transaction(async |conn| {
                if job.once(conn).await? {
                    job.write(conn).await?;
                }
                Ok(())
            })
            .await;
        all?;
        assert!(
            job.attempt() > 1,
            "lost after the commit, and before the queue knows"
        );
        Ok(())
    }
    .scope_boxed()
}

#[test]
fn work_in_one_transaction_with_its_mark_is_done_once() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "once")).await;
        let worker = world.builder().await.handle(write_once);
        let report = worker
            .build()
            .await
            .unwrap()
            .run_until_idle()
            .await
            .unwrap();
        // The second attempt finds the mark and is not even begun.
        assert_eq!((report.retried, report.repeated, report.done), (1, 1, 0));
        assert_eq!(world.comments(), ["A 1 once"]);
        assert_eq!(world.waiting(), 0);
    });
}

#[test]
fn work_without_a_mark_is_done_again() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "once")).await;
        let report = world
            .builder()
            .await
            .handle(|job: Delivery<Comment>, conn| {
                async move {
                    // The key of the second would be taken.
                    let again = Comment::new(job.attempt() as i32, &job.body);
                    again.write(conn).await?;
                    assert!(job.attempt() > 1, "lost");
                    Ok(())
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap()
            .run_until_idle()
            .await
            .unwrap();
        assert_eq!((report.retried, report.done), (1, 1));
        assert_eq!(world.comments(), ["A 1 once", "A 2 once"]);
    });
}

#[test]
fn a_mark_of_a_transaction_that_is_rolled_back_is_none() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "once")).await;
        let report = world
            .builder()
            .await
            .handle(|job: Delivery<Comment>, conn| {
                async move {
                    let all: QueryResult<()> = conn
                        .transaction(async |conn| {
                            assert!(job.once(conn).await?);
                            job.write(conn).await?;
                            if job.attempt() == 1 {
                                return Err(diesel::result::Error::RollbackTransaction);
                            }
                            assert!(!job.once(conn).await?);
                            Ok(())
                        })
                        .await;
                    Ok(all?)
                }
                .scope_boxed()
            })
            .build()
            .await
            .unwrap()
            .run_until_idle()
            .await
            .unwrap();
        assert_eq!((report.retried, report.done), (1, 1));
        assert_eq!(world.comments(), ["A 1 once"]);
    });
}
