//! Scopes with a sealer, on each kind of connection and wherever the variable is set.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager as R2d2Manager, Pool};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::prelude::*;
use tenancy_diesel::sealed::SealRefusal;
use tenancy_diesel::{ScopeError, Scoped};
use tenancy_testing::{PgServer, proxy::WireProxy};
use tenancy_tests::schema::{self, TenantPool, files, projects};
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, lines, sealer};

const VALUE: &str = "SELECT current_setting('app.tenant_id', true) AS line";

fn count(conn: &mut schema::Scoped<impl tenancy_diesel::SyncScopeConnection>) -> QueryResult<i64> {
    RunQueryDsl::get_result(projects::table.count(), conn)
}

async fn count_async<C: tenancy_diesel::AsyncScopeConnection>(
    conn: &mut schema::Scoped<C>,
) -> QueryResult<i64> {
    diesel_async::RunQueryDsl::get_result(projects::table.count(), conn).await
}

#[test]
fn statements_and_transactions_of_a_synchronous_scope_see_their_tenant() {
    for mode in [Mode::Sealed, Mode::Strict] {
        let shop = Shop::new(mode);
        for (tenant, rows) in [(A, 3), (B, 4)] {
            let mut scope = shop.scope_of(tenant);
            assert_eq!(count(&mut scope), Ok(rows));
            let inside = scope.transaction(|conn| {
                conn.transaction(|conn| {
                    insert_into(projects::table)
                        .values((projects::id.eq(50), projects::name.eq("new")))
                        .execute(conn)
                })?;
                count(conn)
            });
            assert_eq!(inside, Ok(rows + 1));
            let built = scope
                .build_transaction()
                .serializable()
                .read_only()
                .run(count);
            assert_eq!(built, Ok(rows + 1));
            let names: Vec<String> = files::table.select(files::name).load(&mut scope).unwrap();
            assert_eq!(names.len(), 1, "a table that is owned through another one");
            let deleted = delete(projects::table.find(50)).execute(&mut scope);
            assert_eq!(deleted, Ok(1));
        }
    }
}

#[test]
fn a_scope_in_a_transaction_of_others_sets_and_clears_the_variable() {
    let shop = Shop::new(Mode::Sealed);
    let mut conn = shop.test_raw();
    for (tenant, rows) in [(A, 3), (B, 4), (A, 3)] {
        let mut scope = shop.open(&mut conn, tenant);
        assert_eq!(count(&mut scope), Ok(rows));
        let inside = scope.transaction(count);
        assert_eq!(inside, Ok(rows));
        drop(scope);
        assert_eq!(lines(&mut conn, VALUE).unwrap(), [""]);
    }
}

#[test]
fn a_lease_of_r2d2_carries_the_seal_too() {
    let shop = Shop::new(Mode::Sealed);
    let pool = Pool::builder()
        .max_size(1)
        .build(R2d2Manager::<PgConnection>::new(shop.url()))
        .unwrap();
    for (tenant, rows) in [(A, 3), (B, 4)] {
        assert_eq!(count(&mut shop.open(pool.get().unwrap(), tenant)), Ok(rows));
    }
}

/// Short values are renewed by the scope, which may be held for longer than one is valid.
#[test]
fn a_scope_renews_its_value_and_only_when_it_is_due() {
    let shop = Shop::new(Mode::Sealed);
    let mut scope = shop.scope_of(A);
    let first = lines(&mut scope, VALUE).unwrap();
    assert!(first[0].starts_with("s1.k1."), "{first:?}");
    assert_eq!(lines(&mut scope, VALUE).unwrap(), first);

    let brief = sealer().lifetime(Duration::from_secs(2)).unwrap();
    let mut scope = Scoped::open(shop.raw(), A).unwrap().with_sealer(&brief);
    let first = lines(&mut scope, VALUE).unwrap();
    while lines(&mut scope, VALUE).unwrap() == first {}
    assert_eq!(count(&mut scope), Ok(3));
}

