//! The findings of an audit.

use std::fmt;

use super::context::Context;
use super::{Finding, Object, Rule, Severity};

/// What an audit found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// The rules that were asked.
    pub asked: Vec<&'static Rule>,
    /// The tables of tenants that were judged, `public.projects`, in the order of the registry.
    pub tables: Vec<String>,
    /// The tables that the registry leaves out, with the reason that it gives.
    pub excluded: Vec<(String, String)>,
    /// How many statements the audit sent.
    pub queries: usize,
}

impl Report {
    pub(super) fn new(context: &Context<'_>, queries: usize) -> Self {
        Report {
            findings: Vec::new(),
            asked: Vec::new(),
            tables: context.scoped().map(|(_, r)| r.qualified()).collect(),
            excluded: context.excluded(),
            queries,
        }
    }

    pub(super) fn ask(&mut self, rule: &'static Rule, context: &Context<'_>) {
        (rule.check)(
            context,
            &mut Found {
                rule,
                findings: &mut self.findings,
            },
        );
        self.asked.push(rule);
        // Stable, so that findings of one severity stay in the order of the rules.
        self.findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }

    /// The findings for which a pool refuses the database.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }

    /// The severity of the worst finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        write!(
            f,
            "{} findings in {} tables by {} rules",
            self.findings.len(),
            self.tables.len(),
            self.asked.len(),
        )
    }
}

/// Takes the findings of one rule.
pub(super) struct Found<'a> {
    rule: &'static Rule,
    findings: &'a mut Vec<Finding>,
}

impl Found<'_> {
    /// Whether the rule has found something about this object already.
    pub(super) fn has(&self, object: &Object) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.rule == self.rule && finding.object == *object)
    }

    /// Something that has to do with no single table.
    pub(super) fn add(
        &mut self,
        object: Object,
        evidence: impl Into<String>,
        mend: impl Into<Option<String>>,
    ) -> &mut Finding {
        let index = self.findings.len();
        self.findings.push(Finding {
            rule: self.rule,
            severity: self.rule.severity,
            object,
            table: None,
            evidence: evidence.into(),
            mend: mend.into(),
        });
        &mut self.findings[index]
    }

    /// Something about a table of tenants, or a part of it.
    pub(super) fn add_to(
        &mut self,
        table: &str,
        object: Object,
        evidence: impl Into<String>,
        mend: impl Into<Option<String>>,
    ) -> &mut Finding {
        let finding = self.add(object, evidence, mend);
        finding.table = Some(table.to_owned());
        finding
    }
}
