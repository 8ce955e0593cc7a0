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
use tenancy_diesel::audit::{Audit, Report, Subject, rules};
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

/// Flaws of each kind of list, on the rows too.
const FLAWS: &[&str] = &[
    "ALTER TABLE projects NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE documents ALTER tenant_id DROP NOT NULL",
    "INSERT INTO documents VALUES (NULL, gen_random_uuid(), 'nobody')",
    "ALTER TABLE tasks ADD UNIQUE (title)",
    "CREATE INDEX ON tasks (lower(title))",
    "CREATE PUBLICATION outside FOR ALL TABLES",
    "GRANT SELECT ON tenancy.tenancy_kek TO PUBLIC",
];

fn told(report: &Report) -> Vec<String> {
    report.findings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_application_itself_can_audit_all_but_the_rows() {
    let database = Audited::new();
    let by_superuser = database.audit_after(FLAWS);
    let as_app: Vec<&str> = FLAWS
        .iter()
        .copied()
        .chain(["SET LOCAL ROLE {app}"])
        .collect();
    let by_app = database.audit_after(&as_app);
    let without = |report: &Report| -> Vec<String> {
        let findings = report.findings.iter();
        let findings = findings.filter(|finding| finding.rule.subject() != Subject::Rows);
        findings.map(ToString::to_string).collect()
    };
    assert_eq!(without(&by_superuser), without(&by_app));
    assert_ne!(told(&by_superuser), told(&by_app));
}

#[tokio::test]
async fn an_asynchronous_audit_finds_the_same_with_as_many_statements() {
    let database = Audited::new();
    let by_async = database.audit_async_after(FLAWS).await;
    let by_sync = database.audit_after(FLAWS);
    assert_eq!(told(&by_async), told(&by_sync));
    assert_eq!(by_async.queries, by_sync.queries);
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
