//! The generated migrations, in one piece or such that big tables stay in use meanwhile.

use tenancy_core::{Registry, Table};

use super::columns::{Form, Index, validate};
use super::files::{MigrationFile, MigrationFiles};
use super::name::comment;
use super::script::paragraphs;
use super::{PolicyOptions, PolicySql};

pub(super) fn migrations(
    options: &PolicyOptions,
    registry: &Registry,
    tables: &[&'static Table],
) -> MigrationFiles {
    let mut files = Vec::new();
    if options.citus {
        match options.distribution(registry) {
            Ok(distribution) => files.push(file("tenancy_distribution", &distribution)),
            Err(error) => panic!("{error}"),
        }
    }
    if !options.online {
        let policies = PolicySql::write(options, registry, tables, Form::Plain);
        files.push(file("tenancy_policies", &policies));
        return MigrationFiles(files);
    }
    files.extend(tables.iter().filter_map(|table| index(options, table)));
    let policies = PolicySql::write(options, registry, tables, Form::Online);
    files.push(file("tenancy_policies", &policies));
    files.extend(validation(options, registry, tables));
    MigrationFiles(files)
}

fn file(name: &str, policies: &PolicySql) -> MigrationFile {
    MigrationFile {
        name: name.to_owned(),
        up: policies.up().to_owned(),
        down: policies.down().to_owned(),
        run_in_transaction: true,
    }
}

/// PostgreSQL takes a script with two statements for a transaction, in which it builds no index
/// concurrently. So each index has a migration.
fn index(options: &PolicyOptions, table: &Table) -> Option<MigrationFile> {
    let index = Index::of(options, table).filter(|_| table.class.is_scoped())?;
    Some(MigrationFile {
        name: plain(&index.name),
        up: comment("One statement: CONCURRENTLY works outside of transactions only.")
            + &index.create_concurrently(table),
        down: index.drop_concurrently(table),
        run_in_transaction: false,
    })
}

/// A transaction of its own, so that the locks of the policies' migration are gone.
fn validation(
    options: &PolicyOptions,
    registry: &Registry,
    tables: &[&Table],
) -> Option<MigrationFile> {
    let validated: Vec<String> = tables
        .iter()
        .filter(|table| table.class.is_scoped())
        .map(|table| validate(options, registry, table))
        .collect();
    let body = paragraphs(&validated);
    if body.is_empty() {
        return None;
    }
    Some(MigrationFile {
        name: "tenancy_validate".to_owned(),
        up: comment("Reads the tables. Others can read and write them meanwhile.") + &body,
        down: comment("What was validated goes with its constraint, in the migration before.")
            + "SELECT 1;\n",
        run_in_transaction: true,
    })
}

/// A name that every file system takes, and that Diesel does not take for a version.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}
