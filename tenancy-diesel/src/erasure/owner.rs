//! Whose rows the tables hold: as the registry says, and where it says nothing, as the catalog and the
//! caller do.

use std::collections::BTreeMap;

use tenancy_core::{Class, Registry, Table};

use super::catalog::{Catalog, ForeignKey, Relation};
use super::decisions::{Anonymised, Decision};
use super::error::{ErasureError, UnknownTable};
use super::layout::{QUEUE, comparison, refuse};
use crate::policy::predicate::type_name;
use crate::quote_identifier;

const EQUALS: &str = "OPERATOR(pg_catalog.=)";

/// How a row of a table belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ownership {
    /// The tenant is in this column.
    Column(String),
    /// It is that of the row which this column points to.
    Through {
        column: String,
        owner: u32,
        key: String,
        operator: String,
    },
}

impl Ownership {
    pub(super) fn column(&self) -> &str {
        match self {
            Ownership::Column(column) | Ownership::Through { column, .. } => column,
        }
    }
}

/// A table whose rows are erased or anonymised.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) oid: u32,
    pub(super) ownership: Ownership,
    pub(super) anonymised: Option<Anonymised>,
}

#[derive(Debug)]
pub(super) struct Owners {
    pub(super) owned: Vec<Owned>,
    /// What the registry says, and what the caller has added to it.
    pub(super) registry: Registry,
    /// Of all tables with rows of tenants, also of those that are left.
    pub(super) ownerships: BTreeMap<u32, Ownership>,
    tenant_columns: Vec<String>,
    /// The tenant, as SQL.
    tenant: String,
}

type Decided<'d> = BTreeMap<u32, &'d Decision>;

impl Owners {
    pub(super) fn find(
        catalog: &Catalog,
        registry: &Registry,
        decisions: &[(String, Decision)],
    ) -> Result<Self, ErasureError> {
        let mut owners = Owners {
            owned: Vec::new(),
            registry: *registry,
            ownerships: BTreeMap::new(),
            tenant_columns: tenant_columns(registry),
            tenant: format!("$1::pg_catalog.{}", type_name(registry.tenant_type)),
        };
        let decided = decided(catalog, decisions)?;
        for (table, &oid) in registry.tables.iter().zip(&catalog.registered) {
            if table.class.is_scoped() {
                let ownership = declared(catalog, registry, table, oid)?;
                owners.add(oid, ownership, decided.get(&oid).copied());
            }
        }
        let added = owners.add_others(catalog, &decided)?;
        owners.registry = owners.extended(catalog, registry, &added);
        Ok(owners)
    }

    fn add(&mut self, oid: u32, ownership: Ownership, decision: Option<&Decision>) {
        self.ownerships.insert(oid, ownership.clone());
        let anonymised = match decision {
            Some(Decision::Leave(_)) => return,
            Some(Decision::Anonymise(fields)) => Some(fields.clone()),
            Some(Decision::Also) | None => None,
        };
        self.owned.push(Owned {
            oid,
            ownership,
            anonymised,
        });
    }

    /// The tables that the registry does not scope, as far as they hold rows of tenants. Which they are is
    /// known step by step: one that points to another is found when that one is known.
    fn add_others(
        &mut self,
        catalog: &Catalog,
        decided: &Decided<'_>,
    ) -> Result<Vec<u32>, ErasureError> {
        let mut added = Vec::new();
        let mut unknown: BTreeMap<u32, UnknownTable> = BTreeMap::new();
        loop {
            let before = (added.len(), unknown.len());
            for relation in &catalog.relations {
                let oid = relation.oid;
                let is_known = self.ownerships.contains_key(&oid) || unknown.contains_key(&oid);
                if is_known || self.top(catalog, oid) != oid {
                    continue;
                }
                match decided.get(&oid) {
                    Some(Decision::Leave(_)) => {}
                    Some(decision) => {
                        if let Some(ownership) = self.ownership_of(catalog, relation) {
                            self.add(oid, ownership, Some(decision));
                            added.push(oid);
                        }
                    }
                    None => {
                        if let Some(why) = self.suspicion(catalog, relation, &unknown) {
                            let table = relation.shown();
                            unknown.insert(oid, UnknownTable { table, why });
                        }
                    }
                }
            }
            if before == (added.len(), unknown.len()) {
                break;
            }
        }
        refuse(unknown.into_values().collect())?;
        for (&oid, decision) in decided {
            let is_left = matches!(decision, Decision::Leave(_));
            if !is_left && !self.ownerships.contains_key(&oid) {
                return Err(ErasureError::Unsuitable {
                    table: catalog
                        .relation(oid)
                        .map_or_else(String::new, Relation::shown),
                    why: "is no table with a tenant column, nor one with a foreign key of one column to such a table",
                });
            }
        }
        Ok(added)
    }

