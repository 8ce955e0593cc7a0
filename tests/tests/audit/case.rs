//! A flaw, and the same without it.

use std::collections::BTreeSet;

use tenancy_diesel::audit::{Finding, Report, Severity};

use crate::database::Audited;

/// What is done to a sound database, and what the auditor has to say about it.
///
/// `{app}`, `{owner}`, the other roles of [`Audited`] and `{database}` are replaced in all texts.
pub(crate) struct Case {
    pub(crate) rule: &'static str,
    /// The object of the finding, as it is displayed: `table public.projects`.
    pub(crate) object: &'static str,
    /// Run as a superuser, in a transaction that is rolled back.
    pub(crate) flaw: &'static str,
    /// The nearest thing that is right. Empty where the sound database is that.
    pub(crate) twin: &'static str,
    /// Other rules that the flaw breaks too.
    pub(crate) also: &'static [&'static str],
}

pub(crate) fn run(cases: &[Case]) {
    run_on(&Audited::new(), cases);
}

pub(crate) fn run_on(database: &Audited, cases: &[Case]) {
    let failures: Vec<String> = cases
        .iter()
        .flat_map(|case| judge(database, case))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn judge(database: &Audited, case: &Case) -> Vec<String> {
    let mut failures = Vec::new();
    let mut fail = |what: String, report: &Report| {
        failures.push(format!(
            "{} on {}: {what}\n{report}",
            case.rule, case.object
        ));
    };
    let object = database.fill(case.object);
    let flawed = database.audit_after(&[case.flaw]);
    let found = flawed
        .findings
        .iter()
        .find(|finding| finding.rule.id() == case.rule && finding.object.to_string() == object);
    match found {
        None => fail("not found".to_owned(), &flawed),
        Some(finding) => {
            if let Some(mend) = &finding.mend {
                let mended = database.audit_after(&[case.flaw, mend]);
                let still = mended
                    .findings
                    .iter()
                    .any(|f| f.rule.id() == case.rule && f.object.to_string() == object);
                if still {
                    fail(format!("found again after its mend\n{mend}"), &mended);
                }
                let known = |new: &Finding| {
                    let mut before = flawed.findings.iter();
                    before.any(|old| old.rule == new.rule && old.object == new.object)
                };
                let mut findings = mended.findings.iter();
                if findings.any(|f| f.severity > Severity::Info && !known(f)) {
                    fail(format!("its mend makes it worse\n{mend}"), &mended);
                }
            }
        }
    }
    let unexpected: BTreeSet<&str> = flawed
        .findings
        .iter()
        .map(|finding| finding.rule.id())
        .filter(|id| *id != case.rule && !case.also.contains(id))
        .collect();
    if !unexpected.is_empty() {
        fail(format!("not expected: {unexpected:?}"), &flawed);
    }
    // The server and the reading of the catalog agree on whom policies hold.
    let disagrees = |finding: &Finding| finding.evidence.contains("something else than the server");
    if flawed.findings.iter().any(disagrees) {
        fail("the server says something else".to_owned(), &flawed);
    }
    for id in case.also {
        if !flawed
            .findings
            .iter()
            .any(|finding| finding.rule.id() == *id)
        {
            fail(format!("{id} was expected too"), &flawed);
        }
    }
    let clean = database.audit_after(&[case.twin]);
    if !clean.findings.is_empty() {
        fail("the twin is not clean".to_owned(), &clean);
    }
    failures
}
