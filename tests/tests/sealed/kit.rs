//! The test kit for applications, on a database whose policies take sealed tenants only.

use tenancy_diesel::TenantId;
use tenancy_diesel::prelude::*;
use tenancy_testing::assert_isolated;
use tenancy_testing::isolation::IsolationProbe;
use tenancy_tests::schema::{REGISTRY, projects};
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, sealer};

#[test]
fn the_probe_attacks_with_a_sealed_tenant() {
    for mode in [Mode::Sealed, Mode::Strict] {
        let shop = Shop::new(mode);
        assert_isolated!(shop);
    }
}

/// Attacks that all fail for want of a seal would say nothing.
#[test]
fn the_probe_does_not_praise_a_database_that_it_cannot_read() {
    let shop = Shop::new(Mode::Sealed);
    let probe = IsolationProbe::new(&REGISTRY, shop.app_role());
    let probe = probe.tenants(A.canonical(), B.canonical());
    let error = probe.clone().run(&mut shop.superuser()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tenancy: the sealed tenant is refused: not sealed"
    );
    let report = probe.sealer(sealer()).run(&mut shop.superuser());
    assert_eq!(report.unwrap().findings.len(), 0);
}

#[tokio::test]
async fn scopes_of_a_fixture_are_sealed() {
    let shop = Shop::new(Mode::Strict);
    for (tenant, rows) in [(A, 3i64), (B, 4)] {
        let count = || projects::table.count();
        assert_eq!(
            RunQueryDsl::get_result(count(), &mut shop.scope(tenant)),
            Ok(rows)
        );
        assert_eq!(
            RunQueryDsl::get_result(count(), &mut shop.test_scope(tenant)),
            Ok(rows)
        );
        let mut scope = shop.async_scope(tenant).await;
        let found = diesel_async::RunQueryDsl::get_result(count(), &mut scope).await;
        assert_eq!(found, Ok(rows));
    }
}
