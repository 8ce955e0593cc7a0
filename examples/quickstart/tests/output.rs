//! Runs the program and reads what it printed.

use std::process::Command;

#[test]
fn the_program_succeeds_and_prints_what_the_readme_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");

    // Times and nonces differ from run to run; everything else in the sample is exact.
    let printed: Vec<String> = text.lines().map(comparable).collect();
    let readme = include_str!("../README.md");
    let sample = readme.split("```text\n").nth(1).unwrap();
    let sample = sample.split("```").next().unwrap();
    for line in sample.lines().map(comparable) {
        assert!(printed.contains(&line), "not printed: {line}\n{text}");
    }
}

/// A row of part 7 ends with milliseconds, and part 9 cuts ciphertext off with two dots.
fn comparable(line: &str) -> String {
    let is_time = |last: &str| last.contains('.') && last.parse::<f64>().is_ok();
    let line = match line.rsplit_once(' ') {
        Some((start, last)) if is_time(last) => start.trim_end(),
        _ => line,
    };
    let words = line.split(' ').filter(|word| !word.ends_with(".."));
    words.collect::<Vec<_>>().join(" ")
}
