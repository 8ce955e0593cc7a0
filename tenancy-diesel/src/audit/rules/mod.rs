//! The rules, a file for each idea.

mod rls;

use super::{Object, ObjectKind, Rule, Severity, Subject};

/// Every rule, in the order in which they are asked.
///
/// ```
/// use tenancy_diesel::audit::{Severity, rules};
///
/// let rule = rules().iter().find(|rule| rule.id() == "rls-not-forced").unwrap();
/// assert_eq!(rule.severity(), Severity::Error);
/// ```
pub fn rules() -> &'static [Rule] {
    RULES
}

const RULES: &[Rule] = &[
    rls::TABLE_MISSING,
    rls::DISABLED,
    rls::NOT_FORCED,
    rls::NO_POLICY,
];
