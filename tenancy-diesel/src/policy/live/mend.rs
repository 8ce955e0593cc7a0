//! The foreign keys that take the place of others.

use tenancy_core::{Table, quote_identifier};

use super::keys::quoted;
use crate::policy::files::MigrationFile;
use crate::policy::force::{force, unforce};
use crate::policy::name::{comment, in_schema_of, qualified};
use crate::policy::plain_name;

/// A foreign key, and the one that takes its place.
pub(super) struct Mend<'a> {
    pub(super) table: &'a Table,
    pub(super) target: &'a Table,
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) before: String,
    pub(super) target_key: Option<TargetKey<'a>>,
}

/// A unique key to point to.
#[derive(PartialEq)]
pub(super) struct TargetKey<'a> {
    pub(super) table: &'a Table,
    pub(super) name: String,
    pub(super) columns: Vec<String>,
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

pub(super) fn plain(
    mends: &[Mend<'_>],
    keys: &[&TargetKey<'_>],
    tables: &[&Table],
) -> MigrationFile {
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

pub(super) fn online(
    mends: &[Mend<'_>],
    keys: &[&TargetKey<'_>],
    tables: &[&Table],
) -> Vec<MigrationFile> {
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
                in_schema_of(key.table, &key.name)
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
