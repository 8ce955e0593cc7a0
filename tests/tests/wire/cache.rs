//! The statement cache switched off.

use diesel::connection::{CacheSize, Connection};
use diesel_async::{AsyncConnection as _, RunQueryDsl};
use futures_util::TryStreamExt;
use tenancy_diesel::Scoped;
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::prelude::*;
use tenancy_tests::schema::{TenantPool, projects};
use tenancy_tests::{A, B};

use crate::line::{Line, fence};

/// Of each statement: where it is prepared, executed and closed, and where its transaction ends.
fn assert_prepared_in_its_transaction(sent: &[String]) {
    let at = |what: &str| {
        sent.iter()
            .position(|message| message.starts_with(what))
            .unwrap_or_else(|| panic!("no {what} in {sent:?}"))
    };
    assert!(at("Query BEGIN;SET LOCAL") < at("Parse"), "{sent:?}");
    assert!(at("Parse") < at("Execute"), "{sent:?}");
    assert!(at("Execute") < at("Query COMMIT"), "{sent:?}");
    assert_eq!(
        sent.iter()
            .filter(|message| message.starts_with("Parse"))
            .count(),
        1,
        "{sent:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_without_a_cache_prepares_each_statement_in_its_transaction() {
    let line = Line::new();
    let mut conn = Scoped::open(line.raw().await, A).unwrap();
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    for _ in 0..3 {
        line.reset();
        assert_eq!(
            projects::table.count().get_result(&mut conn).await,
            Ok(3i64)
        );
        assert_prepared_in_its_transaction(&line.recorded());
        line.reset();
        let renamed = update(projects::table.find(1)).set(projects::name.eq("x"));
        assert_eq!(renamed.execute(&mut conn).await, Ok(1));
        assert_prepared_in_its_transaction(&line.recorded());
        let rows = projects::table
            .select(projects::id)
            .load_stream::<i32>(&mut conn)
            .await;
        assert_eq!(
            rows.unwrap().try_collect::<Vec<_>>().await.unwrap().len(),
            3
        );
    }
    conn.set_prepared_statement_cache_size(CacheSize::Unbounded);
    // The first prepares it, and COMMIT; then both are there.
    fence(&mut conn).await;
    fence(&mut conn).await;
    line.reset();
    fence(&mut conn).await;
    assert!(
        !line
            .recorded()
            .iter()
            .any(|message| message.starts_with("Parse"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_without_a_cache_keeps_nothing_prepared_from_lease_to_lease() {
    let line = Line::new();
    let manager =
        ConnectionManager::new(line.url()).prepared_statement_cache_size(CacheSize::Disabled);
    let pool = bb8::Pool::builder()
        .max_size(1)
        .test_on_check_out(false)
        .build(manager)
        .await
        .unwrap();
    let pool: TenantPool = TenantPool::builder(pool).build().await.unwrap();
    for (tenant, rows) in [(A, 3i64), (B, 4), (A, 3)] {
        let mut conn = pool.scope(tenant).await.unwrap();
        line.reset();
        assert_eq!(
            projects::table.count().get_result(&mut conn).await,
            Ok(rows)
        );
        assert_prepared_in_its_transaction(&line.recorded());
    }
    // Every statement is closed again.
    let mut conn = pool.scope(A).await.unwrap();
    let counted = diesel::sql_query("SELECT count(*) AS count FROM pg_prepared_statements")
        .get_result::<Count>(&mut conn)
        .await;
    assert_eq!(counted.unwrap().count, 1, "itself");
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// libpq prepares such a statement without a name.
#[test]
fn a_synchronous_scope_without_a_cache_names_no_statement() {
    let line = Line::new();
    let pg = PgConnection::establish(&line.url()).unwrap();
    let mut conn = Scoped::open(pg, A).unwrap();
    for (size, named) in [(CacheSize::Disabled, false), (CacheSize::Unbounded, true)] {
        Connection::set_prepared_statement_cache_size(&mut conn, size);
        for _ in 0..2 {
            let count = diesel::RunQueryDsl::get_result::<i64>(projects::table.count(), &mut conn);
            assert_eq!(count, Ok(3));
        }
        let counted = diesel::sql_query("SELECT count(*) AS count FROM pg_prepared_statements");
        let counted: Count = diesel::RunQueryDsl::get_result(counted, &mut conn).unwrap();
        // One without a name is not listed.
        assert_eq!(counted.count > 0, named);
    }
}
