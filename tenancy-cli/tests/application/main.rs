//! The application's own program: `tenancy_cli::main` with the tables compiled in.
//!
//! This test is that program when it is started with a variable set, and otherwise starts itself so.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

#[path = "../shop/schema.rs"]
mod schema;

use std::path::Path;
use std::process::{Command, ExitCode, Output};

use schema::REGISTRY;

const AS_PROGRAM: &str = "TENANCY_TESTS_AS_PROGRAM";

fn main() -> ExitCode {
    if std::env::var_os(AS_PROGRAM).is_some() {
        return tenancy_cli::main(&REGISTRY);
    }
    let folder = tempfile::tempdir().unwrap();
    the_registry_is_written_and_checked(folder.path());
    it_takes_no_file();
    it_needs_no_file_for_what_needs_tables();
    ExitCode::SUCCESS
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TENANCY_") {
            command.env_remove(&name);
        }
    }
    command
        .env(AS_PROGRAM, "1")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn the_registry_is_written_and_checked(folder: &Path) {
    let printed = program(&["registry"]);
    assert_eq!(text(&printed.stdout), tenancy_cli::registry_json(&REGISTRY));
    let path = folder.join("tenancy.json");
    let file = path.to_str().unwrap();
    assert!(program(&["registry", "--output", file]).status.success());
    tenancy_cli::assert_registry_file(&REGISTRY, file);
    assert!(program(&["registry", "--check", file]).status.success());

    let written = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, written.replace("\"projects\"", "\"plans\"")).unwrap();
    let checked = program(&["registry", "--check", file]);
    assert_eq!(checked.status.code(), Some(1));
    let says = text(&checked.stderr);
    assert!(
        says.contains("out of date") && says.contains("registry --output"),
        "{says}"
    );
}

fn it_takes_no_file() {
    let output = program(&["registry", "--registry", "x.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!text(&program(&["--help"]).stdout).contains("--registry"));
}

fn it_needs_no_file_for_what_needs_tables() {
    // The tables have encrypted columns, so the role of the keys is in the script unasked.
    let script = program(&["setup", "roles"]);
    assert!(text(&script.stdout).contains("\"tenancy_keys\""));
}
