//! Whose rows the tables of a database hold.

use std::collections::BTreeMap;

use tenancy_core::{Class, Column, Registry, Table};

use super::catalog::{Catalog, ForeignKey, LiveTable};
use super::{FromDatabase, LiveSchemaError};

/// The registry, and the paths of the tables that have no owner.
pub(super) fn classify(
    options: &FromDatabase,
    catalog: &Catalog,
) -> Result<(Registry, Vec<String>), LiveSchemaError> {
    let mut classes = BTreeMap::new();
    for path in &options.shared {
        classes.insert(named(catalog, path)?.oid, Class::Shared);
    }
    if let Some(path) = &options.root {
        let root = named(catalog, path)?;
        let [key] = catalog.primary_key(root.oid) else {
            return Err(LiveSchemaError::RootKey(path.clone()));
        };
        classes.insert(root.oid, Class::Root { column: leak(key) });
    }
    let column = leak(&options.tenant_column);
    for table in &catalog.tables {
        if catalog.column(table.oid, column).is_some() {
            classes.entry(table.oid).or_insert(Class::Tenant { column });
        }
    }
    let tenant_type = tenant_type(options, catalog, &classes)?;
    owners(catalog, &mut classes);

    let mut unclassified = Vec::new();
    let tables = catalog.tables.iter().map(|table| {
        let class = classes.get(&table.oid).copied().unwrap_or_else(|| {
            unclassified.push(table.path());
            Class::Excluded {
                reason: "it has no tenant column, and no foreign key leads to one",
            }
        });
        describe(catalog, table, class)
    });
    let tables: &'static [Table] = Vec::leak(tables.collect());
    let registry = Registry::new(leak(&options.variable), leak(&tenant_type), tables);
    Ok((registry, unclassified))
}

fn named<'a>(catalog: &'a Catalog, path: &str) -> Result<&'a LiveTable, LiveSchemaError> {
    catalog
        .tables
        .iter()
        .find(|table| table.path() == path)
        .ok_or_else(|| LiveSchemaError::NoTable(path.to_owned()))
}

/// The one type that the tenant has everywhere.
fn tenant_type(
    options: &FromDatabase,
    catalog: &Catalog,
    classes: &BTreeMap<u32, Class>,
) -> Result<String, LiveSchemaError> {
    let mut first: Option<(String, String)> = None;
    for table in &catalog.tables {
        let column = match classes.get(&table.oid) {
            Some(Class::Tenant { column } | Class::Root { column }) => column,
            _ => continue,
        };
        let Some(column) = catalog.column(table.oid, column) else {
            continue;
        };
        match &first {
            None => first = Some((table.path(), column.type_name.clone())),
            Some((path, type_name)) if *type_name != column.type_name => {
                return Err(LiveSchemaError::Types {
                    first: path.clone(),
                    first_type: type_name.clone(),
                    second: table.path(),
                    second_type: column.type_name.clone(),
                });
            }
            Some(_) => {}
        }
    }
    first
        .map(|(_, type_name)| type_name)
        .ok_or_else(|| LiveSchemaError::NoTenantTable(options.tenant_column.clone()))
}

/// Goes out from the tables of the tenants, step by step, so that each table gets its shortest way.
fn owners(catalog: &Catalog, classes: &mut BTreeMap<u32, Class>) {
    loop {
        let found: Vec<(u32, Class)> = catalog
            .tables
            .iter()
            .filter(|table| !classes.contains_key(&table.oid))
            .filter_map(|table| {
                let key = catalog
                    .foreign_keys
                    .iter()
                    .filter(|key| key.relation == table.oid && owns(catalog, key))
                    .find(|key| classes.get(&key.target).is_some_and(Class::is_scoped))?;
                let owner = catalog.table(key.target)?;
                let class = Class::Via {
                    column: leak(&key.columns[0]),
                    owner: leak(&owner.path()),
                    owner_key: leak(&key.target_columns[0]),
                };
                Some((table.oid, class))
            })
            .collect();
        if found.is_empty() {
            return;
        }
        classes.extend(found);
    }
}

/// Whether the key gives each row exactly one owner.
fn owns(catalog: &Catalog, key: &ForeignKey) -> bool {
    let [column] = &key.columns[..] else {
        return false;
    };
    key.target != key.relation
        && catalog
            .column(key.relation, column)
            .is_some_and(|column| column.not_null)
        && catalog.is_unique(key.target, &[&key.target_columns[0]])
}

fn describe(catalog: &Catalog, table: &LiveTable, class: Class) -> Table {
    let columns: Vec<Column> = catalog
        .columns_of(table.oid)
        .map(|column| Column {
            name: leak(&column.name),
            sql_type: leak(&sql_type(&column.type_name, column.not_null)),
        })
        .collect();
    let key: Vec<&'static str> = catalog
        .primary_key(table.oid)
        .iter()
        .map(|column| leak(column))
        .collect();
    Table {
        path: leak(&table.path()),
        schema: (table.schema != "public").then(|| leak(&table.schema)),
        name: leak(&table.name),
        class,
        columns: Vec::leak(columns),
        primary_key: Vec::leak(key),
        encrypted: &[],
    }
}

/// As `diesel print-schema` spells it.
fn sql_type(type_name: &str, not_null: bool) -> String {
    let plain = match type_name.strip_prefix('_') {
        Some(element) => format!("Array<Nullable<{}>>", camel_case(element)),
        None => camel_case(type_name),
    };
    if not_null {
        plain
    } else {
        format!("Nullable<{plain}>")
    }
}

fn camel_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        })
        .collect()
}

/// A registry lives as long as the program.
fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::sql_type;

    #[test]
    fn types_are_spelt_as_in_a_schema_file() {
        assert_eq!(sql_type("int4", true), "Int4");
        assert_eq!(sql_type("timestamptz", false), "Nullable<Timestamptz>");
        assert_eq!(sql_type("_text", true), "Array<Nullable<Text>>");
        assert_eq!(sql_type("task_state", true), "TaskState");
    }
}
