//! Keys that do not carry the tenant.
//!
//! A unique constraint without the tenant tells one tenant what another one has, and a foreign key
//! without it reaches the other one's rows, also by its cascades: neither asks the policies.

use tenancy_core::{Class, Table};

use super::LiveSchema;
use super::catalog::{ForeignKey, LiveTable};
use super::mend::{Mend, TargetKey, online, plain};
use crate::policy::PolicyOptions;
use crate::policy::columns::tenant_column;
use crate::policy::files::MigrationFiles;
use crate::policy::name::{derived, list, qualified};

/// A key of a tenant's table that does not carry the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyFinding {
    /// The path of the table.
    pub table: String,
    /// The name of the constraint or index.
    pub name: String,
    /// What is wrong, and what to do.
    pub finding: String,
    /// Whether [`LiveSchema::composite_keys`] mends it.
    pub is_mended: bool,
}

impl LiveSchema {
    /// Keys of tenants' tables that do not carry the tenant: primary keys that do not begin with it,
    /// unique constraints and indexes, foreign keys.
    ///
    /// Primary and unique keys are only reported. Other tables and programs know them, so what replaces
    /// them is a decision.
    pub fn key_findings(&self) -> Vec<KeyFinding> {
        let mut findings = Vec::new();
        for unique in &self.catalog.uniques {
            let Some((_, table, column)) = self.tenant_table(unique.relation) else {
                continue;
            };
            let place = unique.columns.iter().position(|name| name == column);
            let finding = match (place, unique.is_primary) {
                (Some(0), _) | (Some(_), false) => continue,
                (_, true) => format!(
                    "the primary key does not begin with {column}: make it ({column}, {})",
                    others(&unique.columns, column)
                ),
                (None, false) => format!(
                    "values are unique across tenants, so that one learns what another has: make it \
                     unique for each {column}, or say that it is so on purpose"
                ),
            };
            findings.push(KeyFinding {
                table: table.path.to_owned(),
                name: unique.name.clone(),
                finding,
                is_mended: false,
            });
        }
        for key in self.single_tenant_keys() {
            let mend = self.mend(key);
            findings.push(KeyFinding {
                table: self.path(key.relation),
                name: key.name.clone(),
                finding: mend.as_ref().err().map_or_else(
                    || "the foreign key does not carry the tenant".to_owned(),
                    |reason| format!("the foreign key does not carry the tenant, and {reason}"),
                ),
                is_mended: mend.is_ok(),
            });
        }
        findings
    }

    /// Writes the migrations that have the foreign keys between tables of tenants carry the tenant. Empty
    /// when all do.
    ///
    /// A constraint keeps its name, its actions and whether it is deferrable. ON DELETE SET NULL keeps the
    /// tenant. Where the target has no unique key over the tenant and the columns, it gets one. A
    /// migration fails when a row points to one of another tenant.
    ///
    /// With [`PolicyOptions::online`] the keys are added NOT VALID and validated later. In between, the
    /// owner of the tables is not filtered by their policies; the application is.
    ///
    /// [`key_findings`](Self::key_findings) has the foreign keys that are left out, and why.
    pub fn composite_keys(&self, options: &PolicyOptions) -> MigrationFiles {
        let mends: Vec<Mend<'_>> = self
            .single_tenant_keys()
            .filter_map(|key| self.mend(key).ok())
            .collect();
        if mends.is_empty() {
            return MigrationFiles(Vec::new());
        }
        let mut keys: Vec<&TargetKey<'_>> = Vec::new();
        for key in mends.iter().filter_map(|mend| mend.target_key.as_ref()) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut tables: Vec<&Table> = Vec::new();
        for table in mends.iter().flat_map(|mend| [mend.table, mend.target]) {
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        MigrationFiles(if options.online {
            online(&mends, &keys, &tables)
        } else {
            vec![plain(&mends, &keys, &tables)]
        })
    }

    /// Foreign keys between two tables of tenants that do not pair their tenants.
    fn single_tenant_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.catalog.foreign_keys.iter().filter(|key| {
            let (Some((_, _, column)), Some((_, target, target_column))) = (
                self.tenant_table(key.relation),
                self.tenant_table(key.target),
            ) else {
                return false;
            };
            let pairs = key
                .columns
                .iter()
                .zip(&key.target_columns)
                .any(|(from, to)| from == column && to == target_column);
            !pairs && matches!(target.class, Class::Tenant { .. })
        })
    }

