//! The auditor against a database with every flaw: one case for each, and its clean twin.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod boot;
mod case;
mod cases;
mod database;
mod document;
mod generated;
mod leakproof;

use std::collections::BTreeSet;

use tenancy_diesel::OnMissing;
use tenancy_diesel::audit::{Audit, rules};
use tenancy_testing::PgServer;

use crate::cases::{ALL, predicates::STRICT};
use crate::database::{Audited, SHOP, STANDING};

#[test]
fn a_sound_database_has_no_findings() {
    let report = Audited::new().audit();
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(report.asked.len(), rules().len());
    assert_eq!(report.tables.len(), 7, "{:?}", report.tables);
}

#[test]
fn what_is_always_said_of_the_sound_database_is_said() {
    let database = Audited::new();
    let standing: Vec<_> = database.standing();
    let standing: Vec<(&str, &str)> = standing
        .iter()
        .map(|(rule, object)| (*rule, object.as_str()))
        .collect();
    assert_eq!(standing, STANDING);
}

#[test]
fn each_flaw_of_text_tenants_is_found_and_none_on_its_twin() {
    let database = Audited::texts();
    case::run_on(&database, cases::texts::CASES);
    case::run_on(&database, cases::encryption::TEXTS);
    case::run_on(&database, cases::rows::TEXTS);
}

#[test]
fn a_logical_replication_slot_is_found() {
    let server = PgServer::start_with(&["wal_level=logical"]).unwrap();
    case::run_on(&Audited::on(&server), cases::server::LOGICAL);
}

#[test]
fn every_rule_has_a_case() {
    let seeded: BTreeSet<&str> = ALL
        .iter()
        .copied()
        .flatten()
        .map(|case| case.rule)
        .collect();
    let known: BTreeSet<&str> = rules().iter().map(|rule| rule.id()).collect();
    assert_eq!(seeded, known);
}

/// The rules of a file, each case with its twin. A failure names the case.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        $(
            mod $name {
                #[test]
                fn each_flaw_is_found_and_none_on_its_twin() {
                    crate::case::run(crate::cases::$name::CASES);
                }
            }
        )*
    };
}

cases!(
    columns, encryption, functions, indexes, keys, partitions, policies, predicates, privileges,
    references, registry, rls, roles, rows, server, session, views
);

#[test]
fn a_policy_that_hides_a_missing_tenant_is_found_where_an_error_is_asked_for() {
    let database = Audited::new();
    let audit = |statements: &[&str]| {
        database.after(statements, |conn| {
            let options = database.options().on_missing(OnMissing::Error);
            Audit::new(&SHOP).policies(options).run(conn)
        })
    };
    let report = audit(&[]);
    let [case] = STRICT else { unreachable!() };
    let found = report
        .findings
        .iter()
        .find(|f| f.rule.id() == case.rule && f.object.to_string() == case.object)
        .unwrap_or_else(|| panic!("{report}"));
    let mended = audit(&[found.mend.as_ref().unwrap()]);
    assert!(
        mended
            .findings
            .iter()
            .all(|f| f.rule.id() != case.rule || f.table.as_deref() != Some("public.projects")),
        "{mended}"
    );
}

#[test]
fn tables_are_looked_for_where_the_application_finds_them() {
    let database = Audited::new();
    let copy = "CREATE SCHEMA archive; CREATE TABLE archive.projects (LIKE projects INCLUDING ALL)";
    let found = |settings: &[&str]| {
        let statements: Vec<&str> = [copy].iter().chain(settings).copied().collect();
        let report = database.audit_after(&statements);
        report.findings.iter().any(|f| {
            f.rule.id() == "rls-disabled" && f.table.as_deref() == Some("archive.projects")
        })
    };
    assert!(!found(&[]));
    assert!(found(&[
        "ALTER ROLE {app} SET search_path = nowhere, archive, public"
    ]));
    assert!(found(&[
        "ALTER DATABASE {database} SET search_path = archive, public"
    ]));
    assert!(!found(&[
        "ALTER ROLE {admin} SET search_path = archive, public"
    ]));
    assert!(!found(&[
        "ALTER ROLE {app} SET search_path = archive, public;
         ALTER ROLE {app} IN DATABASE {database} SET search_path = \"$user\", public"
    ]));
}
