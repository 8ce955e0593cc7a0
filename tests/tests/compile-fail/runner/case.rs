use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the cases are.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile-fail");

/// A program with one wrong line.
pub(crate) struct Case {
    pub(crate) path: PathBuf,
    /// The folder.
    pub(crate) topic: String,
    /// The name of the file.
    pub(crate) rule: String,
    pub(crate) codes: Vec<String>,
    pub(crate) phrases: Vec<String>,
    /// The program with the right line.
    pub(crate) right: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.rs", self.topic, self.rule)
    }
}

/// Folders that hold no cases: the code of the runner, what the cases share, and what is not refused
/// yet.
const NO_TOPICS: [&str; 4] = ["runner", "shop", "schemas", "open"];

/// The cases in order, or those that the variable `CASE` asks for.
pub(crate) fn all() -> Vec<Case> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut cases = Vec::new();
    for topic in entries(Path::new(ROOT)) {
        if NO_TOPICS.iter().any(|name| topic.ends_with(name)) {
            continue;
        }
        for path in entries(&topic) {
            if path.extension().is_some_and(|name| name == "stderr") {
                let case = path.with_extension("rs");
                assert!(case.exists(), "{} has no case", path.display());
            } else if path.to_string_lossy().contains(&wanted) {
                cases.push(parse(&path));
            }
        }
    }
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

fn parse(path: &Path) -> Case {
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let program = fs::read_to_string(path).unwrap();
    let (mut codes, mut phrases) = (Vec::new(), Vec::new());
    for line in program.lines() {
        let Some(expected) = line.strip_prefix("//~ ") else {
            break;
        };
        if expected.len() == 5 && expected.starts_with('E') {
            codes.push(expected.to_owned());
        } else {
            phrases.push(expected.to_owned());
        }
    }
    assert!(!phrases.is_empty(), "{}: name a phrase", path.display());
    Case {
        path: path.to_owned(),
        topic: name(path.parent().unwrap()),
        rule: name(path),
        codes,
        phrases,
        right: with_right_line(&program)
            .unwrap_or_else(|| panic!("{}: one line `//~ right:`", path.display())),
    }
}

/// Puts the right line in the place of the wrong one above it.
fn with_right_line(program: &str) -> Option<String> {
    const MARK: &str = "//~ right:";
    let (before, after) = program.split_once(MARK)?;
    let (right, after) = after.split_once('\n')?;
    let (before, indent) = before.rsplit_once('\n')?;
    let (before, _wrong) = before.rsplit_once('\n')?;
    (!after.contains(MARK)).then(|| format!("{before}\n{indent}{}\n{after}", right.trim()))
}
