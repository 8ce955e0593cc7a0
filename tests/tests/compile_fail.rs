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
