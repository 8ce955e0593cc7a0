//! Tables whose rows belong to whom the row of another table belongs to.

use tenancy_core::{Class, Table, quote_identifier};

use super::references::unforced;
use super::{Rule, Severity, Subject, column_object};
use crate::audit::catalog::Relation;
use crate::audit::context::Context;

fn owners<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<
    Item = (
        &'static Table,
        &'a Relation,
        &'static str,
        &'a Relation,
        &'static str,
    ),
> {
    context.scoped().filter_map(|(table, relation)| {
        let Class::Via {
            column,
            owner,
            owner_key,
        } = table.class
        else {
            return None;
        };
        let owner = context.registry.table(owner)?;
        let owner = context.find(owner)?;
        Some((table, relation, column, owner, owner_key))
    })
}

pub(super) const NOT_UNIQUE: Rule = Rule {
    id: "via-owner-not-unique",
    title: "Two rows can be the owner of one",
    why: "The policy asks whether *an* owner is the tenant's. Where the key is there twice, each of the two \
          tenants reads and writes the row.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation, _, owner, key) in owners(context) {
            let Some(column) = context.catalog.column(owner.oid, key) else {
                continue;
            };
            let unique = context.catalog.indexes_of(owner.oid).iter().any(|index| {
                index.unique
                    && index.valid
                    && index.immediate
                    && !index.partial
                    && index.columns == [column.number]
            });
            if !unique {
                found.add_to(
                    &relation.qualified(),
                    column_object(owner, key),
                    format!(
                        "{} is owned through it, and it is not unique.",
                        relation.qualified()
                    ),
                    format!(
                        "ALTER TABLE {} ADD UNIQUE ({});",
                        owner.quoted(),
                        quote_identifier(key)
                    ),
                );
            }
        }
    },
};

pub(super) const NOT_REFERENCED: Rule = Rule {
    id: "via-without-foreign-key",
    title: "Nothing ties a row to its owner",
    why: "When the owner goes, the row stays, seen by nobody. If its key is given to another tenant's row, \
          that tenant reads it.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation, column, owner, key) in owners(context) {
            let number = context
                .catalog
                .column(relation.oid, column)
                .map(|c| c.number);
            let target = context.catalog.column(owner.oid, key).map(|c| c.number);
            let (Some(number), Some(target)) = (number, target) else {
                continue;
            };
            let keys = context.catalog.constraints_of(relation.oid).iter();
            let tied = keys
                .filter(|constraint| constraint.is_foreign_key())
                .any(|constraint| {
                    constraint.target == owner.oid
                        && constraint.columns == [number]
                        && constraint.target_columns == [target]
                });
            if !tied {
                let statement = format!(
                    "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({});\n",
                    relation.quoted(),
                    quote_identifier(column),
                    owner.quoted(),
                    quote_identifier(key)
                );
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, column),
                    format!("No foreign key points from it to {}.", owner.qualified()),
                    format!(
                        "-- In one transaction.\nSET LOCAL row_security = off;\n{}",
                        unforced(&[relation, owner], &statement)
                    ),
                );
            }
        }
    },
};