#[tokio::test]
async fn an_asynchronous_scope_sees_its_tenant_in_one_round_trip() {
    let shop = Shop::new(Mode::Sealed);
    let server = PgServer::shared().unwrap();
    let proxy =
        WireProxy::start(server.socket_addr().unwrap(), Duration::from_micros(500)).unwrap();
    let url = proxy.url(&shop.url()).unwrap();
    let conn = AsyncPgConnection::establish(&url).await.unwrap();
    let mut scope = shop.open(conn, A);
    assert_eq!(count_async(&mut scope).await, Ok(3));
    proxy.reset();
    assert_eq!(count_async(&mut scope).await, Ok(3));
    assert_eq!(proxy.counters().round_trips, 1);

    let inside = scope
        .transaction(async |conn| count_async(conn).await)
        .await;
    assert_eq!(inside, Ok(3));
    let built = scope
        .build_transaction()
        .read_only()
        .run(async |conn| count_async(conn).await)
        .await;
    assert_eq!(built, Ok(3));
    scope.batch_execute("SELECT FROM projects").await.unwrap();
}

#[tokio::test]
async fn an_asynchronous_scope_in_a_transaction_of_others() {
    let shop = Shop::new(Mode::Sealed);
    let mut conn = shop.async_test_raw().await;
    for (tenant, rows) in [(A, 3), (B, 4)] {
        let mut scope = shop.open(&mut conn, tenant);
        assert_eq!(count_async(&mut scope).await, Ok(rows));
        let inside = scope
            .transaction(async |conn| count_async(conn).await)
            .await;
        assert_eq!(inside, Ok(rows));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_of_a_pool_take_turns() {
    let shop = Shop::new(Mode::Sealed);
    let pool = bb8::Pool::builder()
        .max_size(2)
        .build(ConnectionManager::new(shop.url()))
        .await
        .unwrap();
    let pool = TenantPool::builder(pool)
        .sealed(sealer())
        .build()
        .await
        .unwrap();
    let mut tasks = Vec::new();
    for i in 0..40 {
        let (tenant, rows) = if i % 2 == 0 { (A, 3) } else { (B, 4) };
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let mut scope = pool.scope(tenant).await.unwrap();
            assert_eq!(count_async(&mut scope).await, Ok(rows));
            drop(scope);
            let inside = pool
                .with_scope(tenant, async |conn| {
                    Ok::<_, tenancy_diesel::pool::Error>(count_async(conn).await?)
                })
                .await;
            assert_eq!(inside.unwrap(), rows);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

/// Nobody mixes the two without a word.
#[tokio::test]
async fn a_scope_without_a_sealer_gets_a_typed_error() {
    for mode in [Mode::Sealed, Mode::Strict] {
        let shop = Shop::new(mode);
        let error = count(&mut Scoped::open(shop.raw(), A).unwrap()).unwrap_err();
        let expected = ScopeError::SealRefused(SealRefusal::NotSealed);
        assert_eq!(ScopeError::of(&error), Some(&expected), "{error}");
        let mut scope = Scoped::open(shop.async_raw().await, A).unwrap();
        let error = count_async(&mut scope).await.unwrap_err();
        assert_eq!(ScopeError::of(&error), Some(&expected), "{error}");
    }
}

#[test]
fn the_default_of_a_tenant_column_reads_the_sealed_tenant() {
    let shop = Shop::new(Mode::Sealed);
    shop.superuser()
        .batch_execute(
            "ALTER TABLE projects ALTER COLUMN tenant_id
             SET DEFAULT (tenancy.sealed_tenant('app.tenant_id', false)::uuid)",
        )
        .unwrap();
    let mut scope = shop.scope_of(A);
    scope
        .batch_execute("INSERT INTO projects (id, name) VALUES (60, 'by default')")
        .unwrap();
    assert_eq!(count(&mut scope), Ok(4));
    assert_eq!(count(&mut shop.scope_of(B)), Ok(4));
}
