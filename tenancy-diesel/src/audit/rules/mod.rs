//! The rules, a file for each idea.

mod columns;
mod encryption;
mod exits;
mod indexes;
mod keys;
mod owners;
mod references;
mod registry;
mod rls;
mod rows;
mod secrets;
mod server;
mod settings;

pub(super) use rows::questions;

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
