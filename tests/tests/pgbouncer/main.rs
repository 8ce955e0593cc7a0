//! Behind a real PgBouncer in transaction mode, where the sessions of the server change hands at each
//! COMMIT.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where its setup does"
)]

use diesel::connection::{CacheSize, SimpleConnection};
use diesel::prelude::*;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use tenancy_diesel::bb8::{ConnectionManager, Lease};
use tenancy_diesel::pool::Error;
use tenancy_diesel::pooler;
use tenancy_diesel::prelude::*;
use tenancy_tests::bouncer::{self, Bouncer};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{Scoped, TenantPool, projects};
use tenancy_tests::{A, B, OrgId};
use tokio_postgres::NoTls;
use uuid::Uuid;

const TENANTS: u128 = 50;
const CLIENTS: u32 = 64;
const SERVER_CONNECTIONS: u32 = 4;

/// The driver names each statement that it prepares, and closes it after the transaction, when the session
/// is another's. What is left would collide with the names of the next process.
const DEALLOCATE: &str = "DEALLOCATE ALL";

fn tenant(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(0x7e57_0000 + n))
}

/// Each tenant has one project with its own number for a name.
fn plant(shop: &Shop) {
    let mut conn = shop.superuser();
    for n in 0..TENANTS {
        let id = tenant(n).0;
        conn.batch_execute(&format!(
            "INSERT INTO organisations VALUES ('{id}', 'org {n}');
             INSERT INTO projects VALUES ('{id}', 1, 'project {n}')"
        ))
        .unwrap();
    }
}

/// Whether statements are prepared once for a connection and used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prepared {
    Kept,
    NotKept,
}

async fn pool(url: &str) -> TenantPool {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| Box::pin(pooler::establish(url, NoTls)));
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let pool = bb8::Pool::builder()
        .max_size(CLIENTS)
        .min_idle(CLIENTS)
        .test_on_check_out(false)
        .build(ConnectionManager::from(manager))
        .await
        .unwrap();
    TenantPool::builder(pool).build().await.unwrap()
}

async fn names(conn: &mut Scoped<Lease>) -> QueryResult<Vec<String>> {
    projects::table
        .select(projects::name)
        .order(projects::id)
        .load(conn)
        .await
}

/// A statement, a write, a transaction and another statement, in a fresh scope.
async fn work(pool: &TenantPool, prepared: Prepared, n: u128, round: i32) -> Result<(), Error> {
    let mut conn = pool.scope(tenant(n)).await?;
    if prepared == Prepared::NotKept {
        conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    }
    let own = format!("project {n}");
    for name in names(&mut conn).await? {
        assert!(
            name == own || name.starts_with(&format!("{own}/")),
            "{name} in the scope of {n}"
        );
    }
    insert_into(projects::table)
        .values((
            projects::id.eq(round + 2),
            projects::name.eq(format!("{own}/{round}")),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    let seen = conn
        .transaction(async |conn| {
            update(projects::table.filter(projects::id.gt(1)))
                .set(projects::country.eq("de"))
                .execute(conn)
                .await?;
            names(conn).await
        })
        .await?;
    assert!(
        seen.contains(&own) && seen.contains(&format!("{own}/{round}")),
        "{seen:?}"
    );
    assert!(
        seen.iter().all(|name| name.starts_with(&own)),
        "{seen:?} in the scope of {n}"
    );
    Ok(())
}

/// Sixty-four clients at once, each for one tenant after the other. The errors that they got.
async fn crowd(pool: &TenantPool, prepared: Prepared, rounds: i32) -> Vec<Error> {
    let tasks: Vec<_> = (0..u128::from(CLIENTS))
        .map(|client| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut errors = Vec::new();
                for round in 0..rounds {
                    // A stride that is prime to the number of tenants.
                    let n = (client * 7 + u128::try_from(round).unwrap() * 3) % TENANTS;
                    errors.extend(work(&pool, prepared, n, round).await.err());
                }
                errors
            })
        })
        .collect();
    let mut errors = Vec::new();
    for task in tasks {
        errors.extend(task.await.unwrap());
    }
    errors
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_on_four_sessions_keep_apart() {
    let shop = Shop::new(Layers::Both);
    plant(&shop);
    let bouncer = Bouncer::start(&shop, SERVER_CONNECTIONS, DEALLOCATE);
    let pool = pool(bouncer.url()).await;
    let before = shop.rows_of(B);
    let errors = crowd(&pool, Prepared::NotKept, 20).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(shop.rows_of(B), before);

    let sessions: i64 = diesel::RunQueryDsl::get_result(
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!(
            "(SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND datname = current_database())",
            shop.app_role()
        ))),
        &mut shop.superuser(),
    )
    .unwrap();
    assert!(
        (1..=i64::from(SERVER_CONNECTIONS)).contains(&sessions),
        "{sessions}"
    );
}

