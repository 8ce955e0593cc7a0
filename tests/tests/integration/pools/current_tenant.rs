//! The tenant of a task.

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{CurrentTenant, CurrentTenantError, InvalidTenantId, r2d2};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{TenantPool, projects};
use tenancy_tests::{A, B, OrgId, each_async_pool, pools};
use tokio::task::JoinSet;

use super::count;

type Current = CurrentTenant<OrgId>;

#[tokio::test]
async fn a_pool_opens_a_scope_of_the_current_tenant() {
    let shop = Shop::new(Layers::Both);
    each_async_pool!(shop.url(), 1, |pool| {
        for (tenant, rows) in [(A, 3), (B, 4)] {
            let found = Current::enter(tenant, async {
                let mut conn = pool.current_scope().await?;
                assert_eq!(conn.tenant(), &tenant);
                Ok::<_, Error>(count(&mut conn).await?)
            });
            assert_eq!(found.await.unwrap().unwrap(), rows);
        }
        assert!(matches!(
            pool.current_scope().await,
            Err(Error::CurrentTenant(CurrentTenantError::Absent))
        ));
    });
}

#[test]
fn a_blocking_pool_opens_a_scope_of_the_current_tenant() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    let rows = |pool: &TenantPool<r2d2::Pool>| {
        let mut conn = pool.current_scope()?;
        let rows = diesel::RunQueryDsl::get_result(projects::table.count(), &mut conn)?;
        Ok::<i64, Error>(rows)
    };
    let found = Current::enter_blocking(B, || rows(&pool)).unwrap();
    assert_eq!(found.unwrap(), 4);
    assert!(matches!(
        rows(&pool),
        Err(Error::CurrentTenant(CurrentTenantError::Absent))
    ));
}

/// Nothing but `current_scope` looks at it: a raw connection has no tenant for the policies.
#[tokio::test]
async fn a_raw_connection_in_a_task_with_a_tenant_sees_no_row() {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        rows: i64,
    }
    let shop = Shop::new(Layers::Both);
    let mut raw = AsyncPgConnection::establish(&shop.url()).await.unwrap();
    let found = Current::enter(A, async {
        let query = diesel::sql_query("SELECT count(*) AS rows FROM projects");
        query.get_result::<Row>(&mut raw).await
    });
    assert_eq!(found.await.unwrap().unwrap().rows, 0);
}

/// Nor do the policies find a tenant for the sealed table, which is plain Diesel and has no filter.
#[tokio::test]
async fn the_sealed_table_on_a_raw_connection_finds_nothing_in_a_task_with_a_tenant() {
    let shop = Shop::new(Layers::Both);
    let mut raw = AsyncPgConnection::establish(&shop.url()).await.unwrap();
    let found = Current::enter(A, async {
        let sealed = <projects::table as Default>::default();
        let query = QueryDsl::select(sealed, projects::name);
        query.load::<String>(&mut raw).await
    });
    assert_eq!(found.await.unwrap().unwrap(), [""; 0]);
}

#[tokio::test]
async fn another_tenant_cannot_be_entered_inside() {
    let inside = Current::enter(A, async {
        let again = Current::enter(A, async { Current::try_get() }).await;
        assert_eq!(again, Ok(Ok(A)));
        let mut ran = false;
        let other = Current::enter(B, async { ran = true }).await;
        assert_eq!(other, Err(CurrentTenantError::Other));
        assert_eq!(
            Current::enter_blocking(B, || ()),
            Err(CurrentTenantError::Other)
        );
        assert!(!ran);
        // An id of another type is another question.
        let merchant = CurrentTenant::enter(7i64, async {
            (CurrentTenant::<i64>::try_get(), Current::try_get())
        });
        assert_eq!(merchant.await, Ok((Ok(7), Ok(A))));
        Current::try_get()
    });
    assert_eq!(inside.await, Ok(Ok(A)));
    assert_eq!(Current::try_get(), Err(CurrentTenantError::Absent));
}

#[tokio::test]
async fn an_invalid_id_is_not_entered() {
    let mut ran = false;
    let entered = CurrentTenant::enter(0i64, async { ran = true }).await;
    assert_eq!(
        entered,
        Err(CurrentTenantError::Invalid(InvalidTenantId::Zero))
    );
    assert!(!ran);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_spawned_without_the_helper_has_no_tenant() {
    Current::enter(A, async {
        let lost = tokio::spawn(async { Current::try_get() });
        assert_eq!(lost.await.unwrap(), Err(CurrentTenantError::Absent));
        let lost = tokio::task::spawn_blocking(Current::try_get);
        assert_eq!(lost.await.unwrap(), Err(CurrentTenantError::Absent));
        let lost = std::thread::spawn(Current::try_get);
        assert_eq!(lost.join().unwrap(), Err(CurrentTenantError::Absent));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_helpers_carry_the_tenant_and_spawn_nothing_without_one() {
    for tenant in [A, B] {
        Current::enter(tenant, async {
            let task = Current::spawn(async {
                tokio::task::yield_now().await;
                Current::try_get()
            });
            assert_eq!(task.unwrap().await.unwrap(), Ok(tenant));
            let task = Current::spawn_blocking(Current::try_get);
            assert_eq!(task.unwrap().await.unwrap(), Ok(tenant));
            let mut set = JoinSet::new();
            Current::spawn_in(&mut set, async { Current::try_get() }).unwrap();
            assert_eq!(set.join_next().await.unwrap().unwrap(), Ok(tenant));
        })
        .await
        .unwrap();
    }
    let absent = CurrentTenantError::Absent;
    assert_eq!(Current::spawn(async {}).unwrap_err(), absent);
    assert_eq!(Current::spawn_blocking(|| ()).unwrap_err(), absent);
    let mut set = JoinSet::new();
    let refused = Current::spawn_in(&mut set, async {});
    assert_eq!(refused.unwrap_err(), absent);
    assert!(set.is_empty());
}

/// Two futures of one thread, in turn, and one that is cut off in its middle.
#[tokio::test]
async fn the_tenants_of_interleaved_futures_keep_apart() {
    let work = |tenant| {
        Current::enter(tenant, async move {
            for _ in 0..4 {
                assert_eq!(Current::try_get(), Ok(tenant));
                tokio::task::yield_now().await;
            }
        })
    };
    let (a, b) = futures_util::join!(work(A), work(B));
    assert_eq!((a, b), (Ok(()), Ok(())));
    let mut cut_off = Box::pin(work(A));
    assert!(futures_util::poll!(cut_off.as_mut()).is_pending());
    assert_eq!(Current::try_get(), Err(CurrentTenantError::Absent));
    drop(cut_off);
    assert_eq!(Current::try_get(), Err(CurrentTenantError::Absent));
}

#[tokio::test]
async fn a_panic_leaves_no_tenant_behind() {
    let panicking = async {
        if true {
            panic!("on purpose")
        }
    };
    let entered = std::panic::AssertUnwindSafe(Current::enter(A, panicking));
    let panicked = futures_util::FutureExt::catch_unwind(entered).await;
    assert!(panicked.is_err());
    assert_eq!(Current::try_get(), Err(CurrentTenantError::Absent));
}
