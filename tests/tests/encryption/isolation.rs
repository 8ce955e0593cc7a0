//! The probe of tenancy-testing on a database with encrypted columns and the library's own tables.

use std::collections::BTreeSet;

use tenancy_testing::isolation::{Attack, IsolationProbe, IsolationReport};

use crate::database::Vault;
use crate::schema::REGISTRY;

fn probe(vault: &Vault) -> IsolationReport {
    let probe = IsolationProbe::new(&REGISTRY, vault.app_role());
    probe.run(&mut vault.superuser()).unwrap()
}

#[test]
fn encrypted_columns_and_the_tables_of_the_library_need_no_settings() {
    let report = probe(&Vault::new());
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.not_attacked, [], "{report}");
}

#[test]
fn a_table_with_an_encrypted_column_is_attacked() {
    let vault = Vault::new();
    vault.sql("ALTER TABLE people DISABLE ROW LEVEL SECURITY");
    let report = probe(&vault);
    let got_through: BTreeSet<Attack> = report
        .findings
        .iter()
        .inspect(|finding| assert_eq!(finding.object, "people", "{report}"))
        .map(|finding| finding.attack)
        .collect();
    let expected = [
        Attack::Select,
        Attack::Update,
        Attack::Delete,
        Attack::Insert,
        Attack::Upsert,
        Attack::Move,
    ];
    assert!(got_through.is_superset(&expected.into()), "{report}");
}

#[test]
fn a_table_of_the_library_that_the_application_may_use_is_found() {
    let vault = Vault::new();
    vault.sql(&format!(
        "GRANT SELECT ON tenancy.reference_uuid TO {}",
        vault.app_role()
    ));
    let report = probe(&vault);
    let found: Vec<(&str, Attack)> = report
        .findings
        .iter()
        .map(|finding| (finding.object.as_str(), finding.attack))
        .collect();
    assert_eq!(
        found,
        [("tenancy.reference_uuid", Attack::Unregistered)],
        "{report}"
    );
}
