//! Which tables an erasure is about, whose rows are whose, and in which order they go.

use std::collections::BTreeSet;

use tenancy_core::{Class, Registry};

use super::catalog::{Catalog, ForeignKey, Relation};
use super::decisions::{Anonymised, Decision};
use super::error::{ErasureError, UnknownTable};
use super::graph;
use super::owner::{Owners, Ownership};
use crate::quote_identifier;

/// The library's own queue, which is erased as a target.
pub(super) const QUEUE: &str = "tenancy.jobs";

/// The alias of the row that a statement reads or writes.
pub(super) const ROW: &str = "tenancy_row";

/// What an erasure does with the tables. Two of the same database are equal until its tables change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) tables: Vec<Subject>,
    /// The erased ones, in the order in which they are emptied. Those of a group are emptied together.
    pub(super) groups: Vec<Group>,
    /// The anonymised ones.
    pub(super) changed: Vec<usize>,
    pub(super) left: Vec<(String, String)>,
}

/// A table with rows of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) oid: u32,
    /// With its schema, for people to read.
    pub(super) shown: String,
    /// With its schema, quoted.
    pub(super) quoted: String,
    /// The condition that the row [`ROW`] belongs to the tenant `$1`.
    pub(super) condition: String,
    /// It is partitioned, or others inherit from it, so that two rows may have the same ctid.
    pub(super) has_children: bool,
    /// The columns with the texts of their new values and their types, where it is anonymised.
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) column: String,
    pub(super) value: Option<String>,
    pub(super) type_sql: String,
}

/// Tables that are emptied together, because each points to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) tables: Vec<usize>,
    /// The references within the group. Without any, rows go in any order.
    pub(super) inner: Vec<Reference>,
    /// What may be reached by actions of foreign keys.
    pub(super) watched: Vec<Watched>,
}

/// Rows of one table of a group point to rows of another, or of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The condition that the row `tenancy_by` points to the row [`ROW`].
    pub(super) condition: String,
}

/// A table whose rows a foreign key deletes or changes, and may be another tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched {
    /// It, and its partitions.
    pub(super) family: Vec<u32>,
    /// Where it is one of the group.
    pub(super) table: Option<usize>,
    pub(super) constraint: String,
}

/// The alias of a row that points to [`ROW`].
pub(super) const BY: &str = "tenancy_by";

impl Layout {
    pub(super) fn of(
        catalog: &Catalog,
        registry: &Registry,
        decisions: &[(String, Decision)],
    ) -> Result<(Self, Owners), ErasureError> {
        let owners = Owners::find(catalog, registry, decisions)?;
        let mut layout = Layout {
            tables: Vec::new(),
            groups: Vec::new(),
            changed: Vec::new(),
            left: Vec::new(),
        };
        let mut missing = Vec::new();
        for owned in &owners.owned {
            let relation = owners.relation(catalog, owned.oid)?;
            let fields = match &owned.anonymised {
                Some(anonymised) => fields(relation, &owned.ownership, anonymised)?,
                None => Vec::new(),
            };
            missing.extend(missing_privileges(relation, &fields));
            layout.tables.push(Subject {
                oid: owned.oid,
                shown: relation.shown(),
                quoted: relation.quoted(),
                condition: owners.condition(catalog, owned.oid, ROW, 0)?,
                has_children: relation.has_children,
                fields,
            });
        }
        if !missing.is_empty() {
            return Err(ErasureError::Privileges { missing });
        }
        layout.changed = (0..owners.owned.len())
            .filter(|&table| owners.owned[table].anonymised.is_some())
            .collect();
        for (name, decision) in decisions {
            let Decision::Leave(reason) = decision else {
                continue;
            };
            let relation = catalog.named(name).map(Relation::shown);
            let shown = relation.unwrap_or_else(|| name.clone());
            layout.left.push((shown, reason.clone()));
        }
        layout.refuse_kept_references(catalog, &owners)?;
        layout.group(catalog, &owners, registry);
        if layout.groups.iter().any(|group| !group.watched.is_empty()) && !catalog.server.counts {
            return Err(ErasureError::CannotWatch);
        }
        Ok((layout, owners))
    }

    pub(super) fn place(&self, oid: u32) -> Option<usize> {
        self.tables.iter().position(|table| table.oid == oid)
    }

    fn is_erased(&self, table: usize) -> bool {
        !self.changed.contains(&table)
    }

    /// Rows that are anonymised stay, so they must not point to rows that go.
    fn refuse_kept_references(
        &self,
        catalog: &Catalog,
        owners: &Owners,
    ) -> Result<(), ErasureError> {
        for key in &catalog.foreign_keys {
            let from = self.place(owners.top(catalog, key.relation));
            let to = self.place(owners.top(catalog, key.target));
            let (Some(from), Some(to)) = (from, to) else {
                continue;
            };
            let nulls = |column: &String| {
                let mut fields = self.tables[from].fields.iter();
                fields.any(|field| field.column == *column && field.value.is_none())
            };
            if !self.is_erased(from) && self.is_erased(to) && !key.columns.iter().any(nulls) {
                return Err(ErasureError::KeepsReference {
                    table: self.tables[from].shown.clone(),
                    constraint: key.name.clone(),
                    target: self.tables[to].shown.clone(),
                });
            }
        }
        Ok(())
    }

