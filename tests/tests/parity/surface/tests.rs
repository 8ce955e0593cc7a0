use std::collections::{BTreeMap, BTreeSet};

use super::ignored::IGNORED;
use super::table::{self, STATES};
use super::{scan, sources};

/// Everything that Diesel offers, without what is ignored.
fn offered() -> BTreeSet<String> {
    surface()
        .into_iter()
        .filter(|item| !patterns().any(|pattern| is_meant(pattern, item)))
        .collect()
}

fn surface() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (prefix, file) in sources::files() {
        found.extend(
            scan::scan(&file)
                .into_iter()
                .map(|item| format!("{prefix}{item}")),
        );
    }
    found
}

fn patterns() -> impl Iterator<Item = &'static str> {
    IGNORED.iter().flat_map(|(_, items)| items.iter().copied())
}

/// `Trait::*` means every method.
fn is_meant(pattern: &str, item: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => item.starts_with(beginning),
        None => item == pattern,
    }
}

fn listed() -> BTreeSet<String> {
    table::read()
        .rows
        .into_iter()
        .flat_map(|row| row.items)
        .collect()
}

#[test]
fn every_item_of_diesel_has_a_row() {
    let missing: Vec<String> = offered().difference(&listed()).cloned().collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_row_is_about_an_item_of_diesel() {
    let unknown: Vec<String> = listed().difference(&offered()).cloned().collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn no_item_has_two_rows() {
    let mut seen = BTreeSet::new();
    let rows = table::read().rows.into_iter().flat_map(|row| row.items);
    let twice: Vec<String> = rows.filter(|item| !seen.insert(item.clone())).collect();
    assert!(twice.is_empty(), "{}", twice.join("\n"));
}

#[test]
fn what_is_ignored_is_there() {
    let surface = surface();
    let stale: Vec<&str> = patterns()
        .filter(|pattern| !surface.iter().any(|item| is_meant(pattern, item)))
        .collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn the_counts_are_those_of_the_rows() {
    let document = table::read();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in document.rows {
        *counts.entry(row.state).or_default() += row.items.len().max(1);
    }
    assert_eq!(document.counts, counts);
}

#[test]
fn every_row_has_a_state_and_a_test_of_its_kind() {
    let mut problems = Vec::new();
    for row in table::read().rows {
        let is_refused = row.state == "refused at compile time";
        if !STATES.contains(&row.state.as_str()) {
            problems.push(format!("{}: no state {}", row.name, row.state));
        }
        let has = |compile_fail| {
            row.tests
                .iter()
                .any(|test| table::is_compile_fail(test) == compile_fail)
        };
        if !has(is_refused) {
            problems.push(format!("{}: no test that shows it {}", row.name, row.state));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_test_exists() {
    let tests = table::read().rows.into_iter().flat_map(|row| row.tests);
    let missing: BTreeSet<String> = tests.filter(|test| table::text(test).is_none()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_test_uses_what_its_row_is_about() {
    let elsewhere: Vec<String> = (table::read().rows.into_iter())
        .filter(|row| !row.is_used_by_a_test())
        .map(|row| format!("{}: {:?}", row.name, row.tests))
        .collect();
    assert!(elsewhere.is_empty(), "{}", elsewhere.join("\n"));
}
