//! The auditor against a database with every flaw: one case for each, and its clean twin.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod case;
mod cases;
mod database;

use std::collections::BTreeSet;

use tenancy_diesel::audit::rules;

use crate::cases::ALL;
use crate::database::Audited;

#[test]
fn a_sound_database_has_no_findings() {
    let report = Audited::new().audit();
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(report.asked.len(), rules().len());
    assert_eq!(report.tables.len(), 7, "{:?}", report.tables);
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

cases!(rls);
