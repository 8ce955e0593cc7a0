use std::io::{self, Write};

use serde::Serialize;

use super::{Finding, Report, Rule, Table};

/// The version of the form. It grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    tool: Tool,
    subject: &'a str,
    summary: Summary,
    rules: Vec<RuleJson<'a>>,
    tables: Vec<TableJson<'a>>,
    excluded: Vec<ExcludedJson<'a>>,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    accepted: usize,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct TableJson<'a> {
    name: &'a str,
    rules: &'a [String],
}

#[derive(Serialize)]
struct ExcludedJson<'a> {
    name: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    severity: &'a str,
    object: ObjectJson<'a>,
    table: Option<&'a str>,
    evidence: &'a str,
    why: &'a str,
    mend: Option<&'a str>,
    accepted: Option<AcceptedJson<'a>>,
}

#[derive(Serialize)]
struct ObjectJson<'a> {
    kind: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct AcceptedJson<'a> {
    reason: &'a str,
    expires: String,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    let document = Document {
        format: FORMAT,
        tool: Tool {
            name: "tenancy",
            version: env!("CARGO_PKG_VERSION"),
        },
        subject: &report.subject,
        summary: Summary {
            errors: counts.errors,
            warnings: counts.warnings,
            infos: counts.infos,
            accepted: counts.accepted,
        },
        rules: report.rules.iter().map(rule).collect(),
        tables: report.tables.iter().map(table).collect(),
        excluded: report.excluded.iter().map(excluded).collect(),
        findings: report.sorted().into_iter().map(finding).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn rule(rule: &Rule) -> RuleJson<'_> {
    RuleJson {
        id: &rule.id,
        title: &rule.title,
        severity: rule.severity.word(),
        why: &rule.why,
    }
}

fn table(table: &Table) -> TableJson<'_> {
    TableJson {
        name: &table.name,
        rules: &table.rules,
    }
}

fn excluded((name, reason): &(String, String)) -> ExcludedJson<'_> {
    ExcludedJson { name, reason }
}

fn finding(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        rule: &finding.rule,
        severity: finding.severity.word(),
        object: ObjectJson {
            kind: &finding.object.kind,
            name: &finding.object.name,
        },
        table: finding.table.as_deref(),
        evidence: &finding.evidence,
        why: &finding.why,
        mend: finding.mend.as_deref(),
        accepted: finding.accepted.as_ref().map(|accepted| AcceptedJson {
            reason: &accepted.reason,
            expires: accepted.expires.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn the_document_has_every_finding_and_its_counts() {
        let mut out = Vec::new();
        write(&hostile(), &mut out).unwrap();
        let json: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["format"], 1);
        assert_eq!(json["summary"]["errors"], 1);
        assert_eq!(json["findings"].as_array().unwrap().len(), 3);
        assert_eq!(
            json["findings"][0]["object"]["name"],
            "public.<script>alert(1)</script>"
        );
        assert_eq!(json["findings"][0]["accepted"], Value::Null);
        assert_eq!(json["tables"][0]["rules"][1], "no-tenant-index");
        // Control characters are escaped, so a terminal that shows the file does not obey them.
        assert!(!out.contains(&0x1b));
    }
}
