//! Contradictions that show once every table has its class.

use std::collections::HashMap;

use super::Mistakes;
use super::classify::{Class, Table};
use super::config::{BlindIndex, ColumnPath, Config, Encrypted};
use super::declared::find;

pub(super) fn columns(
    config: &Config,
    index: &HashMap<String, usize>,
    tables: &[Table],
    mistakes: &mut Mistakes,
) {
    let mut labels: Vec<String> = Vec::new();
    for Encrypted { column, label } in &config.encrypted {
        sealed_column(column, "an encrypted column", index, tables, mistakes);
        one_label(label, &mut labels, mistakes);
    }
    labels.clear();
    for BlindIndex { column, label, .. } in &config.blind_indexes {
        sealed_column(column, "a blind index", index, tables, mistakes);
        one_label(label, &mut labels, mistakes);
    }
    let first = config.encrypted.first().map(|encrypted| &encrypted.label);
    let first = first.or(config.blind_indexes.first().map(|index| &index.label));
    if let Some(label) = first
        && !cfg!(feature = "encryption")
    {
        mistakes.push(
            label,
            "enable the feature `encryption` of tenancy-diesel for encrypted columns",
        );
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

fn sealed_column(
    ColumnPath { table, column }: &ColumnPath,
    what: &str,
    index: &HashMap<String, usize>,
    tables: &[Table],
    mistakes: &mut Mistakes,
) {
    let Some(i) = find(table, index, mistakes) else {
        return;
    };
    let Some(declared) = tables[i].columns.iter().find(|c| c.name == *column) else {
        mistakes.push(column, format!("table `{table}` has no column `{column}`"));
        return;
    };
    if matches!(tables[i].class, Class::Shared | Class::Excluded { .. }) {
        mistakes.add(table.error(format!(
            "table `{table}` has no tenant whose key could encrypt `{column}`"
        )));
    } else if tables[i].class.tenant_column() == Some(column) {
        mistakes.push(column, "the tenant column cannot be encrypted");
    } else if !holds_bytes(&declared.sql_type) {
        mistakes.push(
            column,
            format!(
                "{what} is `bytea`, or the domain `tenancy_encrypted`; `{table}.{column}` is `{}`",
                declared.sql_type
            ),
        );
    }
}

/// `Bytea` and its other names in Diesel, and what print-schema makes of our domain.
fn holds_bytes(sql_type: &str) -> bool {
    let inner = sql_type
        .strip_prefix("Nullable<")
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or(sql_type);
    let name = inner.rsplit("::").next().unwrap_or(inner).trim();
    matches!(name, "Bytea" | "Binary" | "TenancyEncrypted")
}

fn one_label(label: &syn::LitStr, labels: &mut Vec<String>, mistakes: &mut Mistakes) {
    let text = label.value();
    if labels.contains(&text) {
        mistakes.push(
            label,
            format!("the label \"{text}\" is used twice; each column needs its own"),
        );
    }
    labels.push(text);
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
