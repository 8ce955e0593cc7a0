//! Keys that do not carry the tenant.
//!
//! A unique constraint without the tenant tells one tenant what another one has, and a foreign key
//! without it reaches the other one's rows, also by its cascades: neither asks the policies.

use tenancy_core::{Class, Table, quote_identifier};

use super::LiveSchema;
use super::catalog::{ForeignKey, LiveTable};
use crate::policy::columns::tenant_column;
use crate::policy::files::{MigrationFile, MigrationFiles};
use crate::policy::force::{force, unforce};
use crate::policy::name::{comment, derived, list, qualified};
use crate::policy::{PolicyOptions, plain_name};

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

/// A foreign key, and the one that takes its place.
struct Mend<'a> {
    table: &'a Table,
    target: &'a Table,
    name: String,
    definition: String,
    before: String,
    target_key: Option<TargetKey<'a>>,
}

/// A unique key to point to.
#[derive(PartialEq)]
struct TargetKey<'a> {
    table: &'a Table,
    name: String,
    columns: Vec<String>,
}

impl Mend<'_> {
    /// In one statement, so that no row comes in between.
    fn replace(&self, definition: &str, suffix: &str) -> String {
        let name = quote_identifier(&self.name);
        format!(
            "ALTER TABLE {}\n    DROP CONSTRAINT {name},\n    ADD CONSTRAINT {name} {definition}{suffix};\n",
            qualified(self.table)
        )
    }

    fn validate(&self) -> String {
        format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {};\n",
            qualified(self.table),
            quote_identifier(&self.name)
        )
    }
}

impl TargetKey<'_> {
    fn add(&self, definition: &str) -> String {
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {definition};\n",
            qualified(self.table),
            quote_identifier(&self.name)
        )
    }

    fn drop(&self) -> String {
        format!(
            "ALTER TABLE {} DROP CONSTRAINT {};\n",
            qualified(self.table),
            quote_identifier(&self.name)
        )
    }
}

fn plain(mends: &[Mend<'_>], keys: &[&TargetKey<'_>], tables: &[&Table]) -> MigrationFile {
    let mut up =
        comment("Foreign keys between tables of tenants carry the tenant.") + &unforce(tables);
    let mut down = unforce(tables);
    for key in keys {
        up += &key.add(&format!("UNIQUE ({})", quoted(&key.columns)));
    }
    for mend in mends {
        up += &mend.replace(&mend.definition, "");
        down += &mend.replace(&mend.before, "");
    }
    for key in keys {
        down += &key.drop();
    }
    up += &force(tables);
    down += &force(tables);
    MigrationFile {
        name: "tenancy_composite_keys".to_owned(),
        up,
        down,
        run_in_transaction: true,
    }
}

fn online(mends: &[Mend<'_>], keys: &[&TargetKey<'_>], tables: &[&Table]) -> Vec<MigrationFile> {
    let mut files: Vec<MigrationFile> = keys
        .iter()
        .map(|key| MigrationFile {
            name: plain_name(&key.name),
            up: format!(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} ({});\n",
                quote_identifier(&key.name),
                qualified(key.table),
                quoted(&key.columns)
            ),
            down: format!(
                "DROP INDEX CONCURRENTLY IF EXISTS {};\n",
                crate::policy::name::in_schema_of(key.table, &key.name)
            ),
            run_in_transaction: false,
        })
        .collect();
    let step = |name: &str, up: String, down: String| MigrationFile {
        name: format!("tenancy_composite_keys_{name}"),
        up,
        down,
        run_in_transaction: true,
    };
    let (mut add, mut remove) = (String::new(), String::new());
    for key in keys {
        add += &key.add(&format!(
            "UNIQUE USING INDEX {}",
            quote_identifier(&key.name)
        ));
    }
    for mend in mends {
        add += &mend.replace(&mend.definition, " NOT VALID");
        remove += &mend.replace(&mend.before, "");
    }
    for key in keys {
        remove += &key.drop();
    }
    files.push(step(
        "add",
        comment("From here until the last migration the owner of the tables is not filtered.")
            + &add
            + &unforce(tables),
        unforce(tables) + &remove + &force(tables),
    ));
    files.push(step(
        "validate",
        comment("Reads the tables. Others can read and write them meanwhile.")
            + "SET LOCAL row_security = off;\n"
            + &mends.iter().map(Mend::validate).collect::<String>()
            + "SET LOCAL row_security TO DEFAULT;\n",
        comment("What was validated goes with its constraint.") + "SELECT 1;\n",
    ));
    files.push(step(
        "force",
        force(tables),
        comment("The migrations before take off what they need to.") + "SELECT 1;\n",
    ));
    files
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

fn quoted(columns: &[String]) -> String {
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