    fn mend(&self, key: &ForeignKey) -> Result<Mend<'_>, &'static str> {
        let (Some((_, table, column)), Some((_, target, target_column))) = (
            self.tenant_table(key.relation),
            self.tenant_table(key.target),
        ) else {
            return Err("it is not between tables of tenants");
        };
        if matches!(table.class, Class::Root { .. }) {
            return Err("the table of the tenants points to a tenant's own rows");
        }
        if key.columns.iter().any(|name| name == column) {
            return Err("it pairs the tenant column with another one");
        }
        if matches!(&*key.on_update, "n" | "d") {
            return Err("ON UPDATE SET NULL or SET DEFAULT would change the tenant");
        }
        if key.is_full && key.columns.len() > 1 {
            return Err("MATCH FULL would refuse rows that point nowhere");
        }
        let leading = |first: &str, rest: &[String]| {
            let mut all = vec![first.to_owned()];
            all.extend_from_slice(rest);
            all
        };
        let columns = leading(column, &key.columns);
        let target_columns = leading(target_column, &key.target_columns);
        let target_key = (!self.catalog.is_unique(
            key.target,
            &target_columns.iter().map(|c| &**c).collect::<Vec<_>>(),
        ))
        .then(|| {
            let purpose = format!("{}_key", key.target_columns.join("_"));
            TargetKey {
                table: target,
                name: derived(target, &purpose),
                columns: target_columns.clone(),
            }
        });
        let mut definition = format!(
            "FOREIGN KEY ({}) REFERENCES {} ({})",
            quoted(&columns),
            qualified(target),
            quoted(&target_columns)
        );
        definition += &on_update(&key.on_update);
        definition += &on_delete(key);
        if key.deferrable {
            definition += " DEFERRABLE";
        }
        if key.deferred {
            definition += " INITIALLY DEFERRED";
        }
        Ok(Mend {
            table,
            target,
            name: key.name.clone(),
            definition,
            before: key.definition.clone(),
            target_key,
        })
    }

    /// A table whose rows have the tenant in a column of their own.
    fn tenant_table(&self, oid: u32) -> Option<(&LiveTable, &'static Table, &'static str)> {
        let live = self.catalog.table(oid)?;
        let table = self.registry.table(&live.path())?;
        Some((live, table, tenant_column(table)?))
    }

    fn path(&self, oid: u32) -> String {
        self.catalog
            .table(oid)
            .map(LiveTable::path)
            .unwrap_or_default()
    }
}

fn on_update(code: &str) -> String {
    match code {
        "c" => " ON UPDATE CASCADE".to_owned(),
        "r" => " ON UPDATE RESTRICT".to_owned(),
        _ => String::new(),
    }
}

/// The tenant stays when what the row points to goes.
fn on_delete(key: &ForeignKey) -> String {
    let set = if key.set_columns.is_empty() {
        &key.columns
    } else {
        &key.set_columns
    };
    match &*key.on_delete {
        "c" => " ON DELETE CASCADE".to_owned(),
        "r" => " ON DELETE RESTRICT".to_owned(),
        "n" => format!(" ON DELETE SET NULL ({})", quoted(set)),
        "d" => format!(" ON DELETE SET DEFAULT ({})", quoted(set)),
        _ => String::new(),
    }
}

pub(super) fn quoted(columns: &[String]) -> String {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    list(&columns)
}

fn others(columns: &[String], tenant: &str) -> String {
    let others: Vec<&str> = columns
        .iter()
        .map(String::as_str)
        .filter(|&column| column != tenant)
        .collect();
    others.join(", ")
}
