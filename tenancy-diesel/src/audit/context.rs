//! What rules judge: the registry beside the catalog.

use std::collections::HashMap;

use tenancy_core::{Class, Registry, Table};

use super::Audit;
use super::catalog::{Catalog, Relation, Role};
use crate::{PolicyOptions, policy};

/// The registry, the catalog, and which table of the one is which of the other.
pub(super) struct Context<'a> {
    pub(super) registry: &'a Registry,
    pub(super) options: &'a PolicyOptions,
    pub(super) catalog: &'a Catalog,
    /// In the order of the registry, with the relations that were found.
    tables: Vec<(&'static Table, Option<&'a Relation>)>,
    registered: HashMap<u32, &'static Table>,
    boot: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(audit: &'a Audit<'_>, catalog: &'a Catalog) -> Self {
        let tables: Vec<_> = audit
            .registry
            .tables
            .iter()
            .map(|table| (table, catalog.find(table.schema, table.name)))
            .collect();
        let registered = tables
            .iter()
            .filter_map(|(table, relation)| Some((relation.as_ref()?.oid, *table)))
            .collect();
        Context {
            registry: audit.registry,
            options: &audit.options,
            catalog,
            tables,
            registered,
            boot: audit.boot,
        }
    }

    /// The tables of the registry, with what the database has under their names.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&'static Table, Option<&'a Relation>)> {
        self.tables.iter().copied()
    }

    /// The tables that hold rows of tenants, as far as they are in the database.
    pub(super) fn scoped(&self) -> impl Iterator<Item = (&'static Table, &'a Relation)> {
        self.tables()
            .filter(|(table, _)| table.class.is_scoped())
            .filter_map(|(table, relation)| Some((table, relation?)))
    }

    /// The table of the registry that a relation is.
    pub(super) fn declared(&self, oid: u32) -> Option<&'static Table> {
        self.registered.get(&oid).copied()
    }

    /// The tables that the registry leaves out, with their reasons.
    pub(super) fn excluded(&self) -> Vec<(String, String)> {
        self.tables()
            .filter_map(|(table, _)| match table.class {
                Class::Excluded { reason } => Some((table.path.to_owned(), reason.to_owned())),
                _ => None,
            })
            .collect()
    }

    /// The statements that set a table's row-level security right, whatever is wrong with it.
    pub(super) fn security(&self, table: &Table) -> String {
        policy::security(self.options, self.registry, table)
    }

    /// The role that the application connects as, if it is there. At boot it is the role of the
    /// connection.
    pub(super) fn app(&self) -> Option<&'a Role> {
        let name = if self.boot {
            &self.catalog.session.current_user
        } else {
            &self.options.app
        };
        self.catalog.role_named(name)
    }
}
