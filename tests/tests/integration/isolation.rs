//! The probe that applications get, on our own schema.

use tenancy_testing::assert_isolated;
use tenancy_testing::isolation::Attack;
use tenancy_tests::database::{Layers, Shop};
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
