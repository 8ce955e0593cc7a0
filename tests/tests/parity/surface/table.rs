use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a scope does with an item.
pub(super) const STATES: [&str; 4] = [
    "works",
    "refused at compile time",
    "refused at run time",
    "RLS alone",
];

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
const COMPILE_FAIL: &str = "compile-fail/";

/// A row of `docs/parity.md`.
pub(super) struct Row {
    /// The items of Diesel it is about. A row about something else names none.
    pub(super) items: Vec<String>,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) tests: Vec<String>,
}

/// The rows, and the counts by state that stand above them.
pub(super) struct Document {
    pub(super) rows: Vec<Row>,
    pub(super) counts: BTreeMap<String, usize>,
}

pub(super) fn read() -> Document {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/parity.md");
    let mut rows = Vec::new();
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let Some(line) = line
            .strip_prefix("| ")
            .and_then(|line| line.strip_suffix('|'))
        else {
            continue;
        };
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        match cells[..] {
            ["Diesel" | "state", ..] => {}
            [state, count, _] => {
                counts.insert(state.to_owned(), count.parse().unwrap());
            }
            [name, state, _, tests] => rows.push(Row {
                items: if name.starts_with('`') {
                    quoted(name)
                } else {
                    Vec::new()
                },
                name: name.to_owned(),
                state: state.to_owned(),
                tests: quoted(tests),
            }),
            _ => panic!("{line}"),
        }
    }
    Document { rows, counts }
}

impl Row {
    /// Whether a test uses what the row is about: the method or function by its name, or the method behind
    /// which its trait stands. A macro or a derive may stand beside the test.
    pub(super) fn is_used_by_a_test(&self) -> bool {
        let texts: Vec<String> = self.tests.iter().filter_map(|test| text(test)).collect();
        let mut names = self
            .items
            .iter()
            .filter(|item| !item.ends_with([']', '!']))
            .filter_map(|item| item.rsplit("::").next())
            .peekable();
        names.peek().is_none() || names.any(|name| texts.iter().any(|text| has_word(text, name)))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|found| found == word)
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The text of a test: `folder/file::function`, or `compile-fail/topic/rule`.
pub(super) fn text(test: &str) -> Option<String> {
    if is_compile_fail(test) {
        return fs::read_to_string(source(test)).ok();
    }
    let (file, function) = test.split_once("::")?;
    let text = fs::read_to_string(source(file)).ok()?;
    ["#[test]\nfn", "#[tokio::test]\nasync fn"]
        .iter()
        .find_map(|words| {
            let (_, rest) = text.split_once(&format!("{words} {function}()"))?;
            let (body, _) = rest.split_once("\n}\n")?;
            Some(body.to_owned())
        })
}

pub(super) fn is_compile_fail(test: &str) -> bool {
    test.starts_with(COMPILE_FAIL)
}

fn source(test: &str) -> PathBuf {
    Path::new(TESTS).join(test).with_extension("rs")
}
