//! The program's registry against the database, in both directions.

use std::collections::HashSet;

use tenancy_core::{Class, Table};

use super::{Rule, Severity, Subject, column_object, relation_object};
use crate::audit::catalog::Relation;
use crate::audit::context::Context;

/// Tables that hold rows and are nobody's copy: partitions and children answer through their parents.
fn unregistered<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a Relation> {
    context.catalog.relations.iter().filter(|relation| {
        relation.is_table()
            && !relation.is_partition
            && context.declared(relation.oid).is_none()
            && !(relation.schema == "tenancy" && is_ours(&relation.name))
    })
}

/// The tables of `tenancy-migrations`. Whoever can create tables in their schema is found elsewhere.
fn is_ours(name: &str) -> bool {
    name.starts_with("reference_") || matches!(name, "tenancy_kek" | "tenancy_keys")
}

fn is_held(relation: &Relation) -> bool {
    relation.secured && relation.forced
}

fn severity(relation: &Relation) -> Severity {
    if relation.of_extension {
        Severity::Info
    } else if is_held(relation) {
        Severity::Warning
    } else {
        Severity::Error
    }
}

fn state(relation: &Relation) -> &'static str {
    match (relation.secured, relation.forced) {
        (true, true) => "Row-level security is on and forced, but nobody has judged its policies.",
        (true, false) => "Row-level security is on, but not forced.",
        _ => "Row-level security is off.",
    }
}

/// The names of tenant columns in the registry.
fn tenant_columns(context: &Context<'_>) -> HashSet<&'static str> {
    context
        .registry
        .tables
        .iter()
        .filter_map(|table| match table.class {
            Class::Tenant { column } => Some(column),
            _ => None,
        })
        .collect()
}

fn tenant_column_of<'a>(
    context: &'a Context<'_>,
    names: &HashSet<&'static str>,
    relation: &Relation,
) -> Option<&'a str> {
    let mut columns = context.catalog.columns_of(relation.oid).iter();
    columns
        .find(|column| names.contains(column.name.as_str()) && !column.inherited)
        .map(|column| column.name.as_str())
}

pub(super) const TABLE_UNKNOWN: Rule = Rule {
    id: "table-unknown",
    title: "A table has the tenant column and is not in the registry",
    why: "Nothing filters its queries and nobody wrote its policies: whoever has a privilege on it reads \
          the rows of all tenants. Erasing a tenant passes it by.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let names = tenant_columns(context);
        for relation in unregistered(context) {
            let Some(column) = tenant_column_of(context, &names, relation) else {
                continue;
            };
            found
                .add(
                    relation_object(relation),
                    format!("It has the column {column}. {}", state(relation)),
                    None,
                )
                .severity = severity(relation);
        }
    },
};

pub(super) const TABLE_UNDECLARED: Rule = Rule {
    id: "table-undeclared",
    title: "A table points to a table of tenants and is not in the registry",
    why: "Its rows belong to the tenants whose rows they point to, but nothing holds them apart: whoever has \
          a privilege on it reads those of all tenants.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let names = tenant_columns(context);
        let catalog = context.catalog;
        let mut owned: HashSet<u32> = context.scoped().map(|(_, relation)| relation.oid).collect();
        // Until a round finds nothing more: tables can point to each other in any order.
        loop {
            let mut more = false;
            for relation in unregistered(context).filter(|relation| !relation.of_extension) {
                let Some(key) = catalog.constraints_of(relation.oid).iter().find(|key| {
                    key.is_foreign_key()
                        && (owned.contains(&key.target)
                            || context
                                .holder(key.target)
                                .is_some_and(|t| t.class.is_scoped()))
                }) else {
                    continue;
                };
                if !owned.insert(relation.oid) {
                    continue;
                }
                more = true;
                // The other rule has said it already.
                if tenant_column_of(context, &names, relation).is_some() {
                    continue;
                }
                let target = catalog
                    .relation(key.target)
                    .map_or_else(String::new, Relation::qualified);
                found
                    .add(
                        relation_object(relation),
                        format!("{} points to {target}. {}", key.name, state(relation)),
                        None,
                    )
                    .severity = severity(relation);
            }
            if !more {
                break;
            }
        }
    },
};

pub(super) const TENANT_COLUMN_MISSING: Rule = Rule {
    id: "tenant-column-missing",
    title: "The column that says whose row it is is not there",
    why: "No policy can tell the rows of two tenants apart, and every scoped query fails.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (table, relation) in context.scoped() {
            let Some(column) = context.owner_column(table) else {
                continue;
            };
            if context.catalog.column(relation.oid, column).is_none() {
                found.add_to(
                    &relation.qualified(),
                    relation_object(relation),
                    format!("It has no column {column}, by which the registry scopes it."),
                    None,
                );
            }
        }
    },
};

pub(super) const COLUMN_MISSING: Rule = Rule {
    id: "column-missing",
    title: "A column of the registry is not in the table",
    why: "The program was built for another schema: what it selects fails, and what was judged when it was \
          built is not what runs.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in registered(context) {
            let missing = table
                .columns
                .iter()
                .filter(|column| Some(column.name) != context.owner_column(table))
                .filter(|column| context.catalog.column(relation.oid, column.name).is_none());
            for column in missing {
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, column.name),
                    "The table has no column of this name.",
                    None,
                );
            }
        }
    },
};

