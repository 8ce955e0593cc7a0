// Named, so that it outranks the synchronous trait of the prelude.
use diesel_async::RunQueryDsl;
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::prelude::*;

use super::TRACKER;
use crate::Result;
use crate::schema::{TenantPool, projects};
use crate::tenants::{ACME, GLOBEX};

#[tokio::test]
async fn organisations_that_work_at_once_do_not_meet() -> Result {
    let db = TRACKER.database();
    let (mut acme, mut globex) = tokio::join!(db.async_scope(ACME.id), db.async_scope(GLOBEX.id));
    let names = || projects::table.select(projects::name);
    let (ours, theirs) = tokio::try_join!(
        names().load::<String>(&mut acme),
        names().load::<String>(&mut globex)
    )?;
    assert_eq!(ours, ["Acme"]);
    assert_eq!(theirs, ["Globex"]);
    Ok(())
}

#[tokio::test]
async fn a_pool_of_one_connection_serves_both_organisations() -> Result {
    let db = TRACKER.database();
    let manager = ConnectionManager::new(db.url());
    let pool = bb8::Pool::builder().max_size(1).build(manager).await?;
    let pool = TenantPool::builder(pool).build().await?;

    let theirs = db.snapshot(GLOBEX.id);
    let renamed = update(projects::table)
        .set(projects::name.eq("mine"))
        .execute(&mut pool.scope(ACME.id).await?)
        .await?;
    assert_eq!(renamed, 1);
    theirs.assert_unchanged();

    let names: Vec<String> = projects::table
        .select(projects::name)
        .load(&mut pool.scope(GLOBEX.id).await?)
        .await?;
    assert_eq!(names, ["Globex"]);
    Ok(())
}
