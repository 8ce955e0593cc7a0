//! Encrypted columns, what should be one, and who reaches the keys.

use std::collections::HashMap;

use tenancy_core::{Table, quote_identifier};

use super::secrets::names_a_secret;
use super::{Object, ObjectKind, Rule, Severity, Subject, column_object, part_object};
use crate::audit::catalog::{Column, Relation, Role};
use crate::audit::context::Context;

/// The domain of `tenancy-migrations`, which takes nothing but what the library encrypted.
pub(super) const DOMAIN: &str = "tenancy.tenancy_encrypted";

fn encrypted<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (&'static Table, &'a Relation, &'a Column)> {
    context.tables().flat_map(move |(table, relation)| {
        let columns = table.encrypted.iter();
        columns.filter_map(move |encrypted| {
            let relation = relation?;
            let column = context.catalog.column(relation.oid, encrypted.column)?;
            Some((table, relation, column))
        })
    })
}

pub(super) const COLUMN_TYPE: Rule = Rule {
    id: "encrypted-column-type",
    title: "An encrypted column takes plaintext",
    why: "A writer that does not encrypt, such as an import, leaves values that every reader of the table, its \
          backups and its replicas sees.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation, column) in encrypted(context).filter(|(.., c)| c.type_sql != DOMAIN) {
            // The library refuses what it cannot open, so that bytea is guarded by one layer.
            let is_bytea = column.base == "bytea";
            let mend = is_bytea.then(|| {
                format!(
                    "ALTER TABLE {} ALTER COLUMN {} TYPE {DOMAIN};",
                    relation.quoted(),
                    quote_identifier(&column.name)
                )
            });
            found
                .add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    format!("It is {}, not {DOMAIN}.", column.type_sql),
                    mend,
                )
                .severity = if is_bytea {
                Severity::Warning
            } else {
                Severity::Error
            };
        }
    },
};

pub(super) const DOMAIN_ALTERED: Rule = Rule {
    id: "encrypted-domain-altered",
    title: "The type of encrypted columns takes plaintext",
    why: "A writer that does not encrypt, such as an import, leaves values that every reader of the table, its \
          backups and its replicas sees.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for domain in &context.catalog.encrypted_domain {
            let parts = ["octet_length", ">= 80", "get_byte", "= 249"];
            let checked = domain.checks.iter().any(|check| {
                parts.iter().all(|part| check.contains(part)) && !check.contains(" OR ")
            });
            if !checked {
                found.add(
                    Object::new(ObjectKind::Type, DOMAIN),
                    format!(
                        "Its constraints are: {}.",
                        if domain.checks.is_empty() {
                            "none".to_owned()
                        } else {
                            domain.checks.join(", ")
                        }
                    ),
                    format!(
                        "ALTER DOMAIN {DOMAIN} ADD CHECK (octet_length(VALUE) >= 80 AND get_byte(VALUE, 0) = 249);"
                    ),
                );
            }
        }
    },
};

pub(super) const INDEXED: Rule = Rule {
    id: "encrypted-column-indexed",
    title: "An index on an encrypted column",
    why: "Equal values are encrypted differently each time: the index finds nothing and a UNIQUE refuses \
          nothing. What should be found needs a blind index.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation, column) in encrypted(context) {
            let indexes = context.catalog.indexes_of(relation.oid).iter();
            for index in indexes.filter(|index| index.columns.contains(&column.number)) {
                let (kind, name, mend) = match &index.constraint {
                    Some(name) => (
                        ObjectKind::Constraint,
                        name,
                        format!(
                            "ALTER TABLE {} DROP CONSTRAINT {};",
                            relation.quoted(),
                            quote_identifier(name)
                        ),
                    ),
                    None => (
                        ObjectKind::Index,
                        &index.name,
                        format!(
                            "DROP INDEX {}.{};",
                            quote_identifier(&index.schema),
                            quote_identifier(&index.name)
                        ),
                    ),
                };
                found.add_to(
                    &relation.qualified(),
                    part_object(kind, name, relation),
                    format!("It has the encrypted column {}.", column.name),
                    mend,
                );
            }
        }
    },
};

pub(super) const PLAINTEXT_SECRET: Rule = Rule {
    id: "plaintext-secret",
    title: "A column is called after a secret and not encrypted",
    why: "Every reader of the table, its backups, its replicas and the logs reads it. Encrypted, it stays with \
          the keys of its tenant.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.scoped() {
            for column in context.catalog.columns_of(relation.oid) {
                let holds_text = column.category == "S"
                    || matches!(column.base.as_str(), "bytea" | "json" | "jsonb");
                let is_encrypted = column.type_sql == DOMAIN
                    || table
                        .encrypted
                        .iter()
                        .any(|encrypted| encrypted.column == column.name);
                if !holds_text || is_encrypted || !names_a_secret(&column.name) {
                    continue;
                }
                let finding = found.add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    format!("It is {}.", column.type_sql),
                    None,
                );
                if !table.encrypted.is_empty() {
                    finding.evidence += " Other columns of the table are encrypted.";
                    finding.severity = Severity::Warning;
                }
            }
        }
    },
};

