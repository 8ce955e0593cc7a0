//! What a handler starts beside itself.

use axum::routing::get as on_get;
use diesel_async::RunQueryDsl;
use tenancy_axum::Rejection;
use tenancy_diesel::CurrentTenant;
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_tests::OrgId;
use tenancy_tests::schema::{TenantPool, projects};

use crate::world::{World, get};

async fn count(pool: TenantPool) -> Result<i64, Error> {
    let mut conn = pool.current_scope().await?;
    Ok(projects::table.count().get_result(&mut conn).await?)
}

#[tokio::test]
async fn a_spawned_task_has_no_tenant_unless_it_is_carried_over() {
    let world = World::new(2).await;
    let pool = world.pool.clone();
    let app = world.app(on_get(move || {
        let pool = pool.clone();
        async move {
            let lost = tokio::spawn(count(pool.clone())).await.unwrap();
            assert!(matches!(lost, Err(Error::CurrentTenant(_))), "{lost:?}");
            let blocking = tokio::task::spawn_blocking(CurrentTenant::<OrgId>::try_get);
            assert!(blocking.await.unwrap().is_err());
            let carried = CurrentTenant::<OrgId>::spawn(count(pool.clone())).unwrap();
            let here = count(pool).await?;
            assert_eq!(carried.await.unwrap()?, here);
            Ok::<_, Rejection>(here.to_string())
        }
    }));
    assert_eq!(get(&app, "/o/a").await.body, "3");
    assert_eq!(get(&app, "/o/b").await.body, "4");
}