/// PgBouncer follows prepared statements from version 1.21 on. Before, they meet the wrong session, which is
/// an error and never another tenant's row: `work` looks at every row that comes.
#[tokio::test(flavor = "multi_thread")]
async fn prepared_statements_are_kept_where_pgbouncer_follows_them() {
    let shop = Shop::new(Layers::Both);
    plant(&shop);
    let bouncer = Bouncer::start(&shop, SERVER_CONNECTIONS, "");
    let pool = pool(bouncer.url()).await;
    let before = shop.rows_of(B);
    let follows = bouncer::version() >= [1, 21];
    let errors = crowd(&pool, Prepared::Kept, if follows { 20 } else { 2 }).await;
    assert_eq!(shop.rows_of(B), before);
    if follows {
        assert!(errors.is_empty(), "{errors:?}");
        return;
    }
    assert!(
        !errors.is_empty(),
        "this version was not expected to follow them"
    );
    for error in errors {
        let text = error.to_string();
        assert!(
            ["prepared statement", "broken", "transaction is aborted"]
                .iter()
                .any(|known| text.contains(known)),
            "{error:?}"
        );
    }
}

/// What the scope must not do: a variable of the session stays for the next client.
#[tokio::test]
async fn a_variable_of_the_session_leaks_to_the_next_client() {
    let shop = Shop::new(Layers::Both);
    let bouncer = Bouncer::start(&shop, 1, "");
    let mut first = PgConnection::establish(bouncer.url()).unwrap();
    first
        .batch_execute(&format!("SET app.tenant_id = '{}'", B.0))
        .unwrap();
    let mut next = PgConnection::establish(bouncer.url()).unwrap();
    let leaked: i64 = diesel::RunQueryDsl::get_result(
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "(SELECT count(*) FROM projects)",
        )),
        &mut next,
    )
    .unwrap();
    assert_eq!(
        leaked, 4,
        "the next client reads the rows of B without having named it"
    );

    // A scope is not moved by it, nor does it leave anything.
    let mut scope = tenancy_diesel::Scoped::open(next, A).unwrap();
    let own: i64 = diesel::RunQueryDsl::get_result(projects::table.count(), &mut scope).unwrap();
    assert_eq!(own, 3);
}

/// Why a scope that sets the variable for the session is for direct connections only.
#[tokio::test]
async fn a_scope_that_sets_the_variable_for_the_session_leaks_to_the_next_client() {
    let shop = Shop::new(Layers::Both);
    let bouncer = Bouncer::start(&shop, 1, "");
    let [mut next, conn] = [(); 2].map(|()| {
        let mut conn = PgConnection::establish(bouncer.url()).unwrap();
        Connection::set_prepared_statement_cache_size(&mut conn, CacheSize::Disabled);
        conn
    });
    let mut scope = tenancy_diesel::Scoped::open(conn, B)
        .unwrap()
        .dangerously_set_for_session();
    let own: i64 = diesel::RunQueryDsl::get_result(projects::table.count(), &mut scope).unwrap();
    assert_eq!(own, 4);
    let leaked: i64 = diesel::RunQueryDsl::get_result(
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "(SELECT count(*) FROM projects)",
        )),
        &mut next,
    )
    .unwrap();
    assert_eq!(leaked, 4, "the next client reads the rows of B");

    // The filter holds all the same.
    let mut other = tenancy_diesel::Scoped::open(next, A).unwrap();
    let own: i64 = diesel::RunQueryDsl::get_result(projects::table.count(), &mut other).unwrap();
    assert_eq!(own, 3);
}

/// A sync scope, with the cache of prepared statements switched off.
#[test]
fn a_synchronous_scope_works_behind_it() {
    let shop = Shop::new(Layers::Both);
    let bouncer = Bouncer::start(&shop, 2, "");
    let mut scopes: Vec<_> = [A, B, A, B]
        .map(|tenant| {
            let conn = PgConnection::establish(bouncer.url()).unwrap();
            let mut scope = tenancy_diesel::Scoped::open(conn, tenant).unwrap();
            Connection::set_prepared_statement_cache_size(&mut scope, CacheSize::Disabled);
            scope
        })
        .into();
    for _ in 0..10 {
        for (i, scope) in scopes.iter_mut().enumerate() {
            let rows: i64 =
                diesel::RunQueryDsl::get_result(projects::table.count(), scope).unwrap();
            assert_eq!(rows, if i % 2 == 0 { 3 } else { 4 });
        }
    }
}