/// The roles that serve tenants: what they read, a tenant can come to read.
fn serving<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a Role> {
    let options = context.options;
    let others = [options.admin.as_ref(), options.eraser.as_ref()];
    let others = others.into_iter().flatten();
    context
        .app()
        .into_iter()
        .chain(others.filter_map(|name| context.catalog.role_named(name)))
}

pub(super) const KEYS_READABLE: Rule = Rule {
    id: "key-tables-readable",
    title: "The application reaches the key tables",
    why: "With the wrapped keys of all tenants, only the root key stands before their values; whoever can \
          write the tables can destroy the data of a tenant.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let readers = context.catalog.readers.iter();
        // What one grantee has on one table is one finding.
        let mut reached: Vec<(&str, u32, Vec<&str>)> = Vec::new();
        for reader in readers.filter(|reader| reader.name.starts_with("tenancy_ke")) {
            match reached.last_mut() {
                Some((relation, grantee, privileges))
                    if *relation == reader.relation && *grantee == reader.grantee =>
                {
                    privileges.push(&reader.privilege);
                }
                _ => reached.push((&reader.relation, reader.grantee, vec![&reader.privilege])),
            }
        }
        for (relation, grantee, privileges) in reached {
            let object = Object::new(ObjectKind::Table, relation);
            let privileges = privileges.join(", ");
            if grantee == 0 {
                found.add(
                    object,
                    format!("PUBLIC has {privileges}."),
                    format!("REVOKE ALL ON {relation} FROM PUBLIC;"),
                );
                continue;
            }
            let Some(holder) = context.catalog.role(grantee) else {
                continue;
            };
            for role in serving(context).filter(|role| !role.superuser) {
                if role.oid == grantee && !privileges.contains("OWNERSHIP") {
                    found.add(
                        object.clone(),
                        format!("{} has {privileges}.", role.name),
                        format!(
                            "REVOKE ALL ON {relation} FROM {};",
                            quote_identifier(&role.name)
                        ),
                    );
                } else if context.catalog.inherits(role.oid, grantee)
                    || context.catalog.can_become(role.oid, grantee)
                {
                    found.add(
                        object.clone(),
                        format!(
                            "{} is a member of {}, which has {privileges}.",
                            role.name, holder.name
                        ),
                        None,
                    );
                }
            }
        }
    },
};

pub(super) const KEYS_ROLE_SHARED: Rule = Rule {
    id: "keys-role-shared",
    title: "The role of the key store is not for the keys alone",
    why: "Its password is in the one place that holds the root key. Another role that has it, or a way to the \
          rows that it has, puts the keys and what they lock into one hand.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let options = context.options;
        let Some(name) = &options.keys else {
            return;
        };
        let object = Object::new(ObjectKind::Role, crate::audit::catalog::plain(name));
        let others = [
            ("the application's", Some(&options.app)),
            ("the owner's", Some(&options.owner)),
            ("the migrator's", Some(&options.migrator)),
            ("the admin's", options.admin.as_ref()),
            ("the eraser's", options.eraser.as_ref()),
        ];
        for (whose, _) in others.iter().filter(|(_, other)| *other == Some(name)) {
            found.add(object.clone(), format!("It is {whose} role too."), None);
        }
        let Some(keys) = context.catalog.role_named(name) else {
            return;
        };
        if keys.superuser || keys.bypasses_rls {
            let what = if keys.superuser {
                "SUPERUSER"
            } else {
                "BYPASSRLS"
            };
            found.add(
                object.clone(),
                format!("It is {what}, and reads the rows of all tenants."),
                format!("ALTER ROLE {} NO{what};", quote_identifier(name)),
            );
        }
        for role in serving(context).filter(|role| role.oid != keys.oid && !role.superuser) {
            let (member, of) = if context.catalog.can_become(role.oid, keys.oid)
                || context.catalog.inherits(role.oid, keys.oid)
            {
                (role, keys)
            } else if context.catalog.can_become(keys.oid, role.oid)
                || context.catalog.inherits(keys.oid, role.oid)
            {
                (keys, role)
            } else {
                continue;
            };
            found.add(
                object.clone(),
                format!("{} is a member of {}.", member.name, of.name),
                format!(
                    "REVOKE {} FROM {};",
                    quote_identifier(&of.name),
                    quote_identifier(&member.name)
                ),
            );
        }
    },
};

pub(super) const LABEL_TWICE: Rule = Rule {
    id: "encrypted-label-twice",
    title: "Two encrypted columns have one label",
    why: "They have one key: a value moved from one column to the other opens there, and passes for what it is \
          not.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        let mut seen: HashMap<&str, String> = HashMap::new();
        for (table, relation) in context.tables() {
            for encrypted in table.encrypted {
                let name = relation.map_or_else(|| table.path.to_owned(), Relation::qualified);
                let column = format!("{name}.{}", crate::audit::catalog::plain(encrypted.column));
                if let Some(first) = seen.get(encrypted.label) {
                    found.add_to(
                        &name,
                        Object::new(ObjectKind::Column, &column),
                        format!("Its label {} is that of {first} too.", encrypted.label),
                        None,
                    );
                } else {
                    seen.insert(encrypted.label, column);
                }
            }
        }
    },
};
