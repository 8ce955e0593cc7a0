//! The rules, a file for each idea.

mod columns;
mod encryption;
mod exits;
mod functions;
mod indexes;
mod keys;
mod owners;
mod partitions;
mod policies;
mod predicates;
mod privileges;
mod references;
mod registry;
mod rls;
mod roles;
mod rows;
mod secrets;
mod server;
mod session;
mod settings;
mod views;

pub(super) use rows::questions;
pub use server::mended_release;

use super::catalog::{Relation, plain};
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
    session::SESSION_USER,
    session::INACTIVE,
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
    registry::TABLE_UNKNOWN,
    registry::TABLE_UNDECLARED,
    registry::TENANT_COLUMN_MISSING,
    registry::COLUMN_MISSING,
    registry::COLUMN_UNKNOWN,
    registry::PRIMARY_KEY_DIFFERS,
    registry::TENANT_TYPE_DIFFERS,
    registry::SHARED_HAS_TENANT,
    registry::NOT_A_TABLE,
    registry::NAME_AMBIGUOUS,
    registry::TABLE_EXCLUDED,
    columns::TENANT_NULLABLE,
    columns::TENANT_DEFAULT,
    columns::TENANT_EMPTY,
    columns::TENANT_COLLATION,
    columns::TENANT_GENERATED,
    columns::TENANT_DOMAIN,
    keys::UNIQUE_WITHOUT_TENANT,
    keys::SEQUENCE_SHARED,
    keys::COUNTED_IDS,
    references::WITHOUT_TENANT,
    references::CASCADES_ACROSS,
    references::CLEARS_TENANT,
    references::FROM_SHARED,
    owners::NOT_UNIQUE,
    owners::NOT_REFERENCED,
    references::NOT_VALID,
    indexes::NO_TENANT_INDEX,
    indexes::INDEX_INVALID,
    indexes::INDEX_NOT_LEAKPROOF,
    server::KNOWN_FLAW,
    server::END_OF_LIFE,
    exits::PUBLICATION,
    exits::SLOT,
    exits::LARGE_OBJECTS,
    exits::FOREIGN_TABLE,
    exits::USER_MAPPING,
    exits::EXTENSION,
    settings::STATEMENTS_VISIBLE,
    settings::LOGGED_BINDS,
    settings::ROW_SECURITY_OFF,
    encryption::COLUMN_TYPE,
    encryption::DOMAIN_ALTERED,
    encryption::INDEXED,
    encryption::PLAINTEXT_SECRET,
    encryption::KEYS_READABLE,
    encryption::KEYS_ROLE_SHARED,
    encryption::LABEL_TWICE,
    rows::NO_TENANT,
    rows::ORPHANS,
    rows::UNKNOWN_TENANTS,
    rows::PLAINTEXT,
    rows::UNREADABLE,
];

/// A table, view, materialized view or foreign table.
fn relation_object(relation: &Relation) -> Object {
    let kind = match relation.kind.as_str() {
        "v" => ObjectKind::View,
        "m" => ObjectKind::MaterializedView,
        "f" => ObjectKind::ForeignTable,
        _ => ObjectKind::Table,
    };
    Object::new(kind, relation.qualified())
}

fn column_object(relation: &Relation, column: &str) -> Object {
    let name = format!("{}.{}", relation.qualified(), plain(column));
    Object::new(ObjectKind::Column, name)
}

/// A constraint or index of a table: `projects_pkey on public.projects`.
fn part_object(kind: ObjectKind, name: &str, relation: &Relation) -> Object {
    Object::new(kind, format!("{} on {}", plain(name), relation.qualified()))
}
