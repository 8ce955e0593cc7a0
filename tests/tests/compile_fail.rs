//! What must not compile, and what the compiler says about it.
//!
//! Each file `compile-fail/<topic>/<rule>.rs` is a program with one wrong line; the comment below that
//! line has the right one. Its first lines name the error code, if there is one, and the phrases by
//! which a reader finds the way out. They are checked on every compiler. The whole text, in
//! `<rule>.stderr`, is checked on the compiler that CI pins:
//!
//! ```text
//! BLESS=1 cargo test --test compile_fail       # write the texts of this compiler
//! CASE=upsert cargo test --test compile_fail   # only the cases with this word in their path
//! ```

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "compile-fail/runner/case.rs"]
mod case;
#[path = "compile-fail/runner/package.rs"]
mod package;
#[path = "compile-fail/runner/text.rs"]
mod text;

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use case::Case;
use package::Errors;

/// The compiler whose texts the `.stderr` files have.
const PINNED: &str = "rustc 1.95.";

static CASES: LazyLock<Vec<Case>> = LazyLock::new(case::all);
static ERRORS: LazyLock<Errors> = LazyLock::new(|| package::check(&CASES));
/// The cases that `docs/mistakes.md` explains.
static COMMON: LazyLock<Vec<&Case>> = LazyLock::new(|| {
    CASES
        .iter()
        .filter(|case| case.topic == "mistakes")
        .collect()
});

#[test]
fn every_wrong_line_is_refused_with_its_code_and_phrase() {
    report(CASES.iter().filter_map(|case| {
        let found = ERRORS.of(&case.rule);
        let text = found.text();
        if text.is_empty() {
            return Some(format!("{case}: compiles"));
        }
        let missing: Vec<&str> = (case.phrases.iter())
            .filter(|phrase| !text.contains(phrase.as_str()))
            .chain(case.codes.iter().filter(|code| !found.has_code(code)))
            .map(String::as_str)
            .collect();
        (!missing.is_empty()).then(|| format!("{case}: no {missing:?} in\n{text}"))
    }));
}

#[test]
fn no_error_is_an_overflow() {
    report(CASES.iter().filter_map(|case| {
        let found = ERRORS.of(&case.rule);
        (found.has_code("E0275")).then(|| format!("{case}: E0275 in\n{}", found.text()))
    }));
}

#[test]
fn a_common_mistake_is_named_by_its_first_error_and_gets_no_page() {
    if !is_pinned() {
        return;
    }
    // As a user sees it, and without the excerpts from other crates.
    const LONGEST: (usize, usize) = (60, 30);
    report(COMMON.iter().filter_map(|case| {
        let found = ERRORS.of(&case.rule);
        let text = found.text();
        let first = text.split("\n\n").next().unwrap_or_default();
        let is_named = first.contains(&case.phrases[0]);
        let lines = (found.lines(), text.lines().count());
        let is_short = lines.0 <= LONGEST.0 && lines.1 <= LONGEST.1;
        (!is_named || !is_short).then(|| format!("{case}: {lines:?} lines\n{text}"))
    }));
}

#[test]
fn the_guide_quotes_every_common_mistake() {
    let guide = include_str!("../../docs/mistakes.md");
    report(COMMON.iter().filter_map(|case| {
        let missing = !guide.contains(&case.phrases[0]);
        missing.then(|| format!("{case}: docs/mistakes.md has no \"{}\"", case.phrases[0]))
    }));
}

#[test]
fn every_right_line_compiles() {
    let text = ERRORS.of(package::RIGHT).text();
    assert!(text.is_empty(), "{text}");
}

#[test]
fn the_pinned_compiler_says_exactly_what_is_recorded() {
    let bless = std::env::var_os("BLESS").is_some();
    if !bless && !is_pinned() {
        return;
    }
    report(CASES.iter().filter_map(|case| {
        let text = ERRORS.of(&case.rule).text();
        let path = case.path.with_extension("stderr");
        if bless {
            return fs::write(&path, text)
                .err()
                .map(|error| format!("{case}: {error}"));
        }
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        (text != recorded).then(|| format!("{case}: expected\n{recorded}\nfound\n{text}"))
    }));
}

fn is_pinned() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    version.stdout.starts_with(PINNED.as_bytes())
}

fn report(problems: impl Iterator<Item = String>) {
    let problems: Vec<String> = problems.collect();
    assert!(
        problems.is_empty(),
        "{} of {} cases\n\n{}",
        problems.len(),
        CASES.len(),
        problems.join("\n\n")
    );
}
