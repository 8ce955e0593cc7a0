//! The probe that applications get, on our own schemas.

use diesel::connection::SimpleConnection;
use tenancy_diesel::{Registry, SqlTenantId};
use tenancy_testing::isolation::Attack;
use tenancy_testing::{Fixture, Setup, SetupResult, assert_isolated};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::ids::{Merchant, big, merchant, renamed, small, text};
use tenancy_tests::schema::REGISTRY;

#[test]
fn the_policies_alone_isolate_the_tenants() {
    let report = assert_isolated!(Shop::new(Layers::Both));
    assert_eq!(report.not_attacked, [], "{report}");
    assert_eq!(report.excluded.len(), 1, "legacy_events: {report}");
}

#[test]
fn without_the_policies_the_probe_finds_every_table() {
    let shop = Shop::new(Layers::FilterOnly);
    let report = shop.isolation().run(&mut shop.superuser()).unwrap();
    for table in REGISTRY.tables.iter().filter(|t| t.class.is_scoped()) {
        for attack in [
            Attack::Select,
            Attack::UpdateByKey,
            Attack::Delete,
            Attack::Insert,
        ] {
            assert!(report.finding(table.path, attack).is_some(), "{report}");
        }
    }
}

/// The one table of a schema, with a tenant column of the id's type.
fn one_table<Id: SqlTenantId>(db: &mut Setup<'_, Id>, registry: &Registry) -> SetupResult {
    let policies = db.policy_options().generate(registry);
    for table in registry.tables {
        db.conn().batch_execute(&format!(
            "CREATE TABLE {} (tenant_id {} NOT NULL, id int4 NOT NULL, body text NOT NULL,
                              PRIMARY KEY (tenant_id, id))",
            table.name,
            Id::PG_TYPE
        ))?;
    }
    db.conn().batch_execute(policies.up())?;
    Ok(())
}

#[test]
fn tenants_of_every_type_are_isolated() {
    macro_rules! check {
        ($schema:ident: $id:ty $(, $tenants:expr)?) => {{
            static FIXTURE: Fixture<$id> =
                Fixture::new(&$schema::REGISTRY, |db| one_table(db, &$schema::REGISTRY))
                    $(.tenants($tenants))?;
            let db = FIXTURE.database();
            let report = assert_isolated!(db);
            assert_eq!(report.not_attacked, [], "{report}");
            for table in $schema::REGISTRY.tables {
                let name = table.name;
                let open = format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY");
                db.superuser().batch_execute(&open).unwrap();
            }
            let report = db.isolation().run(&mut db.superuser()).unwrap();
            assert!(!report.is_sound(), "{report}");
        }};
    }
    check!(small: i32);
    check!(renamed: i32);
    check!(big: i64, || [1, i64::MAX]);
    check!(text: String, || ["acme".to_owned(), "Acme".to_owned()]);
    check!(merchant: Merchant, || {
        ["'; DROP TABLE notes_merchant; --", "back\\slash's \u{1F980} {n}"].map(|id| Merchant(id.to_owned()))
    });
}