pub(super) const COLUMN_UNKNOWN: Rule = Rule {
    id: "column-unknown",
    title: "A column of the table is not in the registry",
    why: "The program neither writes nor encrypts it. Whatever fills it was not looked at.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in registered(context).filter(|(table, _)| !table.columns.is_empty())
        {
            let known: HashSet<&str> = table.columns.iter().map(|column| column.name).collect();
            let columns = context.catalog.columns_of(relation.oid).iter();
            for column in columns.filter(|column| !known.contains(column.name.as_str())) {
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    format!("The table has this column, of type {}.", column.type_sql),
                    None,
                );
            }
        }
    },
};

fn registered<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (&'static Table, &'a Relation)> + use<'a> {
    context
        .tables()
        .filter(|(table, _)| !matches!(table.class, Class::Excluded { .. }))
        .filter_map(|(table, relation)| Some((table, relation?)))
}

pub(super) const PRIMARY_KEY_DIFFERS: Rule = Rule {
    id: "primary-key-differs",
    title: "The primary key is another one than in the registry",
    why: "`find` and joins take the registry's key for unique. Where it is not, an UPDATE of one row changes \
          several; where the tenant is missing from it, ids of two tenants collide.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in registered(context) {
            if table.primary_key.is_empty() || !relation.is_table() {
                continue;
            }
            let mut constraints = context.catalog.constraints_of(relation.oid).iter();
            let key = constraints.find(|constraint| constraint.kind == "p");
            let names = key.map(|key| context.names(relation, &key.columns));
            let same = names.as_ref().is_some_and(|names| {
                names.len() == table.primary_key.len()
                    && table.primary_key.iter().all(|name| names.contains(name))
            });
            if same {
                continue;
            }
            let declared = table.primary_key.join(", ");
            let evidence = match names {
                Some(names) => {
                    format!(
                        "It is ({}), in the registry it is ({declared}).",
                        names.join(", ")
                    )
                }
                None => format!("There is none, in the registry it is ({declared})."),
            };
            found.add_to(
                &relation.qualified(),
                relation_object(relation),
                evidence,
                None,
            );
        }
    },
};

pub(super) const TENANT_TYPE_DIFFERS: Rule = Rule {
    id: "tenant-type-differs",
    title: "The tenant column has another type than the registry's tenant",
    why: "Policy and filter compare through a cast. Two spellings of one tenant are then two tenants, or two \
          tenants one, and no index serves the comparison.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        let expected = context.registry.tenant_type;
        for (_, relation, column) in context.tenant_columns() {
            // PostgreSQL compares the two as one.
            let both_text = [&*column.base, expected]
                .iter()
                .all(|name| matches!(*name, "text" | "varchar"));
            if column.base != expected && column.type_sql != expected && !both_text {
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    format!(
                        "It is {}, the registry's tenant is {expected}.",
                        column.type_sql
                    ),
                    None,
                );
            }
        }
    },
};

pub(super) const SHARED_HAS_TENANT: Rule = Rule {
    id: "shared-has-tenant",
    title: "A shared table has the tenant column",
    why: "Everybody reads a shared table. If its rows belong to tenants, each tenant reads those of all.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let names = tenant_columns(context);
        for (table, relation) in registered(context) {
            if !matches!(table.class, Class::Shared) {
                continue;
            }
            if let Some(column) = tenant_column_of(context, &names, relation) {
                found.add(
                    relation_object(relation),
                    format!("It has the column {column}, and the registry calls it shared."),
                    None,
                );
            }
        }
    },
};

pub(super) const NOT_A_TABLE: Rule = Rule {
    id: "not-a-table",
    title: "The registry's table is no table",
    why: "A view, a materialized view or a foreign table takes no policies: it answers with what its owner, \
          or the other server, may see.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            if !relation.is_table() {
                let object = relation_object(relation);
                let evidence = format!("It is a {}.", object.kind.name());
                found.add_to(&relation.qualified(), object, evidence, None);
            }
        }
    },
};

pub(super) const NAME_AMBIGUOUS: Rule = Rule {
    id: "name-ambiguous",
    title: "Two schemas of the search path have a table of this name",
    why: "The search path of a session decides which one its queries reach. A session with another path \
          writes a tenant's rows where no policy was judged.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in registered(context).filter(|(table, _)| table.schema.is_none()) {
            let path = context.catalog.session.search_path.iter();
            let schemas: Vec<&str> = path
                .filter(|schema| context.find_in(schema, table.name).is_some())
                .map(String::as_str)
                .collect();
            if schemas.len() > 1 {
                found.add_to(
                    &relation.qualified(),
                    relation_object(relation),
                    format!(
                        "The search path is {}; tables of this name are in {}.",
                        context.catalog.session.search_path.join(", "),
                        schemas.join(" and ")
                    ),
                    None,
                );
            }
        }
    },
};

pub(super) const TABLE_EXCLUDED: Rule = Rule {
    id: "table-excluded",
    title: "The registry leaves a table out",
    why: "The table holds rows of tenants that nothing holds apart yet.",
    severity: Severity::Info,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.tables() {
            if let (Class::Excluded { reason }, Some(relation)) = (table.class, relation) {
                let reason = format!("The reason given is: {reason}. {}", state(relation));
                found.add(relation_object(relation), reason, None);
            }
        }
    },
};
