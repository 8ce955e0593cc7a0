//! The rules, a file for each idea.

mod functions;
mod partitions;
mod policies;
mod predicates;
mod privileges;
mod rls;
mod roles;
mod session;
mod views;

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
    predicates::ALWAYS_TRUE,
    predicates::WIDER,
    predicates::VARIABLE,
    predicates::RAISES,
    predicates::HIDES,
    predicates::EMPTY,
    predicates::PER_ROW,
    predicates::CAST,
    predicates::COLUMN,
    predicates::OWNER,
    predicates::IMMUTABLE,
    predicates::DEFINER,
    predicates::FUNCTION,
    predicates::UNKNOWN,
    predicates::NARROWER,
    predicates::CHECK_WIDER,
    policies::EXTRA,
    policies::NO_GUARD,
    policies::UNCOVERED,
    policies::CHECK_MISSING,
    policies::ADMIN_WRITES,
    policies::UNKNOWN_ROLE,
    policies::UNUSED,
    policies::REFERENCES,
    roles::MISSING,
    roles::SUPERUSER,
    roles::BYPASSES,
    roles::CREATES_ROLES,
    roles::REPLICATES,
    roles::REACHES_EXEMPT,
    roles::OWNS,
    roles::OWNS_DATABASE,
    roles::PREDEFINED_ROLE,
    roles::REACHES_ADMIN,
    roles::OWNER_LOGS_IN,
    roles::SESSION_USER,
    roles::INACTIVE,
    session::TENANT,
    session::ROLE,
    session::SEARCH_PATH,
    privileges::PAST_POLICIES,
    privileges::SHARED_WRITE,
    privileges::PUBLIC,
    privileges::SCHEMA_CREATE,
    privileges::DATABASE_CREATE,
    privileges::TEMPORARY,
    privileges::DEFAULTS,
    privileges::SEQUENCE,
    privileges::SERVER_FILES,
    views::RUNS_AS_OWNER,
    views::MATERIALIZED,
    views::RULE,
    functions::DEFINER,
    functions::SEARCH_PATH,
    functions::TRIGGER,
    functions::EVENT_TRIGGER,
    functions::LEAKPROOF,
    partitions::OPEN,
    partitions::PARENT,
    partitions::FOREIGN,
];
