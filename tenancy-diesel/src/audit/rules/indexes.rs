//! Indexes: whether the rows of one tenant are found without reading those of all.

use tenancy_core::{Class, quote_identifier};

use super::{ObjectKind, Rule, Severity, Subject, part_object, relation_object};
use crate::audit::leakproof::{IndexLimit, Obstacle, limit};

/// Below this many rows a table is read from end to end in any case.
const FEW_ROWS: f32 = 1000.0;

pub(super) const NO_TENANT_INDEX: Rule = Rule {
    id: "no-tenant-index",
    title: "No index begins with the tenant",
    why: "Each query of one tenant reads the rows of all. It is slow for everybody, and the time it takes \
          tells a tenant how much the others have.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.scoped().filter(|(_, r)| r.is_table()) {
            let Some(owner) = context.owner_number(table, relation) else {
                continue;
            };
            let indexes = context.catalog.indexes_of(relation.oid).iter();
            if indexes
                .filter(|index| index.valid && !index.partial)
                .any(|index| index.columns.first() == Some(&owner))
            {
                continue;
            }
            let columns: Vec<String> = context
                .owner_column(table)
                .into_iter()
                .chain(other_keys(table))
                .map(quote_identifier)
                .collect();
            let finding = found.add_to(
                &relation.qualified(),
                relation_object(relation),
                "No valid index without a condition has it as its first column.",
                format!(
                    "CREATE INDEX ON {} ({});",
                    relation.quoted(),
                    columns.join(", ")
                ),
            );
            if let Some(activity) = context.catalog.activity_of(relation.oid)
                && activity.rows >= 0.0
            {
                finding.evidence += &format!(
                    " The table has about {} rows and was read from end to end {} times.",
                    activity.rows, activity.scans
                );
                if activity.rows < FEW_ROWS {
                    finding.severity = Severity::Info;
                }
            }
        }
    },
};

/// What comes behind the tenant, so that rows are found in the order of their keys.
fn other_keys(table: &tenancy_core::Table) -> impl Iterator<Item = &'static str> {
    let tenant = match table.class {
        Class::Tenant { column } => Some(column),
        _ => None,
    };
    let keys = table.primary_key.iter().copied();
    keys.filter(move |key| tenant.is_some_and(|tenant| tenant != *key))
}

pub(super) const INDEX_INVALID: Rule = Rule {
    id: "index-invalid",
    title: "An index is not valid",
    why: "No query uses it, and if it is unique it refuses nothing: its creation failed half-way, or it is \
          still going on.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            let indexes = context.catalog.indexes_of(relation.oid).iter();
            for index in indexes.filter(|index| !index.valid) {
                let (evidence, mend) = if index.partitioned {
                    ("Not every partition has its part of the index.", None)
                } else {
                    (
                        "The catalog marks it as not valid.",
                        Some(format!(
                            "REINDEX INDEX {}.{};",
                            quote_identifier(&index.schema),
                            quote_identifier(&index.name)
                        )),
                    )
                };
                found.add_to(
                    &relation.qualified(),
                    part_object(ObjectKind::Index, &index.name, relation),
                    evidence,
                    mend,
                );
            }
        }
    },
};

pub(super) const INDEX_NOT_LEAKPROOF: Rule = Rule {
    id: "index-not-leakproof",
    title: "Row-level security keeps queries from an index",
    why: "The condition that it was made for is asked of every row of the tenant, because what it calls is not \
          LEAKPROOF. The bigger the tenant, the slower.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            for index in context.catalog.indexes_of(relation.oid) {
                let limits: Vec<IndexLimit> = context
                    .catalog
                    .keys_of(index.oid)
                    .iter()
                    .filter_map(limit)
                    .collect();
                if limits.is_empty() {
                    continue;
                }
                let evidence: Vec<String> = limits.iter().map(explain).collect();
                // It does what a unique index is for, and one for patterns serves `^@`.
                let serves = index.unique
                    || limits
                        .iter()
                        .all(|limit| limit.obstacle == Obstacle::Pattern);
                found
                    .add_to(
                        &relation.qualified(),
                        part_object(ObjectKind::Index, &index.name, relation),
                        evidence.join(" "),
                        None,
                    )
                    .severity = if serves {
                    Severity::Info
                } else {
                    Severity::Warning
                };
            }
        }
    },
};

fn explain(limit: &IndexLimit) -> String {
    let (key, instead) = (&limit.key, limit.instead);
    match &limit.obstacle {
        Obstacle::Operators(operators) => {
            format!(
                "{key}: none of {} is LEAKPROOF. {instead}",
                operators.join(" ")
            )
        }
        Obstacle::Calls(calls) => {
            format!("{key}: {} is not LEAKPROOF. {instead}", calls.join(", "))
        }
        Obstacle::Pattern => format!("{key}: LIKE is not LEAKPROOF. {instead}"),
    }
}
