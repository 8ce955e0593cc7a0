use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_query;
use diesel::sql_types::BigInt;
use tenancy_diesel::crossing::CrossTenantPool;
use tenancy_testing::{Fixture, Setup, SetupResult};
use tenancy_tests::schema::{self, projects};
use tenancy_tests::{A, B, OrgId};

use crate::world::standby;

static SHOP: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, set_up).tenants(|| [A, B]);

fn set_up(db: &mut Setup<'_, OrgId>) -> SetupResult {
    let (support, recorder, auditor) = (
        db.role("support")?,
        db.role("recorder")?,
        db.role("record_auditor")?,
    );
    let policies = db.policy_options().admin_role(&support);
    tenancy_tests::database::set_up_with(db, &policies)?;
    let conn = db.conn();
    let usage = format!("GRANT USAGE ON SCHEMA public, billing TO {support}");
    diesel::connection::SimpleConnection::batch_execute(conn, &usage)?;
    tenancy_migrations::run(conn)?;
    tenancy_migrations::grant_crossings(conn, &recorder, &auditor)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn pool(url: &str) -> Pool<ConnectionManager<PgConnection>> {
    Pool::builder()
        .max_size(1)
        .test_on_check_out(false)
        .build(ConnectionManager::new(url))
        .unwrap()
}

/// Heavy reports may go to a standby; the record stays on the primary server.
#[test]
fn a_crossing_reads_on_a_standby_and_is_recorded_on_the_primary_server() {
    let shop = SHOP.database();
    let standby = standby();
    standby.catch_up().unwrap();
    let database = shop.url().rsplit_once('/').unwrap().1.to_owned();
    let [support, recorder] = ["support", "recorder"].map(|name| shop.server().role_name(name));
    let reading = pool(&standby.url(&database, &support));
    let recording = pool(&shop.server().url(&database, &recorder));
    let crossing = CrossTenantPool::builder(reading.clone(), recording)
        .app_role(shop.app_role())
        .build()
        .unwrap();
    let mut cross = crossing.open("alice", "ticket 1").unwrap();
    let found: Vec<(OrgId, i64)> = cross
        .load(
            projects::table
                .group_by(projects::tenant_id)
                .select((projects::tenant_id, diesel::dsl::count_star())),
        )
        .unwrap();
    assert_eq!(found.len(), 2);
    let records = "SELECT count(*) AS count FROM tenancy.crossings WHERE actor = 'alice'";
    let recorded = |conn: &mut PgConnection| {
        let count: Count = sql_query(records).get_result(conn).unwrap();
        count.count
    };
    assert_eq!(recorded(&mut shop.superuser()), 2);

    // A pool that would record on the standby opens nothing.
    let recording = pool(&standby.url(&database, &recorder));
    let crossing = CrossTenantPool::builder(reading, recording)
        .app_role(shop.app_role())
        .build();
    let opened = crossing.map(|crossing| crossing.open("alice", "ticket 2").is_ok());
    assert!(!matches!(opened, Ok(true)));
}
