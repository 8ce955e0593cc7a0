//! One page that needs nothing else: no script, no font, no picture from elsewhere.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use super::{Finding, Report, Severity, Table};

const STYLE: &str = include_str!("page.css");

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(report).as_bytes())
}

fn page(report: &Report) -> String {
    let findings = report.sorted();
    let mut html = String::new();
    // Writing to a string does not fail.
    let _ = build(report, &findings, &mut html);
    html
}

fn build(report: &Report, findings: &[&Finding], html: &mut String) -> fmt::Result {
    let subject = Escaped(&report.subject);
    write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<title>Tenancy audit of {subject}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<header>\n<h1>Tenancy audit</h1>\n<p>{subject}</p>\n</header>\n<main>\n"
    )?;
    summary(report, html)?;
    matrix(report, findings, html)?;
    list(report, findings, html)?;
    excluded(report, html)?;
    rules(report, html)?;
    write!(
        html,
        "</main>\n<footer>tenancy {}</footer>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )
}

fn summary(report: &Report, html: &mut String) -> fmt::Result {
    let counts = report.counts();
    let looked_at: usize = report.tables.iter().map(|table| table.rules.len()).sum();
    writeln!(html, "<ul class=\"summary\">")?;
    for (class, count, word) in [
        ("error", counts.errors, "errors"),
        ("warning", counts.warnings, "warnings"),
        ("info", counts.infos, "infos"),
        ("accepted", counts.accepted, "accepted"),
        ("checks", looked_at, "checks of tables"),
    ] {
        let zero = if count == 0 { " zero" } else { "" };
        writeln!(
            html,
            "<li class=\"{class}{zero}\"><b>{count}</b> {word}</li>"
        )?;
    }
    writeln!(html, "</ul>")
}

/// The picture: a row for each table, a column for each rule that concerns one.
fn matrix(report: &Report, findings: &[&Finding], html: &mut String) -> fmt::Result {
    let columns: Vec<_> = report
        .rules
        .iter()
        .filter(|rule| {
            let applied = |table: &Table| table.rules.contains(&rule.id);
            report.tables.iter().any(applied)
        })
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    write!(
        html,
        "<section>\n<h2>Tables and rules</h2>\n<p class=\"legend\">"
    )?;
    for state in State::ALL {
        let (class, sign, word) = state.look();
        write!(html, "<span><i class=\"{class}\">{sign}</i> {word}</span> ")?;
    }
    write!(
        html,
        "</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Tables and rules\">\n\
         <table class=\"matrix\">\n<thead>\n<tr><th scope=\"col\">table</th>"
    )?;
    for rule in &columns {
        write!(
            html,
            "<th scope=\"col\"><a href=\"#rule-{id}\" title=\"{title}\">{id}</a></th>",
            id = Escaped(&rule.id),
            title = Escaped(&rule.title)
        )?;
    }
    writeln!(html, "</tr>\n</thead>\n<tbody>")?;
    for table in &report.tables {
        write!(
            html,
            "<tr><th scope=\"row\" title=\"{name}\">{name}</th>",
            name = Escaped(&table.name)
        )?;
        for rule in &columns {
            let at = findings
                .iter()
                .position(|f| f.rule == rule.id && f.table.as_ref() == Some(&table.name));
            let state = match at.map(|at| findings[at]) {
                Some(finding) if finding.accepted.is_some() => State::Accepted,
                Some(finding) => State::Found(finding.severity),
                None if table.rules.contains(&rule.id) => State::Fine,
                None => State::NotApplied,
            };
            let (class, sign, word) = state.look();
            let id = Escaped(&rule.id);
            write!(html, "<td class=\"{class}\" title=\"{id}: {word}\">")?;
            match at {
                Some(at) => write!(
                    html,
                    "<a href=\"#finding-{at}\" aria-label=\"{word}\">{sign}</a>"
                )?,
                None => write!(html, "<span aria-label=\"{word}\">{sign}</span>")?,
            }
            write!(html, "</td>")?;
        }
        writeln!(html, "</tr>")?;
    }
    writeln!(html, "</tbody>\n</table>\n</div>\n</section>")
}

#[derive(Clone, Copy)]
enum State {
    Found(Severity),
    Accepted,
    Fine,
    NotApplied,
}

impl State {
    const ALL: [State; 6] = [
        State::Found(Severity::Error),
        State::Found(Severity::Warning),
        State::Found(Severity::Info),
        State::Accepted,
        State::Fine,
        State::NotApplied,
    ];

    /// Its class, its sign and its word: colours alone would not tell everybody.
    fn look(self) -> (&'static str, &'static str, &'static str) {
        match self {
            State::Found(Severity::Error) => ("error", "&#x2715;", "error"),
            State::Found(Severity::Warning) => ("warning", "!", "warning"),
            State::Found(Severity::Info) => ("info", "i", "info"),
            State::Accepted => ("accepted", "~", "accepted"),
            State::Fine => ("fine", "&#x2713;", "fine"),
            State::NotApplied => ("none", "&#xb7;", "does not apply"),
        }
    }
}

