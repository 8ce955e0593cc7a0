use diesel::dsl::sql;
use diesel::prelude::{Connection, ExpressionMethods, PgConnection, QueryDsl};
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl as _;
use tenancy_diesel::{insert_into, pool};
use tenancy_testing::{PgServer, Standby};
use tenancy_tests::database::Layers;
use tenancy_tests::schema::{TenantPool, projects};
use tenancy_tests::{A, pools};

use crate::world::Replicated;

/// Where the log of the primary server is after what was committed on this pool. As docs/scale-out.md has it.
async fn position(primary: &TenantPool) -> Result<String, pool::Error> {
    let mut conn = primary.shared().await?;
    let position = sql::<Text>("pg_catalog.pg_current_wal_insert_lsn()::text");
    Ok(diesel::select(position).get_result(&mut conn).await?)
}

/// Whether a standby shows what was committed before that. As docs/scale-out.md has it.
async fn has_reached(replica: &TenantPool, position: &str) -> Result<bool, pool::Error> {
    let mut conn = replica.shared().await?;
    let reached = sql::<Bool>("coalesce(pg_catalog.pg_last_wal_replay_lsn() >= ")
        .bind::<Text, _>(position)
        .sql("::pg_lsn, false)");
    Ok(diesel::select(reached).get_result(&mut conn).await?)
}

async fn count(pool: &TenantPool) -> i64 {
    let mut conn = pool.scope(A).await.unwrap();
    projects::table.count().get_result(&mut conn).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_tells_whether_a_standby_shows_what_was_written() {
    let server = PgServer::shared().unwrap();
    let standby = tokio::task::block_in_place(|| Standby::of(&server).unwrap());
    let shop = tokio::task::block_in_place(|| Replicated::on(&standby, Layers::Both));
    let primary = pools::bb8(&shop.shop.url(), 1).await;
    let replica = pools::bb8(&shop.url(), 1).await;
    tokio::task::block_in_place(|| standby.pause_replay().unwrap());

    let mut conn = primary.scope(A).await.unwrap();
    insert_into(projects::table)
        .values((projects::id.eq(50), projects::name.eq("new")))
        .execute(&mut conn)
        .await
        .unwrap();
    drop(conn);
    let written = position(&primary).await.unwrap();

    // The control: who reads there now does not see what they have just written.
    assert_eq!(count(&replica).await, 3);
    assert!(!has_reached(&replica, &written).await.unwrap());

    tokio::task::block_in_place(|| {
        standby.resume_replay().unwrap();
        standby.catch_up().unwrap();
    });
    assert!(has_reached(&replica, &written).await.unwrap());
    assert_eq!(count(&replica).await, 4);
}

/// What a standby has not replayed is protected there as it was before: by the policies that came before the rows.
/// A table gets its policies in the migration that makes it, so there is no moment with rows and without policies.
#[test]
fn a_table_and_its_policies_arrive_together() {
    use diesel::connection::SimpleConnection;
    let server = PgServer::shared().unwrap();
    let standby = Standby::of(&server).unwrap();
    let shop = Replicated::on(&standby, Layers::Both);
    assert!(!shop.server().prefix().is_empty());
    standby.pause_replay().unwrap();
    let mut superuser = shop.shop.superuser();
    superuser
        .transaction(|conn| {
            conn.batch_execute(&format!(
                "CREATE TABLE notes (tenant_id uuid NOT NULL, id int4, PRIMARY KEY (tenant_id, id));
                 ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;
                 GRANT SELECT ON notes TO {};
                 INSERT INTO notes VALUES ('{}', 1)",
                shop.shop.app_role(),
                A.0
            ))
        })
        .unwrap();
    let look =
        |conn: &mut PgConnection| conn.batch_execute("SELECT 1 / (SELECT count(*) FROM notes)");
    let mut conn = shop.raw();
    let before = look(&mut conn).unwrap_err().to_string();
    assert!(before.contains("does not exist"), "{before}");
    standby.resume_replay().unwrap();
    standby.catch_up().unwrap();
    let after = look(&mut conn).unwrap_err().to_string();
    assert!(after.contains("division by zero"), "no row: {after}");
}
