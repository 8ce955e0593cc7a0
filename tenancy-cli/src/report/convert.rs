//! From what the library and the probe found.

use tenancy_diesel::audit;
use tenancy_testing::isolation::{Attack, IsolationReport, ObjectKind};

use super::{Finding, Object, Report, Rule, Severity, Table};

/// What could not be tried.
const NOT_TRIED: &str = "attack-not-tried";

impl Report {
    /// A report of the auditor. The subject is the database, as a reader knows it.
    pub fn of(subject: impl Into<String>, report: &audit::Report) -> Self {
        let of_tables = report
            .asked
            .iter()
            .filter(|rule| rule.subject() == audit::Subject::Table);
        let of_tables: Vec<String> = of_tables.map(|rule| rule.id().to_owned()).collect();
        let tables = report.tables.iter().map(|name| Table {
            name: name.clone(),
            rules: of_tables.clone(),
        });
        Report {
            subject: subject.into(),
            rules: report.asked.iter().map(|rule| Rule::of(rule)).collect(),
            tables: tables.collect(),
            excluded: report.excluded.clone(),
            findings: report.findings.iter().map(Finding::of).collect(),
        }
    }

    /// Adds what the probe of `tenancy_testing::isolation` found: each kind of attack that got through is a
    /// rule.
    pub fn add_attacks(&mut self, report: &IsolationReport) {
        for finding in &report.findings {
            let rule = rule_of(finding.attack);
            if self.rule(&rule).is_none() {
                self.rules.push(Rule {
                    id: rule.clone(),
                    title: "an attack of the probe got through".to_owned(),
                    severity: Severity::Error,
                    why: "The probe did, as the application's role, what no tenant may do."
                        .to_owned(),
                });
            }
            self.findings.push(Finding {
                rule,
                severity: Severity::Error,
                object: Object {
                    kind: kind(finding.kind).to_owned(),
                    name: finding.object.clone(),
                },
                table: None,
                evidence: finding.to_string(),
                why: finding.remedy().to_owned(),
                mend: None,
                accepted: None,
            });
        }
        for skipped in &report.not_attacked {
            if self.rule(NOT_TRIED).is_none() {
                self.rules.push(Rule {
                    id: NOT_TRIED.to_owned(),
                    title: "the probe could not try it".to_owned(),
                    severity: Severity::Warning,
                    why: "What was not tried is not known to hold.".to_owned(),
                });
            }
            self.findings.push(Finding {
                rule: NOT_TRIED.to_owned(),
                severity: Severity::Warning,
                object: Object {
                    kind: "object".to_owned(),
                    name: skipped.object.clone(),
                },
                table: None,
                evidence: skipped.why.clone(),
                why: "What was not tried is not known to hold. A test with IsolationProbe can be told how."
                    .to_owned(),
                mend: None,
                accepted: None,
            });
        }
    }
}

impl Rule {
    fn of(rule: &audit::Rule) -> Self {
        Rule {
            id: rule.id().to_owned(),
            title: rule.title().to_owned(),
            severity: rule.severity().into(),
            why: rule.why().to_owned(),
        }
    }
}

impl Finding {
    fn of(finding: &audit::Finding) -> Self {
        Finding {
            rule: finding.rule.id().to_owned(),
            severity: finding.severity.into(),
            object: Object {
                kind: finding.object.kind.name().to_owned(),
                name: finding.object.name.clone(),
            },
            table: finding.table.clone(),
            evidence: finding.evidence.clone(),
            why: finding.rule.why().to_owned(),
            mend: finding.mend.clone(),
            accepted: None,
        }
    }
}

impl From<audit::Severity> for Severity {
    fn from(severity: audit::Severity) -> Self {
        match severity {
            audit::Severity::Info => Severity::Info,
            audit::Severity::Warning => Severity::Warning,
            // One that this release does not know is taken for the worst.
            _ => Severity::Error,
        }
    }
}

/// `SelectByKey` becomes `attack-select-by-key`.
fn rule_of(attack: Attack) -> String {
    let mut id = "attack".to_owned();
    for c in format!("{attack:?}").chars() {
        if c.is_ascii_uppercase() {
            id.push('-');
        }
        id.push(c.to_ascii_lowercase());
    }
    id
}

fn kind(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table => "table",
        ObjectKind::Child => "partition or child",
        ObjectKind::View => "view",
        ObjectKind::MaterializedView => "materialized view",
        ObjectKind::Function => "function",
        ObjectKind::Role => "role",
        _ => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_has_the_id_of_a_rule() {
        assert_eq!(rule_of(Attack::SelectByKey), "attack-select-by-key");
        assert_eq!(rule_of(Attack::Truncate), "attack-truncate");
    }
}
