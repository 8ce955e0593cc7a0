use std::path::Path;

/// A diagnostic without what differs from one machine or one unrelated edit to the next: where the
/// workspace and the registry are, lines of other files than the case, and where the compiler has
/// written the long names of types.
pub(crate) fn normalize(rendered: &str, workspace: &Path) -> String {
    let cases = workspace.join("tests/tests/compile-fail");
    let width = rendered
        .lines()
        .find_map(|line| line.find("--> "))
        .unwrap_or(WIDTH);
    let mut text = String::new();
    let mut foreign = false;
    for line in rendered.trim_end().lines() {
        if line.contains("the full name for the type has been written to")
            || line.contains("consider using `--verbose` to print the full type name")
        {
            continue;
        }
        let Some((number, rest)) = split_gutter(line) else {
            foreign = false;
            text.push_str(&indented(line, width));
            text.push('\n');
            continue;
        };
        let arrow = rest
            .strip_prefix("--> ")
            .or_else(|| rest.strip_prefix("::: "));
        if let Some(at) = arrow {
            foreign = place(at, &cases, workspace, false).is_empty();
            let (arrow, _) = rest.split_at(4);
            let place = place(at, &cases, workspace, foreign);
            text.push_str(&format!("{:WIDTH$}{arrow}{place}\n", ""));
        } else if !foreign {
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

fn place(at: &str, cases: &Path, workspace: &Path, foreign: bool) -> String {
    let below = |folder: &Path| {
        let rest = at.strip_prefix(&*folder.to_string_lossy())?;
        Some(rest.trim_start_matches('/').to_owned())
    };
    if !foreign {
        return below(cases)
            .filter(|place| !place.starts_with("shop/"))
            .unwrap_or_default();
    }
    let file = |place: &str| place.split(':').next().unwrap_or_default().to_owned();
    if let Some(place) = below(workspace) {
        return file(&place);
    }
    if let Some((_, place)) = at.split_once("/rustlib/src/rust/library/") {
        return format!("$RUST/{}", file(place));
    }
    let in_registry = at
        .split_once("/registry/src/")
        .and_then(|(_, place)| place.split_once('/'));
    if let Some((_, place)) = in_registry {
        let (krate, place) = place.split_once('/').unwrap_or_default();
        let (name, _version) = krate.rsplit_once('-').unwrap_or((krate, ""));
        return format!("$CARGO/{name}/{}", file(place));
    }
    file(at)
}
