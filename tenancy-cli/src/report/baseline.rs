use serde::Deserialize;

use super::{Day, Finding, Object, Report, Rule, Severity};

/// The findings that somebody has accepted, until a day.
///
/// ```
/// use tenancy_cli::report::Baseline;
///
/// let baseline = Baseline::parse(
///     r#"
///     [[accepted]]
///     rule = "no-tenant-index"
///     object = "public.archive"
///     reason = "read once a year"
///     expires = 2027-03-31
///     "#,
/// )?;
/// # Ok::<(), tenancy_cli::report::BaselineError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    rule: String,
    object: String,
    accepted: Accepted,
}

/// Why a finding is accepted, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The reason.
    pub reason: String,
    /// The last day.
    pub expires: Day,
}

/// Why a baseline could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It is not TOML, or not of the form of a baseline.
    #[error("the baseline cannot be read: {0}")]
    Form(String),
    /// A reason is empty.
    #[error("the entry for rule `{rule}`, object `{object}` has no reason: say why it is accepted")]
    NoReason {
        /// The rule of the entry.
        rule: String,
        /// The object of the entry.
        object: String,
    },
    /// A day is none.
    #[error(
        "the entry for rule `{rule}`, object `{object}` expires on no day: write `expires = 2027-03-31`"
    )]
    NoDay {
        /// The rule of the entry.
        rule: String,
        /// The object of the entry.
        object: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accepted: Vec<FileEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    rule: String,
    object: String,
    reason: String,
    expires: toml::value::Datetime,
}

/// An entry for a rule that there is not.
const UNKNOWN: &str = "baseline-unknown-rule";
/// An entry whose day has passed.
const EXPIRED: &str = "baseline-expired";
/// An entry that accepts nothing.
const UNUSED: &str = "baseline-unused";

