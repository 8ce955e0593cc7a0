use diesel::prelude::{ExpressionMethods, PgConnection, QueryDsl, QueryResult};
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncConnection as _, RunQueryDsl as _};
use tenancy_diesel::{delete, insert_into, update};
use tenancy_tests::database::Layers;
use tenancy_tests::schema::{Scoped, projects};
use tenancy_tests::{A, pools};

use crate::world::Replicated;

fn is_refused<T: std::fmt::Debug>(result: QueryResult<T>) {
    let kind = DatabaseErrorKind::ReadOnlyTransaction;
    assert!(
        matches!(&result, Err(Error::DatabaseError(found, _)) if *found == kind),
        "{result:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_on_a_standby_are_a_typed_error_and_the_scope_goes_on() {
    let shop = Replicated::new(Layers::Both);
    let pool = pools::bb8(&shop.url(), 1).await;
    let mut conn = pool.scope(A).await.unwrap();
    let row = || (projects::id.eq(50), projects::name.eq("new"));
    is_refused(
        insert_into(projects::table)
            .values(row())
            .execute(&mut conn)
            .await,
    );
    let renamed = update(projects::table.find(1)).set(projects::name.eq("renamed"));
    is_refused(renamed.execute(&mut conn).await);
    is_refused(delete(projects::table.find(1)).execute(&mut conn).await);
    let in_transaction = conn
        .transaction(async |conn| {
            projects::table.count().get_result::<i64>(conn).await?;
            delete(projects::table).execute(conn).await
        })
        .await;
    is_refused(in_transaction);
    // A lock of rows is a write as well.
    let locked = projects::table.find(1).select(projects::id).for_update();
    is_refused(locked.load::<i32>(&mut conn).await);

    let count: i64 = projects::table.count().get_result(&mut conn).await.unwrap();
    assert_eq!(count, 3);
}

#[test]
fn writes_on_a_standby_are_refused_on_synchronous_connections_too() {
    let shop = Replicated::new(Layers::Both);
    let mut conn: Scoped<PgConnection> = Scoped::open(shop.raw(), A).unwrap();
    let deleted = delete(projects::table.find(1));
    is_refused(diesel::RunQueryDsl::execute(deleted, &mut conn));
    let count: i64 = diesel::RunQueryDsl::get_result(projects::table.count(), &mut conn).unwrap();
    assert_eq!(count, 3);
}

/// A standby knows no serializable transactions.
#[tokio::test(flavor = "multi_thread")]
async fn a_serializable_scope_is_refused_by_a_standby_and_a_repeatable_one_is_not() {
    let shop = Replicated::new(Layers::Both);
    let pool = pools::bb8(&shop.url(), 1).await;
    let mut conn = pool.scope(A).await.unwrap().serializable();
    let count = projects::table.count().get_result::<i64>(&mut conn).await;
    assert!(matches!(count, Err(Error::DatabaseError(..))), "{count:?}");
    drop(conn);
    let mut conn = pool.scope(A).await.unwrap().repeatable_read().read_only();
    let count = projects::table.count().get_result::<i64>(&mut conn).await;
    assert_eq!(count, Ok(3));
}