    /// Why a table that nobody has decided about may hold rows of the tenant.
    fn suspicion(
        &self,
        catalog: &Catalog,
        relation: &Relation,
        unknown: &BTreeMap<u32, UnknownTable>,
    ) -> Option<String> {
        let class = catalog.class_of(&self.registry, relation.oid);
        let kind = match relation.kind.as_str() {
            "m" => "is a materialized view and ",
            "f" => "is a foreign table and ",
            _ => "",
        };
        if let Some(Class::Excluded { reason }) = class {
            return Some(format!("the registry excludes it ({reason})"));
        }
        if let Some(column) = self
            .tenant_columns
            .iter()
            .find(|column| relation.has(column))
        {
            return Some(format!("{kind}has the column {}", type_name(column)));
        }
        if class == Some(Class::Shared) {
            return None;
        }
        let mut keys = catalog.foreign_keys.iter();
        let (key, target) = keys.find_map(|key| {
            let target = self.top(catalog, key.target);
            let is_ours = self.top(catalog, key.relation) == relation.oid;
            let holds = self.ownerships.contains_key(&target) || unknown.contains_key(&target);
            (is_ours && holds && target != relation.oid).then_some((key, target))
        })?;
        let target = catalog.relation(target)?.shown();
        Some(format!(
            "points to {target} through {}",
            type_name(&key.name)
        ))
    }

    /// How the rows of a table belong to tenants that the registry says nothing of.
    fn ownership_of(&self, catalog: &Catalog, relation: &Relation) -> Option<Ownership> {
        if !relation.is_table() {
            return None;
        }
        if let Some(column) = self
            .tenant_columns
            .iter()
            .find(|column| relation.has(column))
        {
            return Some(Ownership::Column(column.clone()));
        }
        let keys = catalog.foreign_keys.iter().filter(|key| {
            key.relation == relation.oid && key.columns.len() == 1 && key.target != relation.oid
        });
        let mut owners: Vec<(bool, Ownership)> = Vec::new();
        for key in keys {
            let target = self.top(catalog, key.target);
            let (column, target_column) = (&key.columns[0], &key.target_columns[0]);
            let ownership = match self.ownerships.get(&target) {
                // What points to the root by its key has the tenant itself.
                Some(Ownership::Column(tenant)) if tenant == target_column => {
                    Ownership::Column(column.clone())
                }
                Some(_) => Ownership::Through {
                    column: column.clone(),
                    owner: target,
                    key: target_column.clone(),
                    operator: key.operators[0].clone(),
                },
                None => continue,
            };
            owners.push((!relation.required.contains(column), ownership));
        }
        // A row without the value would be nobody's.
        owners.sort_by_key(|(may_be_null, _)| *may_be_null);
        owners.into_iter().next().map(|(_, ownership)| ownership)
    }