impl Baseline {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`BaselineError`].
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let file: File =
            toml::from_str(text).map_err(|error| BaselineError::Form(error.to_string()))?;
        let entries = file.accepted.into_iter().map(|entry| {
            let FileEntry {
                rule,
                object,
                reason,
                expires,
            } = entry;
            if reason.trim().is_empty() {
                return Err(BaselineError::NoReason { rule, object });
            }
            let Some(expires) = Day::of(&expires) else {
                return Err(BaselineError::NoDay { rule, object });
            };
            let accepted = Accepted { reason, expires };
            Ok(Entry {
                rule,
                object,
                accepted,
            })
        });
        Ok(Baseline {
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    /// Marks what is accepted. Entries that have expired, that name an unknown rule or that accept nothing
    /// are findings themselves.
    pub fn apply(&self, report: &mut Report, today: Day) {
        for entry in &self.entries {
            let accepts = |finding: &Finding| {
                finding.rule == entry.rule && finding.object.name == entry.object
            };
            let until = entry.accepted.expires;
            if report.rule(&entry.rule).is_none() {
                report
                    .findings
                    .push(entry.finding(UNKNOWN, Severity::Error));
            } else if !report.findings.iter().any(accepts) {
                report.findings.push(entry.finding(UNUSED, Severity::Info));
            } else if until < today {
                report
                    .findings
                    .push(entry.finding(EXPIRED, Severity::Error));
            } else {
                let accepted = report
                    .findings
                    .iter_mut()
                    .filter(|finding| accepts(finding));
                accepted.for_each(|finding| finding.accepted = Some(entry.accepted.clone()));
            }
        }
        let rules = rules().into_iter();
        let used = rules.filter(|rule| report.findings.iter().any(|f| f.rule == rule.id));
        let used: Vec<Rule> = used.collect();
        report.rules.extend(used);
    }
}

impl Entry {
    fn finding(&self, rule: &str, severity: Severity) -> Finding {
        let evidence = match rule {
            UNKNOWN => format!("no rule has the id `{}`", self.rule),
            EXPIRED => format!(
                "`{}` was accepted until {}: {}",
                self.rule, self.accepted.expires, self.accepted.reason
            ),
            _ => format!("`{}` finds nothing here any more", self.rule),
        };
        Finding {
            rule: rule.to_owned(),
            severity,
            object: Object {
                kind: "baseline entry".to_owned(),
                name: self.object.clone(),
            },
            table: None,
            evidence,
            why: "An entry that does not do what it says hides what it should show.".to_owned(),
            mend: None,
            accepted: None,
        }
    }
}

fn rules() -> [Rule; 3] {
    let rule = |id: &str, severity, title: &str, why: &str| Rule {
        id: id.to_owned(),
        title: title.to_owned(),
        severity,
        why: why.to_owned(),
    };
    [
        rule(
            UNKNOWN,
            Severity::Error,
            "an entry of the baseline names a rule that there is not",
            "The rule may be misspelt. Correct its id or remove the entry.",
        ),
        rule(
            EXPIRED,
            Severity::Error,
            "the day of an entry of the baseline has passed",
            "Mend what was accepted, or accept it until another day.",
        ),
        rule(
            UNUSED,
            Severity::Info,
            "an entry of the baseline accepts nothing",
            "What it accepted is mended. Remove the entry.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    fn entry(rule: &str, object: &str, expires: &str) -> String {
        format!(
            "[[accepted]]\nrule = {rule:?}\nobject = {object:?}\nreason = \"moves in Q3\"\nexpires = {expires}\n"
        )
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn an_accepted_finding_stays_in_the_report_and_does_not_fail_it() {
        let text = entry(
            "rls-not-forced",
            "public.<script>alert(1)</script>",
            "2026-12-31",
        );
        let mut report = hostile();
        let baseline = Baseline::parse(&text).unwrap();
        baseline.apply(&mut report, day("2026-12-31"));
        assert_eq!(report.counts().accepted, 1);
        assert_eq!(report.findings.len(), 3);
        assert!(!report.fails(Severity::Error));
    }

    #[test]
    fn the_day_after_the_finding_is_back_and_the_entry_is_one_too() {
        let text = entry(
            "rls-not-forced",
            "public.<script>alert(1)</script>",
            "2026-12-31",
        );
        let mut report = hostile();
        let baseline = Baseline::parse(&text).unwrap();
        baseline.apply(&mut report, day("2027-01-01"));
        assert_eq!(report.counts().errors, 2);
        assert!(report.findings.iter().any(|f| f.rule == EXPIRED));
        assert!(report.rule(EXPIRED).is_some());
    }

    #[test]
    fn an_unknown_rule_is_an_error_and_an_unused_entry_a_remark() {
        let text = entry("rls-not-froced", "public.tasks", "2099-01-01")
            + &entry("rls-not-forced", "public.mended", "2099-01-01");
        let mut report = hostile();
        Baseline::parse(&text)
            .unwrap()
            .apply(&mut report, day("2026-01-01"));
        let severity = |id: &str| {
            report
                .findings
                .iter()
                .find(|f| f.rule == id)
                .unwrap()
                .severity
        };
        assert_eq!(severity(UNKNOWN), Severity::Error);
        assert_eq!(severity(UNUSED), Severity::Info);
    }

    #[test]
    fn an_entry_without_reason_day_or_with_a_misspelt_field_is_refused() {
        let text = entry("a", "b", "2026-12-31");
        let refused = |text: &str| Baseline::parse(text).unwrap_err();
        assert!(matches!(
            refused(&text.replace("moves in Q3", " ")),
            BaselineError::NoReason { .. }
        ));
        assert!(matches!(
            refused(&text.replace("2026-12-31", "10:00:00")),
            BaselineError::NoDay { .. }
        ));
        for broken in [
            text.replace("reason", "raison"),
            text.replace("expires = 2026-12-31", ""),
            text.replace("2026-12-31", "\"never\""),
            text.replace("2026-12-31", "2026-02-30"),
            "accepted = 1".to_owned(),
        ] {
            assert!(
                matches!(refused(&broken), BaselineError::Form(_)),
                "{broken}"
            );
        }
        assert_eq!(Baseline::parse("").unwrap(), Baseline::default());
    }
}
