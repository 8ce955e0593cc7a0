//! Contradictions that show once every table has its class.

use std::collections::HashMap;

use super::Mistakes;
use super::classify::{Class, Table};
use super::config::{ColumnPath, Config};
use super::declared::find;

pub(super) fn columns(
    config: &Config,
    index: &HashMap<String, usize>,
    tables: &[Table],
    mistakes: &mut Mistakes,
) {
    let mut labels: Vec<String> = Vec::new();
    for encrypted in &config.encrypted {
        let ColumnPath { table, column } = &encrypted.column;
        if let Some(i) = find(table, index, mistakes) {
            if !tables[i].has(column) {
                mistakes.push(column, format!("table `{table}` has no column `{column}`"));
            } else if matches!(tables[i].class, Class::Shared | Class::Excluded { .. }) {
                mistakes.add(table.error(format!(
                    "table `{table}` has no tenant whose key could encrypt `{column}`"
                )));
            } else if tables[i].class.tenant_column() == Some(column) {
                mistakes.push(column, "the tenant column cannot be encrypted");
            }
        }
        let label = encrypted.label.value();
        if labels.contains(&label) {
            mistakes.push(
                &encrypted.label,
                format!("the label \"{label}\" is used twice; each column needs its own"),
            );
        }
        labels.push(label);
    }
    for table in tables {
        let tenant = table.class.tenant_column();
        if tenant.is_some() && table.columns.len() == 1 {
            mistakes.add(syn::Error::new(
                config.tenant_column.span(),
                format!(
                    "table `{}` has no column besides the tenant; it cannot be scoped, so name it in \
                     `excluded`",
                    table.path()
                ),
            ));
        }
    }
}

/// A chain of owners must end at a table with a tenant column.
pub(super) fn owners(tables: &[Table], config: &Config, mistakes: &mut Mistakes) {
    for via in &config.via {
        let Some(mut i) = tables
            .iter()
            .position(|t| t.path() == via.from.table.to_string())
        else {
            continue;
        };
        // An owner that does not exist has been reported.
        if !tables.iter().any(|t| t.path() == via.owner.to_string()) {
            continue;
        }
        let mut steps = 0;
        loop {
            match &tables[i].class {
                Class::Via { owner, .. } if steps <= tables.len() => {
                    let key = tables[*owner].key();
                    if key.len() != 1 {
                        mistakes.add(via.owner.error(format!(
                            "the key of `{}` has {} columns besides the tenant; a `via` table points \
                             to one",
                            tables[*owner].path(),
                            key.len()
                        )));
                        break;
                    }
                    i = *owner;
                    steps += 1;
                }
                Class::Via { .. } => {
                    mistakes.add(via.owner.error(format!(
                        "the owners of `{}` go round in a circle; one of them needs a tenant column",
                        via.from.table
                    )));
                    break;
                }
                Class::Shared | Class::Excluded { .. } => {
                    mistakes.add(via.owner.error(format!(
                        "`{}` has no tenant, so it cannot own the rows of `{}`",
                        tables[i].path(),
                        via.from.table
                    )));
                    break;
                }
                Class::Tenant { .. } | Class::Root { .. } => break,
            }
        }
    }
}