    pub(super) fn relation<'c>(
        &self,
        catalog: &'c Catalog,
        oid: u32,
    ) -> Result<&'c Relation, ErasureError> {
        catalog.relation(oid).ok_or(ErasureError::UnexpectedAnswer)
    }

    /// The table that stands for a partition or a child.
    pub(super) fn top(&self, catalog: &Catalog, oid: u32) -> u32 {
        catalog.top(oid, &|relation| {
            catalog.registered.contains(&relation.oid)
                || self
                    .tenant_columns
                    .iter()
                    .any(|column| relation.has(column))
        })
    }

    /// The condition that the row with this alias belongs to the tenant `$1`.
    pub(super) fn condition(
        &self,
        catalog: &Catalog,
        oid: u32,
        row: &str,
        depth: usize,
    ) -> Result<String, ErasureError> {
        let ownership = self
            .ownerships
            .get(&oid)
            .filter(|_| depth <= self.ownerships.len());
        match ownership.ok_or(ErasureError::UnexpectedAnswer)? {
            Ownership::Column(column) => Ok(format!(
                "{row}.{} {EQUALS} {}",
                quote_identifier(column),
                self.tenant
            )),
            Ownership::Through {
                column,
                owner,
                key,
                operator,
            } => {
                let alias = format!("tenancy_owner_{depth}");
                Ok(format!(
                    "EXISTS (SELECT FROM {} AS {alias} WHERE {} AND {})",
                    self.relation(catalog, *owner)?.quoted(),
                    comparison(&alias, key, operator, row, column),
                    self.condition(catalog, *owner, &alias, depth + 1)?,
                ))
            }
        }
    }

    /// Whether rows that a foreign key ties together always belong to one tenant.
    pub(super) fn holds_to_tenant(&self, key: &ForeignKey, from: u32, to: u32) -> bool {
        match (self.ownerships.get(&from), self.ownerships.get(&to)) {
            (Some(Ownership::Column(ours)), Some(Ownership::Column(theirs))) => {
                let mut pairs = key.columns.iter().zip(&key.target_columns);
                pairs.any(|(column, target)| column == ours && target == theirs)
            }
            (Some(Ownership::Through { column, owner, .. }), _) => {
                *owner == to && key.columns.as_slice() == std::slice::from_ref(column)
            }
            _ => false,
        }
    }
}

impl Catalog {
    /// How the registry classes a table.
    fn class_of(&self, registry: &Registry, oid: u32) -> Option<Class> {
        let place = self.registered.iter().position(|&known| known == oid)?;
        registry.tables.get(place).map(|table| table.class)
    }
}

fn tenant_columns(registry: &Registry) -> Vec<String> {
    let columns = registry
        .tables
        .iter()
        .filter_map(|table| match table.class {
            Class::Tenant { column } => Some(column.to_owned()),
            _ => None,
        });
    let mut columns: Vec<String> = columns.collect();
    columns.sort();
    columns.dedup();
    columns
}

fn decided<'d>(
    catalog: &Catalog,
    decisions: &'d [(String, Decision)],
) -> Result<Decided<'d>, ErasureError> {
    let mut decided = BTreeMap::new();
    for (name, decision) in decisions {
        if name == QUEUE && matches!(decision, Decision::Leave(_)) {
            continue;
        }
        let relation = catalog.named(name).ok_or_else(|| ErasureError::NoTable {
            table: name.clone(),
        })?;
        if decided.insert(relation.oid, decision).is_some() {
            return Err(ErasureError::Unsuitable {
                table: relation.shown(),
                why: "is decided about twice",
            });
        }
    }
    Ok(decided)
}

/// As the registry says it.
fn declared(
    catalog: &Catalog,
    registry: &Registry,
    table: &Table,
    oid: u32,
) -> Result<Ownership, ErasureError> {
    let missing = || ErasureError::NoTable {
        table: table.path.to_owned(),
    };
    let relation = catalog.relation(oid).filter(|relation| relation.is_table());
    let relation = relation.ok_or_else(missing)?;
    let ownership = match table.class {
        Class::Via {
            column,
            owner,
            owner_key,
        } => {
            let mut tables = registry.tables.iter().zip(&catalog.registered);
            let owner = tables.find(|(table, _)| table.path == owner);
            let (_, &owner) = owner.ok_or_else(missing)?;
            let mut keys = catalog.foreign_keys.iter().filter(|key| {
                (key.relation, key.target) == (oid, owner)
                    && key.columns == [column]
                    && key.target_columns == [owner_key]
            });
            Ownership::Through {
                column: column.to_owned(),
                owner,
                key: owner_key.to_owned(),
                operator: keys
                    .next()
                    .map_or_else(|| EQUALS.to_owned(), |key| key.operators[0].clone()),
            }
        }
        Class::Tenant { column } | Class::Root { column } => Ownership::Column(column.to_owned()),
        _ => return Err(missing()),
    };
    if relation.has(ownership.column()) {
        Ok(ownership)
    } else {
        Err(ErasureError::Unsuitable {
            table: relation.shown(),
            why: "lacks the column that says whose row it is",
        })
    }
}
