//! Tasks that move between threads and borrow something in the closure of a transaction.

use diesel_async::{AsyncConnection, RunQueryDsl};
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_tests::A;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{TenantPool, projects};

async fn each_form(pool: &TenantPool, id: i32) -> Result<[i64; 3], Error> {
    let of = |id: &i32| projects::table.filter(projects::id.eq(*id)).count();
    let of_pool = pool
        .with_scope(A, async |conn| {
            Ok::<_, Error>(of(&id).get_result(conn).await?)
        })
        .await?;
    let mut conn = pool.scope(A).await?;
    let of_scope = conn
        .transaction(async |conn| of(&id).get_result(conn).await)
        .await?;
    let of_builder = conn
        .build_transaction()
        .serializable()
        .run(async |conn| of(&id).get_result(conn).await)
        .await?;
    Ok([of_pool, of_scope, of_builder])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spawned_task_borrows_in_each_kind_of_transaction() {
    let shop = Shop::new(Layers::Both);
    let pool = tenancy_tests::pools::bb8(&shop.url(), 1).await;
    let counts = tokio::spawn(async move { each_form(&pool, 1).await });
    assert_eq!(counts.await.unwrap().unwrap(), [1, 1, 1]);
}
