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

    // Times differ from run to run; everything else in the sample is exact.
    let printed: Vec<&str> = text.lines().map(without_time).collect();
    let readme = include_str!("../README.md");
    let sample = readme.split("```text\n").nth(1).unwrap();
    let sample = sample.split("```").next().unwrap();
    for line in sample.lines().map(without_time) {
        assert!(printed.contains(&line), "not printed: {line}\n{text}");
    }
}

/// A row of part 7 ends with milliseconds.
fn without_time(line: &str) -> &str {
    let is_time = |(_, last): &(&str, &str)| last.contains('.') && last.parse::<f64>().is_ok();
    line.rsplit_once(' ')
        .filter(is_time)
        .map_or(line, |(start, _)| start)
        .trim_end()
}
