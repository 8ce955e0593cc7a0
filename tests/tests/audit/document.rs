//! The table of rules in `docs/auditor.md`, which is written from the rules.
//!
//! `TENANCY_BLESS=1 cargo test -p tenancy-tests --test audit document` writes it.

use std::fs;

use tenancy_diesel::audit::{Rule, Subject, rules};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/auditor.md");
const BEGIN: &str = "<!-- rules -->\n";
const END: &str = "<!-- /rules -->\n";

fn row(rule: &Rule) -> String {
    let subject = match rule.subject() {
        Subject::Table => "table",
        Subject::Database => "database",
        Subject::Rows => "rows",
        other => panic!("{other:?} has no name in the document"),
    };
    let boot = if rule.is_asked_at_boot() { "yes" } else { "" };
    format!(
        "| `{}` | {} | {subject} | {boot} | {} |\n",
        rule.id(),
        rule.severity(),
        rule.title()
    )
}

#[test]
fn the_document_has_every_rule_as_it_is() {
    let document = fs::read_to_string(PATH).unwrap();
    let (head, rest) = document.split_once(BEGIN).unwrap();
    let (written, tail) = rest.split_once(END).unwrap();
    let rows: String = rules().iter().map(row).collect();
    let table =
        format!("| id | severity | of | at boot | what is wrong |\n|---|---|---|---|---|\n{rows}");
    if std::env::var_os("TENANCY_BLESS").is_some() {
        fs::write(PATH, format!("{head}{BEGIN}{table}{END}{tail}")).unwrap();
    } else {
        assert_eq!(written, table, "TENANCY_BLESS=1 writes the table");
    }
}

#[test]
fn no_two_rules_have_one_id_and_all_say_why() {
    for (n, rule) in rules().iter().enumerate() {
        let id = rule.id();
        assert!(!rules()[..n].contains(rule), "{id} is there twice");
        assert!(rule.why().ends_with('.'), "{id}: {}", rule.why());
        assert!(!rule.title().ends_with('.'), "{id}: {}", rule.title());
        assert!(
            id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{id} is not in kebab case"
        );
    }
}