    fn group(&mut self, catalog: &Catalog, owners: &Owners, registry: &Registry) {
        let mut references = Vec::new();
        for key in &catalog.foreign_keys {
            let from = self.place(owners.top(catalog, key.relation));
            let to = self.place(owners.top(catalog, key.target));
            if let (Some(from), Some(to)) = (from, to) {
                references.push(Reference {
                    from,
                    to,
                    condition: points_to(key),
                });
            }
        }
        // Rows that are owned through others are found only while those are there.
        for (from, owned) in owners.owned.iter().enumerate() {
            if let Ownership::Through {
                column,
                owner,
                key,
                operator,
            } = &owned.ownership
                && let Some(to) = self.place(*owner)
            {
                let condition = comparison(ROW, key, operator, BY, column);
                if references.iter().all(|known| known.condition != condition) {
                    references.push(Reference {
                        from,
                        to,
                        condition,
                    });
                }
            }
        }
        references
            .retain(|reference| self.is_erased(reference.from) && self.is_erased(reference.to));
        let edges: Vec<(usize, usize)> = references.iter().map(|r| (r.from, r.to)).collect();
        let root = registry.tables.iter().zip(&catalog.registered);
        let root = (root.into_iter())
            .find(|(table, _)| matches!(table.class, Class::Root { .. }))
            .and_then(|(_, oid)| self.place(*oid));
        for tables in graph::order(self.tables.len(), &edges, root) {
            if !tables.iter().all(|&table| self.is_erased(table)) {
                continue;
            }
            let is_inner = |r: &&Reference| tables.contains(&r.from) && tables.contains(&r.to);
            let inner = references.iter().filter(is_inner).cloned().collect();
            let watched = self.watched(catalog, owners, &tables);
            self.groups.push(Group {
                tables,
                inner,
                watched,
            });
        }
    }

    /// The tables on which foreign keys act when rows of these tables are deleted, and whose rows they do
    /// not hold to the same tenant.
    fn watched(&self, catalog: &Catalog, owners: &Owners, tables: &[usize]) -> Vec<Watched> {
        let mut reached: BTreeSet<u32> =
            tables.iter().map(|&table| self.tables[table].oid).collect();
        loop {
            let cascades = catalog.foreign_keys.iter().filter(|key| {
                key.on_delete == "c" && reached.contains(&owners.top(catalog, key.target))
            });
            let more: Vec<u32> = cascades
                .map(|key| owners.top(catalog, key.relation))
                .collect();
            let before = reached.len();
            reached.extend(more);
            if reached.len() == before {
                break;
            }
        }
        let mut watched: Vec<Watched> = Vec::new();
        for key in &catalog.foreign_keys {
            let (from, to) = (
                owners.top(catalog, key.relation),
                owners.top(catalog, key.target),
            );
            let acts = matches!(key.on_delete.as_str(), "c" | "n" | "d");
            if !acts || !reached.contains(&to) || owners.holds_to_tenant(key, from, to) {
                continue;
            }
            let shown = catalog
                .relation(from)
                .map_or_else(String::new, Relation::shown);
            watched.push(Watched {
                family: catalog.family(from),
                table: self.place(from).filter(|place| tables.contains(place)),
                constraint: format!("{} of {shown}", key.name),
            });
        }
        watched
    }
}

/// That the row [`BY`] points to the row [`ROW`].
fn points_to(key: &ForeignKey) -> String {
    let columns = key
        .target_columns
        .iter()
        .zip(&key.operators)
        .zip(&key.columns);
    let parts: Vec<String> = columns
        .map(|((target, operator), column)| comparison(ROW, target, operator, BY, column))
        .collect();
    parts.join(" AND ")
}

pub(super) fn comparison(
    left: &str,
    left_column: &str,
    operator: &str,
    right: &str,
    right_column: &str,
) -> String {
    format!(
        "{left}.{} {operator} {right}.{}",
        quote_identifier(left_column),
        quote_identifier(right_column)
    )
}

fn fields(
    relation: &Relation,
    ownership: &Ownership,
    anonymised: &Anonymised,
) -> Result<Vec<Field>, ErasureError> {
    if anonymised.fields.is_empty() {
        return Err(ErasureError::Unsuitable {
            table: relation.shown(),
            why: "is to be anonymised, and no field of it is named",
        });
    }
    let fields = anonymised.fields.iter().map(|(column, value)| {
        let type_sql = relation
            .type_of(column)
            .filter(|_| ownership.column() != column && !relation.primary_key.contains(column))
            .ok_or_else(|| ErasureError::Column {
                table: relation.shown(),
                column: column.clone(),
            })?;
        Ok(Field {
            column: column.clone(),
            value: value.clone(),
            type_sql: type_sql.to_owned(),
        })
    });
    fields.collect()
}

/// What the role lacks, as the beginning of a GRANT.
fn missing_privileges(relation: &Relation, fields: &[Field]) -> Vec<String> {
    let mut missing = Vec::new();
    let mut lacks =
        |privilege: &str| missing.push(format!("GRANT {privilege} ON {} TO ..", relation.quoted()));
    if !relation.reads {
        lacks("SELECT");
    }
    if fields.is_empty() && !relation.deletes {
        lacks("DELETE");
    }
    let columns: Vec<String> = fields
        .iter()
        .filter(|field| !relation.updatable.contains(&field.column))
        .map(|field| quote_identifier(&field.column))
        .collect();
    if !columns.is_empty() {
        lacks(&format!("UPDATE ({})", columns.join(", ")));
    }
    if !relation.enters {
        missing.push(format!(
            "GRANT USAGE ON SCHEMA {} TO ..",
            quote_identifier(&relation.schema)
        ));
    }
    missing
}

/// Of tables that nobody has decided about.
pub(super) fn refuse(tables: Vec<UnknownTable>) -> Result<(), ErasureError> {
    if tables.is_empty() {
        Ok(())
    } else {
        Err(ErasureError::UnknownTables { tables })
    }
}