fn list(report: &Report, findings: &[&Finding], html: &mut String) -> fmt::Result {
    writeln!(html, "<section>\n<h2>Findings</h2>")?;
    if findings.is_empty() {
        writeln!(html, "<p>Nothing was found.</p>")?;
    }
    for (at, finding) in findings.iter().enumerate() {
        let class = match finding.accepted {
            Some(_) => "accepted",
            None => finding.severity.word(),
        };
        let title = report.rule(&finding.rule).map_or("", |rule| &rule.title);
        write!(
            html,
            "<article id=\"finding-{at}\" class=\"{class}\">\n<h3><span class=\"tag\">{}</span> {}</h3>\n\
             <p class=\"rule\"><a href=\"#rule-{id}\">{id}</a> {}</p>\n",
            finding.severity,
            Escaped(&finding.object.to_string()),
            Escaped(title),
            id = Escaped(&finding.rule),
        )?;
        if let Some(accepted) = &finding.accepted {
            writeln!(
                html,
                "<p>Accepted until {}: {}</p>",
                accepted.expires,
                Escaped(&accepted.reason)
            )?;
        }
        writeln!(html, "<p>{}</p>", Escaped(&finding.evidence))?;
        writeln!(html, "<p>{}</p>", Escaped(&finding.why))?;
        if let Some(mend) = &finding.mend {
            writeln!(html, "<pre><code>{}</code></pre>", Escaped(mend))?;
        }
        writeln!(html, "</article>")?;
    }
    writeln!(html, "</section>")
}

fn excluded(report: &Report, html: &mut String) -> fmt::Result {
    if report.excluded.is_empty() {
        return Ok(());
    }
    writeln!(html, "<section>\n<h2>Left out</h2>\n<dl>")?;
    for (name, reason) in &report.excluded {
        writeln!(
            html,
            "<dt>{}</dt><dd>{}</dd>",
            Escaped(name),
            Escaped(reason)
        )?;
    }
    writeln!(html, "</dl>\n</section>")
}

fn rules(report: &Report, html: &mut String) -> fmt::Result {
    writeln!(html, "<section>\n<h2>Rules</h2>\n<dl>")?;
    for rule in &report.rules {
        write!(
            html,
            "<dt id=\"rule-{id}\"><code>{id}</code> <span class=\"{severity}\">{severity}</span> {}</dt>\n\
             <dd>{}</dd>\n",
            Escaped(&rule.title),
            Escaped(&rule.why),
            id = Escaped(&rule.id),
            severity = rule.severity,
        )?;
    }
    writeln!(html, "</dl>\n</section>")
}

/// A text for HTML, inside of an element or of a quoted attribute.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(c)?,
                c if c.is_control() => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::super::{Object, Rule};
    use super::*;

    #[test]
    fn no_text_of_the_report_becomes_markup() {
        let attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}[2J";
        let attack = attack.to_owned();
        let mut report = hostile();
        report.subject = attack.clone();
        report.rules.push(Rule {
            id: attack.clone(),
            title: attack.clone(),
            severity: Severity::Error,
            why: attack.clone(),
        });
        report.tables.push(Table {
            name: attack.clone(),
            rules: vec![attack.clone()],
        });
        report.excluded.push((attack.clone(), attack.clone()));
        report.findings.push(Finding {
            rule: attack.clone(),
            severity: Severity::Error,
            object: Object {
                kind: attack.clone(),
                name: attack.clone(),
            },
            table: Some(attack.clone()),
            evidence: attack.clone(),
            why: attack.clone(),
            mend: Some(attack),
            accepted: None,
        });
        let html = page(&report);
        for part in ["<script", "<img", "\"'>", "\u{1b}"] {
            assert!(!html.contains(part), "{part}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let html = page(&hostile());
        for part in [
            "http:", "https:", "url(", "@import", "<link", "src=", "<script",
        ] {
            assert!(!html.contains(part), "{part}");
        }
    }

    #[test]
    fn a_cell_leads_to_its_finding() {
        let html = page(&hostile());
        assert!(html.contains(
            "<td class=\"error\" title=\"rls-not-forced: error\"><a href=\"#finding-0\""
        ));
        assert!(html.contains("<article id=\"finding-0\" class=\"error\">"));
        assert!(html.contains("title=\"rls-not-forced: fine\""));
        assert!(html.contains("title=\"no-tenant-index: warning\""));
    }

    #[test]
    fn a_report_without_tables_has_no_picture() {
        let html = page(&Report::default());
        assert!(!html.contains("class=\"matrix\""));
        assert!(html.contains("Nothing was found."));
    }
}
