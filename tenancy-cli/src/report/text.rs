use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{CellAlignment, Table};

use super::{Finding, Report, Severity};
use crate::terminal::{self, printable};

/// Where lines are broken when nothing else says so.
const PROSE: usize = 100;
const INDENT: &str = "    ";

pub(super) fn write(report: &Report, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    writeln!(
        out,
        "Audit of {}: {}, {}.",
        printable(&report.subject),
        terminal::counted(report.tables.len(), "table"),
        terminal::counted(report.rules.len(), "rule")
    )?;
    for (name, reason) in &report.excluded {
        writeln!(out, "Left out: {}, {}.", printable(name), printable(reason))?;
    }
    for finding in report.sorted() {
        writeln!(out)?;
        write_finding(report, finding, width, out)?;
    }
    writeln!(out)?;
    if !report.findings.is_empty() {
        writeln!(out, "{}\n", summary(report, width))?;
    }
    let total = counts.errors + counts.warnings + counts.infos;
    let style = match (counts.errors, total) {
        (0, 0) => terminal::GOOD,
        (0, _) => terminal::WARNING,
        _ => terminal::ERROR,
    };
    writeln!(
        out,
        "{style}{}, {}, {}{style:#}, {} accepted.",
        terminal::counted(counts.errors, "error"),
        terminal::counted(counts.warnings, "warning"),
        terminal::counted(counts.infos, "info"),
        counts.accepted
    )
}

fn write_finding(
    report: &Report,
    finding: &Finding,
    width: Option<u16>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = style(finding);
    let word = finding.severity.word();
    let title = report.rule(&finding.rule).map(|rule| rule.title.as_str());
    writeln!(
        out,
        "{style}{word}[{}]{style:#} {}: {}",
        printable(&finding.rule),
        printable(&finding.object.to_string()),
        printable(title.unwrap_or_default())
    )?;
    if let Some(accepted) = &finding.accepted {
        let line = format!("accepted until {}: {}", accepted.expires, accepted.reason);
        return paragraph(&line, width, out);
    }
    paragraph(&finding.evidence, width, out)?;
    paragraph(&finding.why, width, out)?;
    if let Some(mend) = &finding.mend {
        writeln!(out, "{INDENT}Mend:")?;
        for line in mend.lines() {
            let code = terminal::CODE;
            writeln!(out, "{INDENT}  {code}{}{code:#}", printable(line))?;
        }
    }
    Ok(())
}

fn style(finding: &Finding) -> Style {
    match (&finding.accepted, finding.severity) {
        (Some(_), _) => terminal::QUIET,
        (None, Severity::Error) => terminal::ERROR,
        (None, Severity::Warning) => terminal::WARNING,
        (None, Severity::Info) => terminal::INFO,
    }
}

/// Indented, and broken at words.
fn paragraph(text: &str, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let most = width
        .map_or(PROSE, usize::from)
        .saturating_sub(INDENT.len());
    for line in printable(text).lines() {
        let mut length = 0;
        write!(out, "{INDENT}")?;
        for word in line.split_whitespace() {
            let letters = word.chars().count();
            if length > 0 && length + 1 + letters > most {
                write!(out, "\n{INDENT}")?;
                length = 0;
            }
            let space = if length == 0 { "" } else { " " };
            write!(out, "{space}{word}")?;
            length += space.len() + letters;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One line for each rule that found something.
fn summary(report: &Report, width: Option<u16>) -> Table {
    let mut table = terminal::table(width);
    table.set_header([
        "rule",
        "severity",
        "findings",
        "accepted",
        "what it is about",
    ]);
    for rule in &report.rules {
        let of_rule = || report.findings.iter().filter(|f| f.rule == rule.id);
        let all = of_rule().count();
        let accepted = of_rule().filter(|f| f.accepted.is_some()).count();
        if all > 0 {
            table.add_row([
                printable(&rule.id).into_owned(),
                rule.severity.word().to_owned(),
                (all - accepted).to_string(),
                accepted.to_string(),
                printable(&rule.title).into_owned(),
            ]);
        }
    }
    for column in [2, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    fn text(report: &Report, width: Option<u16>) -> String {
        let mut out = Vec::new();
        write(report, width, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_says_what_where_why_and_how_to_mend_it() {
        let text = text(&hostile(), None);
        for part in [
            "error[rls-not-forced]",
            "table public.<script>alert(1)</script>: row-level security is not forced",
            "    relforcerowsecurity is false",
            "    The owner sees every row.",
            "ALTER TABLE \"<script>\" FORCE ROW LEVEL SECURITY;",
            "1 error, 1 warning, 1 info",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let text = anstream::adapter::strip_str(&text(&hostile(), None)).to_string();
        assert!(text.contains("public.tasks\\u{1b}[31m"), "{text}");
    }

    #[test]
    fn prose_keeps_to_the_width() {
        let mut report = hostile();
        report.findings[0].why = "word ".repeat(100);
        let text = anstream::adapter::strip_str(&text(&report, Some(60))).to_string();
        let prose = text.lines().filter(|line| line.contains("word word"));
        assert!(prose.clone().count() > 8);
        for line in prose {
            assert!(line.chars().count() <= 60, "{line}");
        }
    }

    #[test]
    fn nothing_found_says_so() {
        let text = text(&Report::default(), None);
        assert!(text.contains("0 errors, 0 warnings, 0 infos"), "{text}");
    }
}
