//! What an application tests about its tenants.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::prelude::*;
use tenancy_testing::{Fixture, assert_isolated};

mod schema {
    tenancy_diesel::tenant_schema! {
        include = "schema/generated.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
    }
}
use schema::{organisations, projects};

// One for all tests. It runs when the first of them asks for a database.
static SHOP: Fixture<i32> = Fixture::new(&schema::REGISTRY, |db| {
    // Or `db.conn().run_pending_migrations(MIGRATIONS)?;`
    db.conn().batch_execute(
        "CREATE TABLE organisations (id int4 PRIMARY KEY, name text NOT NULL);
         CREATE TABLE projects (tenant_id int4 NOT NULL REFERENCES organisations, id int4,
                                name text NOT NULL, PRIMARY KEY (tenant_id, id));",
    )?;
    let policies = db.policy_options().generate(&schema::REGISTRY);
    db.conn().batch_execute(policies.up())?;
    // Rows that all tests begin with, written as the application writes them.
    for tenant in db.tenants() {
        insert_into(organisations::table)
            .values(organisations::name.eq("an organisation"))
            .execute(&mut db.scope(tenant)?)?;
    }
    Ok(())
});

#[test]
fn a_project_of_another_tenant_is_not_found() -> QueryResult<()> {
    let db = SHOP.database(); // a copy for this test, in some ten milliseconds
    insert_into(projects::table)
        .values((projects::id.eq(1), projects::name.eq("rocket")))
        .execute(&mut db.scope(db.a()))?;

    let found = projects::table.find(1).select(projects::name);
    let found = found.first::<String>(&mut db.scope(db.b())).optional()?;
    assert_eq!(found, None);
    Ok(())
}

#[test]
fn deleting_everything_leaves_the_other_tenant_alone() -> QueryResult<()> {
    let db = SHOP.database();
    let theirs = db.snapshot(db.b()); // every row of B, over all tables of the registry
    delete(organisations::table).execute(&mut db.scope(db.a()))?;
    theirs.assert_unchanged();
    Ok(())
}

#[test]
fn no_table_view_or_function_lets_a_tenant_reach_another() {
    assert_isolated!(SHOP.database());
}
