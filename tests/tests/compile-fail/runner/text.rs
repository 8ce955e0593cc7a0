use std::path::Path;

use super::case::ROOT;

/// A diagnostic without what differs from one machine or one unrelated edit to the next: where the
/// workspace and the registry are, lines of other files than the case and its schema, lists of the
/// types that implement a trait, and where the compiler has written the long names of types.
pub(crate) fn normalize(rendered: &str, workspace: &Path) -> String {
    let in_message = format!("{ROOT}/");
    let width = rendered
        .lines()
        .find_map(|line| line.find("--> "))
        .unwrap_or(WIDTH);
    let mut text = String::new();
    let (mut foreign, mut list) = (false, false);
    for line in rendered.trim_end().lines() {
        if line.contains("the full name for the type has been written to")
            || line.contains("consider using `--verbose` to print the full type name")
        {
            continue;
        }
        let gutter = split_gutter(line);
        if list && gutter.is_none() && line.starts_with("     ") {
            continue;
        }
        list = line.contains("the following other types implement trait");
        let Some((number, rest)) = gutter else {
            foreign = false;
            text.push_str(&indented(&line.replace(&in_message, ""), width));
            text.push('\n');
            continue;
        };
        let arrow = ["--> ", "::: "]
            .iter()
            .find_map(|arrow| rest.strip_prefix(arrow));
        if let Some(at) = arrow {
            let shown = below(Path::new(ROOT), at).filter(|place| !place.starts_with("shop/"));
            foreign = shown.is_none();
            let place = shown.map_or_else(|| file(at, workspace), str::to_owned);
            let (arrow, _) = rest.split_at(4);
            text.push_str(&format!("{:WIDTH$}{arrow}{place}\n", ""));
            continue;
        }
        foreign &= !rest.starts_with('=');
        if !foreign {
            text.push_str(&format!("{number:>WIDTH$} {rest}\n"));
        }
    }
    text
}

/// The width of the line numbers. The compiler's own depends on the longest number, also on that of a
/// line in a file that is not shown.
const WIDTH: usize = 2;

/// Splits `12 | code` into number and rest.
fn split_gutter(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let (number, rest) = line.split_at(line.len() - digits.len());
    let rest = rest.trim_start();
    let marks: &[&str] = if number.is_empty() {
        &["|", "--> ", "::: ", "= ", "..."]
    } else {
        &["|", "+ ", "- ", "~ "]
    };
    let is_gutter = marks.iter().any(|mark| rest.starts_with(mark));
    is_gutter.then_some((number, rest))
}

/// A line that goes on from the one before, moved as the gutter was.
fn indented(line: &str, width: usize) -> String {
    match line.strip_prefix(&" ".repeat(width + 1)) {
        Some(rest) => format!("{:WIDTH$} {rest}", ""),
        None => line.to_owned(),
    }
}

fn below<'at>(folder: &Path, at: &'at str) -> Option<&'at str> {
    at.strip_prefix(&*folder.to_string_lossy())?
        .strip_prefix('/')
}

/// A place in a file that is not shown: which file it is.
fn file(at: &str, workspace: &Path) -> String {
    let path = at.split(':').next().unwrap_or(at);
    if let Some(path) = below(workspace, path) {
        return path.to_owned();
    }
    if let Some((_, path)) = path.split_once("/rustlib/src/rust/library/") {
        return format!("$RUST/{path}");
    }
    let in_registry = path
        .split_once("/registry/src/")
        .and_then(|(_, path)| path.split_once('/'))
        .and_then(|(_, path)| path.split_once('/'));
    match in_registry {
        Some((krate, path)) => {
            let (name, _version) = krate.rsplit_once('-').unwrap_or((krate, ""));
            format!("$CARGO/{name}/{path}")
        }
        None => path.to_owned(),
    }
}
