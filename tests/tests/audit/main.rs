//! The auditor against a database with every flaw: one case for each, and its clean twin.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod case;
mod cases;
mod database;
mod document;
mod leakproof;

use std::collections::BTreeSet;

use tenancy_diesel::audit::rules;
use tenancy_testing::PgServer;

use crate::cases::ALL;
use crate::database::{Audited, STANDING};

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
    columns, encryption, indexes, keys, references, registry, rls, rows, server
);
