use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where the surface is: package, and what of its sources an application calls. A folder is read with
/// everything in it.
const PLACES: [(&str, &[&str]); 3] = [
    (
        "diesel",
        &[
            "src/associations",
            "src/connection/mod.rs",
            "src/expression",
            "src/expression_methods",
            "src/insertable.rs",
            "src/lib.rs",
            "src/macros",
            "src/pg/connection/mod.rs",
            "src/pg/expression",
            "src/pg/query_builder",
            "src/pg/transaction.rs",
            "src/query_builder",
            "src/query_dsl",
            "src/query_source",
            "src/result.rs",
            "src/upsert",
        ],
    ),
    (
        "diesel-async",
        &["src/lib.rs", "src/pg", "src/run_query_dsl"],
    ),
    ("diesel_derives", &["src/lib.rs"]),
];

/// The source files of the versions that the lock file names, each with what its items are called by
/// first: diesel-async has traits of the names of Diesel's.
pub(super) fn files() -> Vec<(&'static str, PathBuf)> {
    let packages = packages();
    let mut found = Vec::new();
    for (package, places) in PLACES {
        let folder = packages
            .iter()
            .find(|(name, _)| name == package)
            .map(|(_, folder)| folder)
            .unwrap_or_else(|| panic!("{package} is not in the graph"));
        let prefix = match package {
            "diesel-async" => "diesel_async::",
            _ => "",
        };
        for place in places {
            let mut files = Vec::new();
            collect(&folder.join(place), &mut files);
            assert!(!files.is_empty(), "{package} has no {place}");
            found.extend(files.into_iter().map(|file| (prefix, file)));
        }
    }
    found
}

fn packages() -> Vec<(String, PathBuf)> {
    // What other platforms need may not have been downloaded.
    let version = run(Command::new(rustc()).arg("-vV"));
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let metadata = run(Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .args(["--filter-platform", host, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")));
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    packages
        .iter()
        .map(|package| {
            let manifest = PathBuf::from(text(&package["manifest_path"]));
            (
                text(&package["name"]),
                manifest.parent().unwrap().to_owned(),
            )
        })
        .collect()
}

fn rustc() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
    } else if path.extension().is_some_and(|name| name == "rs") {
        files.push(path.to_owned());
    }
}
