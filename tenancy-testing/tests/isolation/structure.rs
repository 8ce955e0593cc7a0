use std::error::Error;

use diesel::connection::SimpleConnection;
use tenancy_testing::isolation::Attack::{Missing, Privileges, Role, SharedWrite, Unregistered};
use tenancy_testing::isolation::{IsolationProbe, IsolationReport};

use crate::shop::{REGISTRY, SHOP, attacks_on, report_of};

#[test]
fn a_table_with_the_tenant_column_that_nobody_declared_is_found() {
    let report = report_of("CREATE TABLE invoices (id int4, tenant_id int4)");
    assert_eq!(attacks_on(&report, "invoices"), [Unregistered], "{report}");
}

#[test]
fn a_table_that_references_a_scoped_one_is_found() {
    let report = report_of("CREATE TABLE pages (id int4, document int4 REFERENCES documents (id))");
    assert_eq!(attacks_on(&report, "pages"), [Unregistered], "{report}");
}

#[test]
fn a_column_of_the_tenants_own_type_is_found_under_any_name() {
    let change = "CREATE DOMAIN org_id AS int4;
        CREATE TABLE invoices (id int4, customer org_id);";
    let report = report_of(change);
    assert!(report.is_sound(), "no scoped table has the type: {report}");
    let report = report_of(&format!(
        "{change} ALTER TABLE settings DISABLE ROW LEVEL SECURITY;
         DROP POLICY tenancy_scope ON settings; DROP POLICY tenancy_guard ON settings;
         ALTER TABLE settings ALTER tenant_id TYPE org_id;"
    ));
    assert!(
        report.finding("invoices", Unregistered).is_some(),
        "{report}"
    );
}

#[test]
fn a_table_of_nobody_is_no_finding() {
    assert!(report_of("CREATE TABLE currencies (code text)").is_sound());
}

#[test]
fn a_table_of_the_registry_that_is_not_there_is_found() {
    let report = report_of("DROP TABLE files");
    assert_eq!(attacks_on(&report, "files"), [Missing], "{report}");
}

/// Roles belong to all databases, so each test has one of its own.
fn report_as(role: &str, change: &str) -> Result<IsolationReport, Box<dyn Error>> {
    let db = SHOP.database();
    let role = db.server().create_login_role(role)?;
    let mut superuser = db.superuser();
    let change = change
        .replace("$role", &role)
        .replace("$app", db.app_role());
    superuser.batch_execute(&change)?;
    Ok(IsolationProbe::new(&REGISTRY, role).run(&mut superuser)?)
}

#[test]
fn a_role_that_is_exempt_from_row_level_security_is_found() {
    let report = report_as("exempt", "GRANT $app TO $role; ALTER ROLE $role BYPASSRLS").unwrap();
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.attack == Role);
    assert!(
        finding.unwrap().what.contains("does not apply to it"),
        "{report}"
    );
}

#[test]
fn a_role_that_can_become_the_owner_is_found() {
    let report = report_as(
        "member",
        "CREATE ROLE $role_owner; ALTER TABLE settings OWNER TO $role_owner;
         GRANT $role_owner TO $role",
    )
    .unwrap();
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.attack == Role);
    let what = &finding.unwrap().what;
    assert!(
        what.contains("it can become") && what.contains("owns scoped tables"),
        "{report}"
    );
}

#[test]
fn a_plain_role_without_privileges_is_sound() {
    let report = report_as("plain", "SELECT").unwrap();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_shared_table_that_the_application_writes_is_found() {
    for privilege in ["INSERT", "UPDATE (code)", "DELETE", "TRUNCATE"] {
        let report = report_of(&format!("GRANT {privilege} ON countries TO $app"));
        assert_eq!(attacks_on(&report, "countries"), [SharedWrite], "{report}");
    }
}

#[test]
fn privileges_that_reach_past_the_policies_are_found() {
    for privilege in ["TRIGGER", "REFERENCES", "REFERENCES (id)"] {
        let report = report_of(&format!("GRANT {privilege} ON documents TO $app"));
        assert_eq!(attacks_on(&report, "documents"), [Privileges], "{report}");
    }
}
