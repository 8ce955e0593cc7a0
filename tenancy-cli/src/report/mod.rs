//! What an audit found, as text, JSON, SARIF and a page.
//!
//! A [`Report`] is plain data: rules, tables and findings. A [`Baseline`] marks findings as accepted, with a
//! reason and a day on which that ends. [`render`] writes the report in one of the [`Format`]s, and
//! [`Report::fails`] decides the exit code.

mod baseline;
mod convert;
mod day;
mod html;
mod json;
mod sarif;
mod text;

use std::fmt;
use std::io::{self, Write};

pub use baseline::{Accepted, Baseline, BaselineError};
use clap::ValueEnum;
pub use day::Day;
pub(crate) use day::version_of_now;

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The database, as a reader knows it: its name and its server.
    pub subject: String,
    /// Every rule, in the order in which it is shown.
    pub rules: Vec<Rule>,
    /// Every table that was looked at.
    pub tables: Vec<Table>,
    /// Tables that were left out on purpose, with the reason.
    pub excluded: Vec<(String, String)>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// In lower case with hyphens, such as `rls-not-forced`. It never changes.
    pub id: String,
    /// A few words.
    pub title: String,
    /// How bad it is, unless a finding says otherwise.
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
}

/// A table, and the rules that concern it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name, with its schema.
    pub name: String,
    /// The ids of the rules that were applied to it.
    pub rules: Vec<String>,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The id of the rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub object: Object,
    /// The table that it concerns, where it concerns one.
    pub table: Option<String>,
    /// What was seen.
    pub evidence: String,
    /// Why that is bad.
    pub why: String,
    /// The SQL that mends it, where there is one.
    pub mend: Option<String>,
    /// Why it is accepted, if it is.
    pub accepted: Option<Accepted>,
}

/// An object of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind, such as `table`, `role` or `function`.
    pub kind: String,
    /// Its name, with its schema where it has one.
    pub name: String,
}

/// How bad a finding is. The order is that of the words: an error is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Severity {
    /// Good to know.
    Info,
    /// One layer of two is missing, or something is slow.
    Warning,
    /// Rows can leak.
    Error,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people, in a terminal.
    #[default]
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
    /// One page that needs nothing else.
    Html,
}

/// How often each severity occurs among the findings that are not accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Infos.
    pub infos: usize,
    /// Findings of any severity that a baseline accepts.
    pub accepted: usize,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

    /// `error`, `warning` or `info`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl Report {
    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// How many findings there are.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for finding in &self.findings {
            let count = match (&finding.accepted, finding.severity) {
                (Some(_), _) => &mut counts.accepted,
                (None, Severity::Error) => &mut counts.errors,
                (None, Severity::Warning) => &mut counts.warnings,
                (None, Severity::Info) => &mut counts.infos,
            };
            *count += 1;
        }
        counts
    }

    /// Whether there is a finding of this severity or a worse one that is not accepted.
    pub fn fails(&self, from: Severity) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.accepted.is_none() && finding.severity >= from)
    }

    /// The findings in the order in which they are shown: what is not accepted first, the worst first,
    /// then by rule and object.
    fn sorted(&self) -> Vec<&Finding> {
        let place = |id: &str| self.rules.iter().position(|rule| rule.id == id);
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by_key(|finding| {
            (
                finding.accepted.is_some(),
                std::cmp::Reverse(finding.severity),
                place(&finding.rule).unwrap_or(usize::MAX),
                finding.object.name.clone(),
            )
        });
        findings
    }
}

/// What only some formats need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendering {
    /// The file of the repository at which a code host shows the results of SARIF, such as `src/schema.rs`.
    pub artifact: Option<String>,
    /// How wide the text may be. None is as wide as it gets.
    pub width: Option<u16>,
}

/// Writes a report. Styles in the text are escape codes, which `anstream` takes out where they do not belong.
///
/// # Errors
/// Those of the writer.
pub fn render(
    report: &Report,
    format: Format,
    rendering: &Rendering,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, rendering.width, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, rendering.artifact.as_deref(), out),
        Format::Html => html::write(report, out),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A report whose names do what names should not.
    pub(crate) fn hostile() -> Report {
        let rule = |id: &str, severity, title: &str| Rule {
            id: id.to_owned(),
            title: title.to_owned(),
            severity,
            why: "Because <b>& 'quotes' \"double\"</b>.".to_owned(),
        };
        let finding = |rule: &str, severity, name: &str| Finding {
            rule: rule.to_owned(),
            severity,
            object: Object {
                kind: "table".to_owned(),
                name: name.to_owned(),
            },
            table: (rule != "old-server").then(|| name.to_owned()),
            evidence: "relforcerowsecurity is false".to_owned(),
            why: "The owner sees every row.".to_owned(),
            mend: Some("ALTER TABLE \"<script>\" FORCE ROW LEVEL SECURITY;".to_owned()),
            accepted: None,
        };
        Report {
            subject: "shop on <host>".to_owned(),
            rules: vec![
                rule(
                    "rls-not-forced",
                    Severity::Error,
                    "row-level security is not forced",
                ),
                rule(
                    "no-tenant-index",
                    Severity::Warning,
                    "no index leads with the tenant",
                ),
                rule("old-server", Severity::Info, "the server has newer fixes"),
            ],
            tables: vec![
                Table {
                    name: "public.<script>alert(1)</script>".to_owned(),
                    rules: vec!["rls-not-forced".to_owned(), "no-tenant-index".to_owned()],
                },
                Table {
                    name: "public.tasks\u{1b}[31m".to_owned(),
                    rules: vec!["rls-not-forced".to_owned()],
                },
            ],
            excluded: vec![("public.old".to_owned(), "moves <b>".to_owned())],
            findings: vec![
                finding(
                    "no-tenant-index",
                    Severity::Warning,
                    "public.tasks\u{1b}[31m",
                ),
                finding(
                    "rls-not-forced",
                    Severity::Error,
                    "public.<script>alert(1)</script>",
                ),
                finding("old-server", Severity::Info, "15.18"),
            ],
        }
    }

    #[test]
    fn the_worst_comes_first_and_what_is_accepted_last() {
        let mut report = hostile();
        let ids = |report: &Report| -> Vec<String> {
            let sorted = report.sorted();
            sorted.iter().map(|finding| finding.rule.clone()).collect()
        };
        assert_eq!(
            ids(&report),
            ["rls-not-forced", "no-tenant-index", "old-server"]
        );
        report.findings[1].accepted = Some(Accepted {
            reason: "moves".to_owned(),
            expires: "2099-01-01".parse().unwrap(),
        });
        assert_eq!(
            ids(&report),
            ["no-tenant-index", "old-server", "rls-not-forced"]
        );
    }

    #[test]
    fn a_report_fails_from_the_severity_that_is_asked_for() {
        let mut report = hostile();
        assert!(report.fails(Severity::Error));
        report.findings.retain(|f| f.severity != Severity::Error);
        assert!(!report.fails(Severity::Error));
        assert!(report.fails(Severity::Warning));
        report.findings.retain(|f| f.severity == Severity::Info);
        assert!(!report.fails(Severity::Warning));
        assert!(report.fails(Severity::Info));
    }
}
