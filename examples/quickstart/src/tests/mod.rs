//! How an application tests itself with `tenancy-testing`.

mod asynchronous;
mod encrypted;

use tenancy_diesel::prelude::*;
use tenancy_testing::{Fixture, assert_isolated};

use crate::Result;
use crate::database::{MIGRATOR, migrate};
use crate::policies::{self, APP_ROLE};
use crate::schema::{self, organisations, projects};
use crate::tenants::{ACME, GLOBEX, OrgId};

/// One for all tests: the roles and the migrations run once, each test gets a copy.
static TRACKER: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, |db| {
    db.bootstrap(&policies::options())?;
    migrate(&mut db.connect_as(MIGRATOR)?)?;
    for (tenant, name) in [(ACME.id, "Acme"), (GLOBEX.id, "Globex")] {
        let mut conn = db.scope(tenant)?;
        insert_into(organisations::table)
            .values((
                organisations::name.eq(name),
                organisations::country_code.eq("de"),
            ))
            .execute(&mut conn)?;
        add_project(1, name, &mut conn)?;
    }
    Ok(())
})
.app_role(APP_ROLE)
.tenants(|| [ACME.id, GLOBEX.id]);

fn add_project(id: i32, name: &str, conn: &mut schema::Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table)
        .values((projects::id.eq(id), projects::name.eq(name)))
        .execute(conn)
}

fn names(conn: &mut schema::Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    projects::table
        .select(projects::name)
        .order(projects::id)
        .load(conn)
}

#[test]
fn a_project_of_another_organisation_is_not_found() -> Result {
    let db = TRACKER.database();
    add_project(2, "rocket", &mut db.scope(ACME.id))?;

    let found = projects::table
        .find(2)
        .select(projects::name)
        .first::<String>(&mut db.scope(GLOBEX.id))
        .optional()?;
    assert_eq!(found, None);
    assert_eq!(names(&mut db.scope(ACME.id))?, ["Acme", "rocket"]);
    Ok(())
}

#[test]
fn renaming_every_project_leaves_other_organisations_alone() -> Result {
    let db = TRACKER.database();
    let theirs = db.snapshot(GLOBEX.id);
    let renamed = update(projects::table)
        .set(projects::name.eq("mine"))
        .execute(&mut db.scope(ACME.id))?;
    assert_eq!(renamed, 1);
    theirs.assert_unchanged();
    Ok(())
}

#[test]
fn a_test_transaction_is_rolled_back() -> Result {
    let db = TRACKER.database();
    {
        let conn = &mut db.test_scope(ACME.id);
        add_project(2, "draft", conn)?;
        assert_eq!(names(conn)?, ["Acme", "draft"]);
    }
    assert_eq!(names(&mut db.scope(ACME.id))?, ["Acme"]);
    Ok(())
}

#[test]
fn no_table_view_or_function_lets_one_organisation_reach_another() {
    let report = assert_isolated!(TRACKER.database());
    assert_eq!(report.not_attacked, [], "{report}");
}
