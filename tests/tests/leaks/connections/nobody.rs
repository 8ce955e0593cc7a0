//! Connections on behalf of no tenant, from pools of each kind: they see no tenant's rows, and neither leave
//! nor find anything.

use diesel::connection::SimpleConnection;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::pools::{self, unchecked};
use tenancy_tests::schema::{REGISTRY, projects};
use tenancy_tests::{A, B, each_async_pool};

use super::session::{ATTACKS, TRACE};
use crate::harness::{async_lines, block_on, lines};

/// The number of rows in all tables of tenants.
fn count_all() -> String {
    let tables = REGISTRY.tables.iter().filter(|t| t.class.is_scoped());
    let counts = tables.map(|table| {
        let schema = table.schema.unwrap_or("public");
        format!("(SELECT count(*) FROM {schema}.{})", table.name)
    });
    let counts: Vec<String> = counts.collect();
    format!("SELECT ({})::text AS line", counts.join(" + "))
}

/// What raw SQL finds on shared connections of each kind.
fn found(shop: &Shop, sql: &str) -> Vec<String> {
    let url = shop.url();
    // What is wrong here on purpose would be refused.
    let mut found = lines(&mut unchecked::r2d2(&url, 1).shared().unwrap(), sql).unwrap();
    block_on(async {
        let bb8 = unchecked::bb8(&url, 1).await;
        let deadpool = unchecked::deadpool(&url, 1).await;
        found.extend(
            async_lines(&mut bb8.shared().await.unwrap(), sql)
                .await
                .unwrap(),
        );
        found.extend(
            async_lines(&mut deadpool.shared().await.unwrap(), sql)
                .await
                .unwrap(),
        );
    });
    found
}

#[test]
fn raw_sql_on_a_shared_connection_sees_no_row_of_any_tenant() {
    let shop = Shop::new(Layers::Both);
    assert_eq!(found(&shop, &count_all()), ["0"; 3]);
    let control = found(&Shop::new(Layers::FilterOnly), &count_all());
    assert!(control.iter().all(|rows| rows != "0"), "{control:?}");
}

#[test]
fn a_tenant_as_the_default_of_a_session_does_not_reach_a_shared_connection() {
    let shop = Shop::new(Layers::Both);
    let default = format!(
        "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET app.tenant_id = %L', current_database(), '{}'); END$$",
        B.0
    );
    shop.superuser().batch_execute(&default).unwrap();
    let sql = "SELECT count(*)::text AS line FROM projects";
    assert_eq!(lines(&mut shop.raw(), sql).unwrap(), ["4"], "the control");
    assert_eq!(found(&shop, sql), ["0"; 3]);
}

#[test]
fn raw_sql_on_a_shared_connection_writes_no_row_of_any_tenant() {
    let shop = Shop::new(Layers::Both);
    let before = (shop.rows_of(A), shop.rows_of(B));
    let insert = format!("INSERT INTO projects VALUES ('{}', 70, 'planted')", A.0);
    let plant = |insert: &str| {
        let pool = pools::r2d2(&shop.url(), 1);
        let planted = pool.shared().unwrap().batch_execute(insert);
        assert!(planted.is_err());
        block_on(async {
            each_async_pool!(shop.url(), 1, |pool| {
                let planted = pool.shared().await.unwrap().batch_execute(insert).await;
                assert!(planted.is_err());
            });
        });
    };
    plant(&insert);
    let delete =
        "WITH gone AS (DELETE FROM projects RETURNING 1) SELECT count(*)::text AS line FROM gone";
    assert_eq!(found(&shop, delete), ["0"; 3]);
    assert_eq!((shop.rows_of(A), shop.rows_of(B)), before);
    let control = Shop::new(Layers::FilterOnly);
    let pool = unchecked::r2d2(&control.url(), 1);
    pool.shared().unwrap().batch_execute(&insert).unwrap();
    assert_ne!(control.rows_of(A), before.0, "the control");
}

/// A session-level SET ends with the lease, and so does all else.
#[test]
fn raw_sql_on_a_shared_connection_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let variable = "SELECT current_setting('app.tenant_id', true) AS line";
    let set = format!("SET app.tenant_id = '{}'", B.0);
    let pool = pools::r2d2(&shop.url(), 1);
    let clean = lines(&mut pool.shared().unwrap(), TRACE).unwrap();
    for attack in ATTACKS.iter().copied().chain([set.as_str()]) {
        diesel::RunQueryDsl::execute(diesel::sql_query(attack), &mut pool.shared().unwrap())
            .unwrap();
        let after = lines(&mut pool.shared().unwrap(), TRACE).unwrap();
        assert_eq!(after, clean, "{attack}");
        let after = lines(&mut pool.shared().unwrap(), variable).unwrap();
        assert_eq!(after, [""], "{attack}");
    }
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            for attack in ATTACKS.iter().copied().chain([set.as_str()]) {
                let query = diesel::sql_query(attack);
                let mut conn = pool.shared().await.unwrap();
                query.execute(&mut conn).await.unwrap();
                drop(conn);
                let mut conn = pool.scope(A).await.unwrap();
                let after = async_lines(&mut conn, TRACE).await.unwrap();
                assert_eq!(after, clean, "{attack}");
                let rows: i64 = projects::table.count().get_result(&mut conn).await.unwrap();
                assert_eq!(rows, 3, "{attack}");
            }
        });
    });
}

/// In a pool of one connection, after A's scope.
#[test]
fn a_shared_connection_finds_nothing_of_the_scope_before() {
    let shop = Shop::new(Layers::Both);
    let all = "SELECT name AS line FROM projects";
    let pool = pools::r2d2(&shop.url(), 1);
    assert_eq!(lines(&mut pool.scope(A).unwrap(), all).unwrap().len(), 3);
    assert_eq!(lines(&mut pool.shared().unwrap(), all).unwrap(), [""; 0]);
    block_on(async {
        each_async_pool!(shop.url(), 1, |pool| {
            let mut conn = pool.scope(A).await.unwrap();
            assert_eq!(async_lines(&mut conn, all).await.unwrap().len(), 3);
            drop(conn);
            let mut conn = pool.shared().await.unwrap();
            assert_eq!(async_lines(&mut conn, all).await.unwrap(), [""; 0]);
        });
    });
}
