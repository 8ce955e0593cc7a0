//! A pool without a free connection, and a pool that keeps its size.

use std::future::poll_fn;
use std::task::Poll;

use diesel_async::SimpleAsyncConnection;
use tenancy_diesel::pool::{AsyncScopePool, CheckoutError, Error};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::TenantPool;
use tenancy_tests::{A, B, each_async_pool, pools};

use super::count;

#[tokio::test]
async fn an_exhausted_pool_is_a_typed_error_and_loses_no_connection() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        for _ in 0..2 {
            let mut only = pool.scope(A).await.unwrap();
            for refused in [pool.scope(B).await.err(), pool.shared().await.err()] {
                assert!(
                    matches!(refused, Some(Error::Checkout(CheckoutError::TimedOut(_)))),
                    "{refused:?}"
                );
            }
            assert_eq!(count(&mut only).await, Ok(3));
        }
        assert_eq!(count(&mut pool.scope(B).await.unwrap()).await, Ok(4));
    });
}

#[tokio::test]
async fn a_closed_pool_is_a_typed_error() {
    let shop = Shop::new(Layers::Both);
    let raw = pools::raw_deadpool(&shop.url(), 1);
    let pool: TenantPool<_> = TenantPool::builder(raw.clone()).build().await.unwrap();
    raw.close();
    assert!(matches!(
        pool.scope(A).await,
        Err(Error::Checkout(CheckoutError::Failed(_)))
    ));
}

/// Whatever a task was doing when it was dropped, the pool has as many connections as before.
#[tokio::test]
async fn a_checkout_dropped_at_each_point_loses_no_connection() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 2, |pool| {
        for polls in 0.. {
            let scope = Box::pin(pool.with_scope(A, async |conn| {
                count(conn).await?;
                Ok::<_, Error>(())
            }));
            let finished = polled(scope, polls).await;
            assert_eq!(rows_of_all(&pool, 2).await, [3, 4], "after {polls} polls");
            if finished {
                assert!(polls > 2, "there were points to drop it at");
                break;
            }
        }
    });
}

/// The same for a connection that is being opened.
#[tokio::test]
async fn a_connection_dropped_while_it_opens_leaves_room_for_another() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        for polls in 0.. {
            // What changes the session has the connection discarded.
            let mut conn = pool.scope(A).await.unwrap();
            conn.batch_execute("SET work_mem = '4MB'").await.unwrap();
            drop(conn);
            let finished = polled(Box::pin(pool.scope(A)), polls).await;
            assert_eq!(rows_of_all(&pool, 1).await, [3], "after {polls} polls");
            if finished {
                assert!(polls > 1, "there were points to drop it at");
                break;
            }
        }
    });
}

/// A waiter that gives up does not take the connection with it.
#[tokio::test]
async fn a_dropped_waiter_leaves_the_connection_to_the_next() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        for drop_first in [true, false] {
            let only = pool.scope(A).await.unwrap();
            let mut waiter = Box::pin(pool.scope(A));
            assert!(futures_util::poll!(waiter.as_mut()).is_pending());
            if drop_first {
                drop(waiter);
                drop(only);
            } else {
                // It has been given the connection when it is dropped.
                drop(only);
                drop(waiter);
            }
            assert_eq!(count(&mut pool.scope(B).await.unwrap()).await, Ok(4));
        }
    });
}

#[tokio::test]
async fn a_panic_in_a_closure_loses_no_connection() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 2, |pool| {
        for _ in 0..3 {
            let panicking = pool.clone();
            let task = tokio::spawn(async move {
                panicking
                    .with_scope(A, async |conn| {
                        conn.batch_execute("CREATE TEMP TABLE kept (id int)")
                            .await?;
                        if true {
                            panic!("on purpose");
                        }
                        Ok::<_, Error>(())
                    })
                    .await
            });
            assert!(task.await.is_err());
            assert_eq!(rows_of_all(&pool, 2).await, [3, 4]);
        }
    });
}

/// Takes all connections of the pool at once.
async fn rows_of_all<P: AsyncScopePool>(pool: &TenantPool<P>, size: usize) -> Vec<i64> {
    let mut scopes = Vec::new();
    for tenant in [A, B].into_iter().cycle().take(size) {
        scopes.push(pool.scope(tenant).await.unwrap());
    }
    let mut rows = Vec::new();
    for scope in &mut scopes {
        rows.push(count(scope).await.unwrap());
    }
    rows
}

/// Polls a future so many times, and tells whether it has finished.
async fn polled<F: Future<Output: std::fmt::Debug> + Unpin>(mut future: F, polls: i32) -> bool {
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match std::pin::Pin::new(&mut future).poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
