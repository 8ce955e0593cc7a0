//! Unique keys, which are checked against the rows of all tenants, and the sequences of ids.
//!
//! A key without the tenant tells one tenant what another has.

use std::collections::HashSet;

use tenancy_core::{Class, Table, quote_identifier};

use super::{ObjectKind, Rule, Severity, Subject, column_object, part_object, relation_object};
use crate::audit::catalog::{Constraint, Index, Relation};
use crate::audit::context::Context;

/// Whether one of the columns holds what nobody guesses. A uuid is taken for that: one of version 1 or 7
/// is harder to guess than a number, but not as hard.
pub(super) fn is_guessable(context: &Context<'_>, relation: &Relation, columns: &[i16]) -> bool {
    !context
        .catalog
        .columns_of(relation.oid)
        .iter()
        .any(|column| columns.contains(&column.number) && column.base == "uuid")
}

/// A unique key, primary key or exclusion that leaves the tenant out.
struct Oracle<'a> {
    table: &'static Table,
    relation: &'a Relation,
    index: &'a Index,
}

fn oracles<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Oracle<'a>> {
    context
        .with_partitions()
        .flat_map(move |(table, relation)| {
            let owner = context.owner_number(table, relation);
            context
                .catalog
                .indexes_of(relation.oid)
                .iter()
                .filter(|index| index.unique || index.constraint.is_some())
                .filter(move |index| owner.is_some_and(|owner| !index.columns.contains(&owner)))
                .map(move |index| Oracle {
                    table,
                    relation,
                    index,
                })
        })
}

impl Oracle<'_> {
    fn constraint<'c>(&self, context: &'c Context<'_>) -> Option<&'c Constraint> {
        let name = self.index.constraint.as_ref()?;
        let mut constraints = context.catalog.constraints_of(self.relation.oid).iter();
        constraints.find(|constraint| constraint.name == *name)
    }

    fn severity(&self, context: &Context<'_>) -> Severity {
        // The table of the tenants has names that are unique by what they are for, such as a subdomain.
        let is_root = matches!(self.table.class, Class::Root { .. });
        let nulls_collide = self.index.definition.contains("NULLS NOT DISTINCT");
        let guessable = is_guessable(context, self.relation, &self.index.columns);
        if is_root || !guessable && !nulls_collide {
            Severity::Info
        } else {
            Severity::Warning
        }
    }

    /// The same key with the tenant in front. None where a foreign key rests on it, or where somebody has to
    /// decide.
    fn mend(&self, context: &Context<'_>, used: &HashSet<u32>) -> Option<String> {
        let Class::Tenant { column } = self.table.class else {
            return None;
        };
        let tenant = quote_identifier(column);
        let index = self.index;
        if used.contains(&index.oid) {
            return None;
        }
        let with_tenant = |definition: &str, before: &str| {
            let (head, rest) = definition.split_once(before)?;
            Some(format!("{head}{before}{tenant}, {rest}"))
        };
        let Some(constraint) = self.constraint(context) else {
            let definition = with_tenant(&index.definition, " USING btree (")?;
            return Some(format!(
                "DROP INDEX {}.{};\n{definition};",
                quote_identifier(&index.schema),
                quote_identifier(&index.name)
            ));
        };
        if constraint.kind == "x" {
            return None;
        }
        Some(format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name};\nALTER TABLE {table} ADD CONSTRAINT {name} {};",
            with_tenant(constraint.definition.as_deref()?, "(")?,
            table = self.relation.quoted(),
            name = quote_identifier(&constraint.name),
        ))
    }
}

pub(super) const UNIQUE_WITHOUT_TENANT: Rule = Rule {
    id: "unique-without-tenant",
    title: "A key is unique over all tenants",
    why: "An INSERT that fails tells a tenant that another one has the value: an address, a name, a number. It \
          can take values away from others, and is what ON CONFLICT needs to meet a hidden row.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        // The indexes that foreign keys rest on.
        let constraints = context.catalog.constraints.iter();
        let used: HashSet<u32> = constraints
            .filter(|key| key.is_foreign_key())
            .map(|key| key.index)
            .collect();
        for oracle in oracles(context) {
            let (index, relation) = (oracle.index, oracle.relation);
            let (kind, name) = match &index.constraint {
                Some(name) => (ObjectKind::Constraint, name),
                None => (ObjectKind::Index, &index.name),
            };
            let severity = oracle.severity(context);
            let mut evidence = match oracle.constraint(context) {
                Some(Constraint {
                    definition: Some(definition),
                    ..
                }) => format!("It is {definition}."),
                _ => format!("It is {}.", index.definition),
            };
            if index.definition.contains("NULLS NOT DISTINCT") {
                evidence += " One tenant's NULL shuts out the NULL of every other.";
            } else if severity == Severity::Info && !is_guessable(context, relation, &index.columns)
            {
                evidence += " Nobody guesses a uuid, but whoever has seen one can ask for it.";
            }
            found
                .add_to(
                    &relation.qualified(),
                    part_object(kind, name, relation),
                    evidence,
                    oracle.mend(context, &used),
                )
                .severity = severity;
        }
    },
};

pub(super) const SEQUENCE_SHARED: Rule = Rule {
    id: "sequence-shared",
    title: "Two tables take their ids from one sequence",
    why: "The gaps in one tell a tenant how much is written to the other.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            for used in context.catalog.sequences_of(relation.oid) {
                let others: Vec<String> = context
                    .catalog
                    .sequences
                    .iter()
                    .filter(|other| {
                        other.sequence == used.sequence && other.relation != relation.oid
                    })
                    .filter_map(|other| context.catalog.relation(other.relation))
                    // A partition has the default of its parent.
                    .filter(|other| !other.is_partition)
                    .map(Relation::qualified)
                    .collect();
                if !others.is_empty() {
                    let names = context.names(relation, &[used.column]);
                    found.add_to(
                        &relation.qualified(),
                        column_object(relation, names.first().copied().unwrap_or_default()),
                        format!("{} also gives ids to {}.", used.name, others.join(", ")),
                        None,
                    );
                }
            }
        }
    },
};

pub(super) const COUNTED_IDS: Rule = Rule {
    id: "ids-count-all-tenants",
    title: "Ids count the rows of all tenants",
    why: "Two ids of its own tell a tenant how many rows all tenants wrote between them, and what the ids of \
          others are.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            let Some(used) = context.catalog.sequences_of(relation.oid).first() else {
                continue;
            };
            found.add_to(
                &relation.qualified(),
                relation_object(relation),
                format!(
                    "{} comes from the sequence {}.",
                    context.names(relation, &[used.column]).join(", "),
                    used.name
                ),
                None,
            );
        }
    },
};
