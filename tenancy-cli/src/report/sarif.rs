use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Finding, Report, Rule, Severity};

/// Where the format is described. Readers use it to check the document.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn write(
    report: &Report,
    artifact: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(report, artifact))?;
    writeln!(out)
}

fn document(report: &Report, artifact: Option<&str>) -> Value {
    let rules: Vec<Value> = report.rules.iter().map(rule).collect();
    let mut seen = HashMap::new();
    let results = report.sorted().into_iter().map(|finding| {
        let count: &mut usize = seen
            .entry((&finding.rule, &finding.object.name))
            .or_default();
        *count += 1;
        result(report, finding, *count, artifact)
    });
    let results: Vec<Value> = results.collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "tenancy",
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules,
                }
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": { "subject": report.subject },
        }]
    })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": text(&rule.title) },
        "fullDescription": { "text": text(&rule.why) },
        "help": { "text": text(&rule.why) },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn result(report: &Report, finding: &Finding, count: usize, artifact: Option<&str>) -> Value {
    let Finding {
        rule,
        severity,
        object,
        evidence,
        why,
        mend,
        accepted,
        ..
    } = finding;
    let mut location = json!({
        "logicalLocations": [{
            "name": object.name,
            "fullyQualifiedName": object.name,
            "kind": object.kind,
        }]
    });
    if let Some(artifact) = artifact {
        location["physicalLocation"] = json!({
            "artifactLocation": { "uri": relative_uri(artifact) },
            "region": { "startLine": 1 },
        });
    }
    let mend_text = mend.as_deref();
    let mend_text = mend_text.map_or(String::new(), |mend| format!("\n\nMend: {mend}"));
    let mut result = json!({
        "ruleId": rule,
        "level": level(*severity),
        "message": { "text": format!("{object}: {evidence}\n\n{why}{mend_text}") },
        "locations": [location],
        // What does not change while the finding stays the same one.
        "partialFingerprints": {
            "tenancyFinding/v1": format!("{rule}/{}/{}/{count}", object.kind, object.name),
        },
    });
    if let Some(index) = report.rules.iter().position(|known| known.id == *rule) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(accepted) = accepted {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("{} (until {})", accepted.reason, accepted.expires),
        }]);
    }
    result
}

/// A message may not be empty.
fn text(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a relative URI reference.
fn relative_uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::super::{Accepted, Report};
    use super::*;

    /// What the specification requires of each part (SARIF 2.1.0, sections 3.13, 3.14, 3.18, 3.19, 3.27,
    /// 3.28, 3.33, 3.35 and 3.49), and no property beside those that it knows.
    fn check(document: &Value) {
        let known = |value: &Value, names: &[&str]| {
            for name in value.as_object().unwrap().keys() {
                assert!(names.contains(&name.as_str()), "{name} in {value}");
            }
        };
        let message = |value: &Value| {
            known(value, &["text"]);
            assert!(!value["text"].as_str().unwrap().is_empty());
        };
        known(document, &["$schema", "version", "runs"]);
        assert_eq!(document["version"], "2.1.0");
        let run = &document["runs"][0];
        known(run, &["tool", "results", "columnKind", "properties"]);
        let driver = &run["tool"]["driver"];
        known(driver, &["name", "version", "informationUri", "rules"]);
        assert!(driver["name"].is_string());
        let levels = ["none", "note", "warning", "error"];
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            known(
                rule,
                &[
                    "id",
                    "shortDescription",
                    "fullDescription",
                    "help",
                    "defaultConfiguration",
                ],
            );
            assert!(rule["id"].is_string());
            for part in ["shortDescription", "fullDescription", "help"] {
                message(&rule[part]);
            }
            let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
            assert!(levels.contains(&level));
        }
        for result in run["results"].as_array().unwrap() {
            known(
                result,
                &[
                    "ruleId",
                    "ruleIndex",
                    "level",
                    "message",
                    "locations",
                    "partialFingerprints",
                    "suppressions",
                ],
            );
            message(&result["message"]);
            assert!(levels.contains(&result["level"].as_str().unwrap()));
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            for location in result["locations"].as_array().unwrap() {
                known(location, &["logicalLocations", "physicalLocation"]);
                for logical in location["logicalLocations"].as_array().unwrap() {
                    known(logical, &["name", "fullyQualifiedName", "kind"]);
                }
            }
            for suppression in result["suppressions"].as_array().into_iter().flatten() {
                assert!(["inSource", "external"].contains(&suppression["kind"].as_str().unwrap()));
            }
        }
    }

    #[test]
    fn the_document_has_what_the_specification_requires() {
        let mut report = hostile();
        report.findings[0].accepted = Some(Accepted {
            reason: "moves".to_owned(),
            expires: "2099-01-01".parse().unwrap(),
        });
        for artifact in [None, Some("src/my schema.rs")] {
            let document = document(&report, artifact);
            check(&document);
            assert_eq!(document["runs"][0]["results"].as_array().unwrap().len(), 3);
        }
        check(&document(&Report::default(), None));
    }

    #[test]
    fn an_artifact_is_a_relative_uri() {
        let document = document(&hostile(), Some("src/my schema.rs"));
        let location = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "src/my%20schema.rs");
    }

    #[test]
    fn two_findings_of_one_rule_on_one_object_have_two_fingerprints() {
        let mut report = hostile();
        report.findings.push(report.findings[0].clone());
        let document = document(&report, None);
        let results = document["runs"][0]["results"].as_array().unwrap();
        let mut prints: Vec<&str> = results
            .iter()
            .map(|result| {
                result["partialFingerprints"]["tenancyFinding/v1"]
                    .as_str()
                    .unwrap()
            })
            .collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), 4);
    }
}
