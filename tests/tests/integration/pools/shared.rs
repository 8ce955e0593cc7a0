//! Connections on behalf of no tenant.

use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use tenancy_diesel::ScopeError;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::each_async_pool;
use tenancy_tests::schema::countries;

#[tokio::test]
async fn a_shared_connection_reads_shared_tables_in_transactions_of_its_own() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        let mut conn = pool.shared().await.unwrap();
        let rows: i64 = countries::table
            .count()
            .get_result(&mut conn)
            .await
            .unwrap();
        assert_eq!(rows, 3);
        let names = conn
            .transaction(async |conn| {
                let failed: QueryResult<()> = conn
                    .transaction(async |conn| conn.batch_execute("SELECT 1 / 0").await)
                    .await;
                assert!(failed.is_err());
                let names = countries::table.select(countries::label);
                names.load::<String>(conn).await
            })
            .await;
        assert_eq!(names.unwrap().len(), 3);
    });
}

#[tokio::test]
async fn a_swallowed_error_on_a_shared_connection_cannot_be_committed() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        let mut conn = pool.shared().await.unwrap();
        let error = conn
            .transaction(async |conn| {
                let _ = conn.batch_execute("SELECT 1 / 0").await;
                QueryResult::Ok(())
            })
            .await
            .unwrap_err();
        assert_eq!(ScopeError::of(&error), Some(&ScopeError::RolledBack));
    });
}

/// A transaction of its own that was cut off cannot be committed around.
#[tokio::test]
async fn a_cut_off_transaction_gives_a_shared_connection_up() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        let mut conn = pool.shared().await.unwrap();
        let outer: QueryResult<()> = conn
            .transaction(async |conn| {
                let mut cut_off = Box::pin(conn.transaction(async |conn| {
                    conn.batch_execute("SELECT 1").await?;
                    std::future::pending::<QueryResult<()>>().await
                }));
                assert!(futures_util::poll!(cut_off.as_mut()).is_pending());
                drop(cut_off);
                Ok(())
            })
            .await;
        assert!(outer.is_err());
        drop(conn);
        let mut conn = pool.shared().await.unwrap();
        let rows: i64 = countries::table
            .count()
            .get_result(&mut conn)
            .await
            .unwrap();
        assert_eq!(rows, 3);
    });
}
