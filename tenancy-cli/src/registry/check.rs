//! Whether a file contradicts itself.

use std::collections::HashSet;

use tenancy_diesel::is_valid_variable;

use super::form::{File, FileClass, FileTable};

/// What the rest of the library relies on and `tenant_schema!` guarantees. A file may have been edited.
pub(super) fn check(file: &File) -> Result<(), String> {
    if !is_valid_variable(&file.variable) {
        return Err(format!("`{}` is no session variable", file.variable));
    }
    if !["uuid", "int4", "int8", "text"].contains(&file.tenant_type.as_str()) {
        return Err(format!("`{}` is no type of a tenant", file.tenant_type));
    }
    let mut paths = HashSet::new();
    for table in &file.tables {
        let path = &table.path;
        if let Some(name) = table
            .names()
            .find(|name| name.is_empty() || name.contains('\0'))
        {
            return Err(format!("table `{path}` has the name {name:?} in it"));
        }
        if !paths.insert(path) {
            return Err(format!("table `{path}` is there twice"));
        }
        let has = |name: &String| table.columns.iter().any(|column| column.name == *name);
        let own = match &table.class {
            FileClass::Tenant { column }
            | FileClass::Root { column }
            | FileClass::Via { column, .. } => Some(column),
            FileClass::Shared {} | FileClass::Excluded { .. } => None,
        };
        let named = own
            .into_iter()
            .chain(&table.primary_key)
            .chain(table.encrypted.iter().map(|encrypted| &encrypted.column));
        if let Some(column) = named.into_iter().find(|column| !has(column)) {
            return Err(format!("table `{path}` has no column `{column}`"));
        }
        check_owner(file, table)?;
    }
    Ok(())
}

/// Follows the tables by which a table is owned to one that has the tenant itself.
fn check_owner(file: &File, table: &FileTable) -> Result<(), String> {
    let mut at = table;
    for _ in 0..=file.tables.len() {
        let FileClass::Via {
            owner, owner_key, ..
        } = &at.class
        else {
            let owned = matches!(
                at.class,
                FileClass::Tenant { .. } | FileClass::Root { .. } | FileClass::Via { .. }
            );
            if owned || std::ptr::eq(at, table) {
                return Ok(());
            }
            return Err(format!(
                "table `{}` is owned through `{}`, which is not a tenant's",
                table.path, at.path
            ));
        };
        let found = file.tables.iter().find(|table| table.path == *owner);
        let Some(next) = found else {
            return Err(format!(
                "table `{}` is owned through `{owner}`, which is not there",
                at.path
            ));
        };
        if !next.columns.iter().any(|column| column.name == *owner_key) {
            return Err(format!("table `{owner}` has no column `{owner_key}`"));
        }
        at = next;
    }
    Err(format!("table `{}` is owned through itself", table.path))
}
