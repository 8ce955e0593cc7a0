//! The same session in turn for A and for B, in pools of one connection, of each asynchronous kind. Those of
//! synchronous connections are in `session`.

use std::future::poll_fn;
use std::task::Poll;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use tenancy_diesel::pool::AsyncScopePool;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{TenantPool, projects};
use tenancy_tests::{A, B, each_async_pool};

use super::session::{ATTACKS, TRACE, set_config};
use crate::harness::{async_lines, block_on};

/// What the next lease finds.
async fn trace<P: AsyncScopePool>(pool: &TenantPool<P>) -> String {
    let conn = &mut pool.scope(B).await.unwrap();
    let names = projects::table.order(projects::id).select(projects::name);
    assert_eq!(
        names.load::<String>(conn).await.unwrap(),
        ["alpha b", "beta b", "gamma b", "only b"]
    );
    async_lines(conn, TRACE).await.unwrap().remove(0)
}

#[test]
fn raw_sql_leaves_nothing_to_the_next_tenant() {
    let shop = Shop::new(Layers::Both);
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            let clean = trace(&pool).await;
            for attack in ATTACKS {
                let mut conn = pool.scope(A).await.unwrap();
                let query = diesel::sql_query(*attack);
                RunQueryDsl::execute(query, &mut conn).await.unwrap();
                drop(conn);
                assert_eq!(trace(&pool).await, clean, "{attack}");
            }
        });
    });
}

#[test]
fn fragments_and_functions_leave_nothing_to_the_next_tenant() {
    let shop = Shop::new(Layers::Both);
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            let clean = trace(&pool).await;
            for _ in 0..2 {
                let mut conn = pool.scope(A).await.unwrap();
                let fragment = sql::<Text>("set_config('search_path', 'elsewhere', false)");
                let query = projects::table.select(fragment);
                query.load::<String>(&mut conn).await.unwrap();
                drop(conn);
                assert_eq!(trace(&pool).await, clean);

                let mut conn = pool.scope(A).await.unwrap();
                let query = projects::table.select(set_config("search_path", "elsewhere", false));
                query.load::<String>(&mut conn).await.unwrap();
                drop(conn);
                assert_eq!(trace(&pool).await, clean);
            }
        });
    });
}

/// A connection that ends is replaced; one that has ended shows at its first statement and then is replaced.
#[test]
fn a_killed_session_is_not_used_for_the_next_tenant() {
    let shop = Shop::new(Layers::Both);
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            for in_transaction in [false, true] {
                let mut conn = pool.scope(A).await.unwrap();
                let kill = "SELECT pg_terminate_backend(pg_backend_pid())::text AS line";
                let killed = if in_transaction {
                    let closure = async |conn: &mut _| async_lines(conn, kill).await;
                    conn.transaction(closure).await
                } else {
                    async_lines(&mut conn, kill).await
                };
                assert!(killed.is_err());
                drop(conn);
                trace(&pool).await;
            }
        });
    });
}

/// Whatever A's transaction was doing when its future was dropped, B finds a clean session, and A's rows are
/// all there or none.
#[test]
fn a_transaction_dropped_at_each_point_leaves_nothing_to_the_next_tenant() {
    let shop = Shop::new(Layers::Both);
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            let clean = trace(&pool).await;
            for polls in 0.. {
                let mut conn = pool.scope(A).await.unwrap();
                let mut future = Box::pin(conn.transaction(async |conn| {
                    for id in [1000 + 2 * polls, 1001 + 2 * polls] {
                        insert_into(projects::table)
                            .values((projects::id.eq(id), projects::name.eq(format!("p{id}"))))
                            .execute(conn)
                            .await?;
                    }
                    QueryResult::Ok(())
                }));
                let mut left = polls;
                let finished = poll_fn(|context| match future.as_mut().poll(context) {
                    Poll::Ready(result) => Poll::Ready(result.map(|()| true)),
                    Poll::Pending if left == 0 => Poll::Ready(Ok(false)),
                    Poll::Pending => {
                        left -= 1;
                        Poll::Pending
                    }
                })
                .await
                .unwrap();
                drop(future);
                drop(conn);
                assert_eq!(trace(&pool).await, clean, "after {polls} polls");
                let mut conn = pool.scope(A).await.unwrap();
                let rows: i64 = projects::table.count().get_result(&mut conn).await.unwrap();
                assert_eq!(rows % 2, 1, "after {polls} polls: half a transaction");
                if finished {
                    assert!(polls > 2, "there were points to drop it at");
                    // For the next pool.
                    let new = projects::table.filter(projects::id.ge(1000));
                    delete(new).execute(&mut conn).await.unwrap();
                    break;
                }
            }
        });
    });
}

/// A failed COMMIT, a failed statement, and SQL that ends the transaction under the scope.
#[test]
fn a_failed_transaction_leaves_nothing_to_the_next_tenant() {
    let shop = Shop::new(Layers::Both);
    let deferred = "ALTER TABLE tasks ALTER CONSTRAINT tasks_tenant_id_project_id_fkey
                        DEFERRABLE INITIALLY DEFERRED";
    diesel::connection::SimpleConnection::batch_execute(&mut shop.superuser(), deferred).unwrap();
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            let clean = trace(&pool).await;
            for failing in [
                format!("INSERT INTO tasks VALUES ('{}', 50, 9, 'orphan')", A.0),
                "SELECT 1 / 0".to_owned(),
                "SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)".to_owned(),
                "COMMIT; SELECT 1 / 0".to_owned(),
                "ROLLBACK; BEGIN; SET app.tenant_id = 'x'; SELECT 1 / 0".to_owned(),
            ] {
                let mut conn = pool.scope(A).await.unwrap();
                let failed = conn
                    .transaction(async |conn| conn.batch_execute(&failing).await)
                    .await;
                assert!(failed.is_err(), "{failing}");
                drop(conn);
                assert_eq!(trace(&pool).await, clean, "{failing}");
            }
        });
    });
}

/// Futures of both tenants in turn on one thread, and a future that moves to another thread between its polls.
#[test]
fn futures_of_two_tenants_interleave_on_one_thread_and_move_to_another() {
    Shop::each(|shop| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (mut a, mut b) = (shop.async_scope(A).await, shop.async_scope(B).await);
            let query = projects::table.order(projects::id).select(projects::name);
            for _ in 0..4 {
                let (of_a, of_b) =
                    futures_util::join!(query.load::<String>(&mut a), query.load::<String>(&mut b));
                assert_eq!(of_a.unwrap(), ["alpha a", "beta a", "gamma a"]);
                assert_eq!(of_b.unwrap(), ["alpha b", "beta b", "gamma b", "only b"]);
            }
            let mut moved = Box::pin(async move { query.load::<String>(&mut a).await });
            assert!(futures_util::poll!(moved.as_mut()).is_pending());
            let of_b = query.load::<String>(&mut b);
            let of_a = std::thread::spawn(move || block_on(moved));
            assert_eq!(
                of_b.await.unwrap(),
                ["alpha b", "beta b", "gamma b", "only b"]
            );
            assert_eq!(
                of_a.join().unwrap().unwrap(),
                ["alpha a", "beta a", "gamma a"]
            );
        });
    });
}
