use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::case::{Case, ROOT};
use super::text;

/// The program of all right lines.
pub(crate) const RIGHT: &str = "right";

/// What the compiler says, by program.
pub(crate) struct Errors(HashMap<String, Found>);

impl Errors {
    pub(crate) fn of(&self, program: &str) -> &Found {
        const NONE: &Found = &Found {
            errors: Vec::new(),
            lines: 0,
        };
        self.0.get(program).unwrap_or(NONE)
    }
}

/// The errors of one program: code and text of each.
#[derive(Default)]
pub(crate) struct Found {
    errors: Vec<(String, String)>,
    /// How long they are as a user sees them.
    lines: usize,
}

impl Found {
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.errors.iter().any(|(found, _)| found == code)
    }

    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    pub(crate) fn text(&self) -> String {
        let texts: Vec<&str> = self.errors.iter().map(|(_, text)| text.as_str()).collect();
        texts.join("\n")
    }
}

/// Checks every case as a program of its own and every right line in one more, in a package that is
/// written for it: Cargo then runs once, and compiles the dependencies once.
pub(crate) fn check(cases: &[Case]) -> Errors {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-fail");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    write(&package.join("Cargo.toml"), &manifest(cases, workspace));
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    write_right(cases, &package.join(RIGHT));

    let output = Command::new(env!("CARGO"))
        .args(["check", "--bins", "--keep-going", "--offline", "--quiet"])
        .arg("--message-format=json")
        .arg("--target-dir")
        .arg(package.join("target"))
        .current_dir(&package)
        // Only errors count. Without a terminal, types are shortened to the same width everywhere.
        .env("RUSTFLAGS", "--cap-lints=allow")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut errors: HashMap<String, Found> = HashMap::new();
    let mut finished = false;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        finished |= line["reason"] == "build-finished";
        let message = &line["message"];
        let summary = message["message"].as_str().unwrap_or_default();
        if message["level"] != "error" || summary.starts_with("aborting due to") {
            continue;
        }
        let rendered = message["rendered"].as_str().unwrap();
        let target = &line["target"];
        assert!(target["kind"][0] == "bin", "{rendered}");
        let program = target["name"].as_str().unwrap();
        let code = message["code"]["code"].as_str().unwrap_or_default();
        let text = if program == RIGHT {
            rendered.to_owned()
        } else {
            text::normalize(rendered, workspace)
        };
        let found = errors.entry(program.to_owned()).or_default();
        found.errors.push((code.to_owned(), text));
        found.lines += rendered.lines().count();
    }
    assert!(finished, "{}", String::from_utf8_lossy(&output.stderr));
    Errors(errors)
}

/// The versions are those of the workspace's lock file.
fn manifest(cases: &[Case], workspace: &Path) -> String {
    let workspace = workspace.display();
    let mut manifest = format!(
        r#"[workspace]

[package]
name = "compile-fail"
version = "0.0.0"
edition = "2024"

[lib]
name = "shop"
path = "{ROOT}/shop/lib.rs"

[dependencies]
tenancy-axum = {{ path = "{workspace}/tenancy-axum", features = ["bb8"] }}
diesel = {{ version = "*", default-features = false, features = ["postgres", "r2d2"] }}
diesel-async = {{ version = "*", default-features = false, features = ["bb8", "postgres"] }}
tenancy-diesel = {{ path = "{workspace}/tenancy-diesel", features = ["async", "bb8", "deadpool", "jobs", "postgres", "r2d2"] }}

[profile.dev]
debug = false
incremental = false

[[bin]]
name = "{RIGHT}"
path = "{RIGHT}/main.rs"
"#
    );
    for Case { rule, path, .. } in cases {
        let path = path.display();
        manifest += &format!("\n[[bin]]\nname = \"{rule}\"\npath = \"{path}\"\n");
    }
    manifest
}

/// One program with a module for each case. The schema files stand where the cases look for them.
fn write_right(cases: &[Case], folder: &Path) {
    let mut main = String::new();
    for Case {
        topic, rule, right, ..
    } in cases
    {
        write(&folder.join(topic).join(rule).with_extension("rs"), right);
        main += &format!("#[path = \"{topic}/{rule}.rs\"]\nmod {rule};\n");
    }
    main += "fn main() {}\n";
    write(&folder.join("main.rs"), &main);
    for schema in fs::read_dir(Path::new(ROOT).join("schemas")).unwrap() {
        let schema = schema.unwrap();
        let text = fs::read_to_string(schema.path()).unwrap();
        write(&folder.join("schemas").join(schema.file_name()), &text);
    }
}

/// Leaves a file alone that has this text, so that Cargo does not compile it again.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
