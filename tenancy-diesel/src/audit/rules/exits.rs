//! Ways out of the database, on which no policy stands.
//!
//! What is sent with NOTIFY goes to every session that listens, whatever its tenant, and no catalog says what
//! a program sends: there can be no rule on it.

use std::collections::BTreeMap;

use tenancy_core::quote_identifier;

use super::{Object, ObjectKind, Rule, Severity, Subject, relation_object};
use crate::audit::catalog::Relation;

pub(super) const PUBLICATION: Rule = Rule {
    id: "publication",
    title: "A publication sends the rows of all tenants away",
    why: "Whoever subscribes gets every row, and has no policies unless they were made there too.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let mut publications: BTreeMap<&str, (bool, Vec<String>)> = BTreeMap::new();
        for published in &context.catalog.published {
            let (all, tables) = publications.entry(&published.publication).or_default();
            *all = published.all_tables;
            let relation = published
                .relation
                .and_then(|oid| context.catalog.relation(oid));
            let tells = relation.filter(|relation| {
                let declared = context.declared(relation.oid);
                let is_keys = relation.schema == "tenancy"
                    && matches!(relation.name.as_str(), "tenancy_kek" | "tenancy_keys");
                is_keys || declared.is_some_and(|table| table.class.is_scoped())
            });
            tables.extend(tells.map(Relation::qualified));
        }
        for (name, (all, tables)) in publications {
            let evidence = match (all, tables.as_slice()) {
                (false, []) => continue,
                (true, tables) => format!(
                    "It is FOR ALL TABLES, {} tables of tenants or of their keys and all later ones among them.",
                    tables.len()
                ),
                (false, [first]) => format!("It has {first}."),
                (false, [first, rest @ ..]) => {
                    format!(
                        "It has {first} and {} other tables of tenants or of their keys.",
                        rest.len()
                    )
                }
            };
            let name = crate::audit::catalog::plain(name);
            found.add(Object::new(ObjectKind::Publication, name), evidence, None);
        }
    },
};

pub(super) const SLOT: Rule = Rule {
    id: "replication-slot",
    title: "A replication slot reads the changes of all tenants",
    why: "A role with REPLICATION gets every changed row through it, past all policies.",
    severity: Severity::Info,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for slot in &context.catalog.slots {
            let state = if slot.active { "in use" } else { "not in use" };
            found.add(
                Object::new(
                    ObjectKind::Server,
                    format!("replication slot {}", slot.name),
                ),
                format!("Its plugin is {}. It is {state}.", slot.plugin),
                None,
            );
        }
    },
};

pub(super) const LARGE_OBJECTS: Rule = Rule {
    id: "large-objects",
    title: "There are large objects",
    why: "A large object has an owner and privileges, but no tenant and no policy: all tenants of one role \
          read each other's by their numbers.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for objects in context.catalog.large_objects.iter().filter(|o| o.count > 0) {
            let mut evidence = format!("There are {}.", objects.count);
            if objects.public > 0 {
                evidence += &format!(" PUBLIC has a privilege on {}.", objects.public);
            }
            if objects.unchecked {
                evidence += " lo_compat_privileges is on: their privileges are not checked.";
            }
            let database = Object::new(ObjectKind::Database, &context.catalog.session.database);
            let open = objects.public > 0 || objects.unchecked;
            found.add(database, evidence, None).severity = if open {
                Severity::Error
            } else {
                Severity::Warning
            };
        }
    },
};

pub(super) const FOREIGN_TABLE: Rule = Rule {
    id: "foreign-table",
    title: "A foreign table has the tenant column",
    why: "PostgreSQL takes no policies on it. Whoever has a privilege on it reads what the role of its user \
          mapping reads on the other server.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let foreign = context.catalog.relations.iter().filter(|r| r.kind == "f");
        for relation in foreign.filter(|relation| context.declared(relation.oid).is_none()) {
            let columns = context.catalog.columns_of(relation.oid).iter();
            for column in columns.filter(|column| context.is_tenant_column(&column.name)) {
                found.add(
                    relation_object(relation),
                    format!("It has the column {}.", column.name),
                    None,
                );
            }
        }
    },
};

pub(super) const USER_MAPPING: Rule = Rule {
    id: "user-mapping",
    title: "The application can reach another server as somebody else",
    why: "What it asks there, it asks as the role of the user mapping, with the password that stands in it and \
          without the tenant of the session. The other server can be this one.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let Some(app) = context.app() else {
            return;
        };
        let mappings = context.catalog.user_mappings.iter();
        for mapping in mappings.filter(|mapping| mapping.role == 0 || mapping.role == app.oid) {
            let usage = if mapping.usable {
                "has"
            } else {
                "needs, and has not,"
            };
            let public = mapping.role == 0;
            let role = if public {
                "PUBLIC".to_owned()
            } else {
                quote_identifier(&app.name)
            };
            found
                .add(
                    Object::new(
                        ObjectKind::Server,
                        format!("foreign server {}", mapping.server),
                    ),
                    format!(
                        "There is a user mapping for {}, which {usage} USAGE on the server.",
                        mapping.role_name
                    ),
                    format!(
                        "DROP USER MAPPING FOR {role} SERVER {};",
                        quote_identifier(&mapping.server)
                    ),
                )
                .severity = if mapping.usable || public {
                Severity::Warning
            } else {
                Severity::Info
            };
        }
    },
};

/// Extensions that do something as somebody else, or outside of the database.
const REACHING: &[(&str, Severity, &str)] = &[
    (
        "dblink",
        Severity::Warning,
        "opens connections of its own, on which no tenant is set",
    ),
    (
        "pg_background",
        Severity::Warning,
        "runs statements in sessions of its own, on which no tenant is set",
    ),
    (
        "pg_cron",
        Severity::Warning,
        "runs statements in sessions of its own, on which no tenant is set",
    ),
    ("http", Severity::Warning, "sends rows to any address"),
    ("pg_net", Severity::Warning, "sends rows to any address"),
    ("adminpack", Severity::Warning, "writes files of the server"),
    (
        "postgres_fdw",
        Severity::Info,
        "asks other servers as the roles of its user mappings",
    ),
    ("file_fdw", Severity::Info, "reads files of the server"),
];

pub(super) const EXTENSION: Rule = Rule {
    id: "extension-reaches-out",
    title: "An extension acts outside of the session",
    why: "What it does, it does as another role, or where no policy is asked.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let database = &context.catalog.session.database;
        for extension in &context.catalog.extensions {
            let name = &extension.name;
            let (severity, evidence) = if extension.is_language {
                let evidence =
                    format!("Functions in the language {name} run without limits, as the server.");
                (Severity::Warning, evidence)
            } else if let Some((_, severity, what)) = REACHING.iter().find(|(n, ..)| n == name) {
                (*severity, format!("The extension {name} {what}."))
            } else {
                continue;
            };
            found
                .add(Object::new(ObjectKind::Database, database), evidence, None)
                .severity = severity;
        }
    },
};
