//! The roles that programs connect as, and what they can become.
//!
//! A way to another role is a chain of memberships: SET ROLE, INHERIT, or the right to grant oneself the
//! rest. What a role is given by a SECURITY DEFINER function is a matter of functions.

use super::super::catalog::{Relation, Role, Way, plain};
use super::super::context::Context;
use super::super::report::Found;
use super::{Object, ObjectKind, Rule, Severity, Subject};
use tenancy_core::quote_identifier;

pub(super) const MISSING: Rule = Rule {
    id: "role-missing",
    title: "A role of the options is not there",
    why: "Nothing can be said about a role that is not there. The program connects as another, which no \
          policy names.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let options = context.options;
        let named = [
            options.admin.as_ref(),
            options.eraser.as_ref(),
            options.keys.as_ref(),
        ];
        let named = std::iter::once(&options.app).chain(named.into_iter().flatten());
        for name in named.filter(|name| context.catalog.role_named(name).is_none()) {
            found.add(
                Object::new(ObjectKind::Role, plain(name)),
                "There is no role of this name. The script of bootstrap_sql creates it.",
                None,
            );
        }
    },
};

pub(super) const SUPERUSER: Rule = Rule {
    id: "role-superuser",
    title: "A program connects as a superuser",
    why: "No policy and no privilege holds for a superuser. It reads and writes the rows of all tenants, and \
          the files of the server.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        attribute(context, found, |role| role.superuser, "SUPERUSER");
    },
};

pub(super) const BYPASSES: Rule = Rule {
    id: "role-bypasses-rls",
    title: "No policy holds for a role that programs connect as",
    why: "A role with BYPASSRLS reads and writes the rows of all tenants, as far as it has privileges.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        attribute(context, found, |role| role.bypasses_rls, "BYPASSRLS");
    },
};

pub(super) const CREATES_ROLES: Rule = Rule {
    id: "role-creates-roles",
    title: "A program connects as a role that creates roles",
    why: "Before PostgreSQL 16 it grants itself every role but superusers, the owner of the tables and \
          pg_read_server_files among them. Later it rules over the roles that it creates.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        attribute(context, found, |role| role.creates_roles, "CREATEROLE");
    },
};

pub(super) const REPLICATES: Rule = Rule {
    id: "role-replicates",
    title: "A program connects as a role that replicates",
    why: "A replication connection copies the files of the whole server, the rows of all tenants with them.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        attribute(context, found, |role| role.replicates, "REPLICATION");
    },
};

pub(super) const REACHES_EXEMPT: Rule = Rule {
    id: "role-reaches-exempt",
    title: "A program can become a role for which no policy holds",
    why: "One SET ROLE in injected SQL, and the rows of all tenants are read.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        ways(context, found, |way| {
            let role = way.role;
            let attributes: Vec<&str> = [
                (role.superuser, "SUPERUSER"),
                (role.bypasses_rls, "BYPASSRLS"),
                (role.creates_roles, "CREATEROLE"),
                (role.replicates, "REPLICATION"),
            ]
            .into_iter()
            .filter_map(|(has, name)| has.then_some(name))
            .collect();
            (way.becomes && !attributes.is_empty())
                .then(|| format!("which has {}", attributes.join(" and ")))
        });
    },
};

pub(super) const OWNS: Rule = Rule {
    id: "role-owns-tables",
    title: "A program connects as the owner of tables, or reaches the owner",
    why: "The owner switches row-level security off, drops policies and gives itself privileges, all with \
          one statement.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        for &role in &context.serving {
            for way in context.catalog.ways(role) {
                let owned: Vec<String> = owned(context, way.role).collect();
                if owned.is_empty() {
                    continue;
                }
                let given_away = || {
                    let owner = quote_identifier(&context.options.owner);
                    let tables = tables_of(context, way.role);
                    let statements: Vec<String> = tables
                        .map(|relation| {
                            format!("ALTER TABLE {} OWNER TO {owner};", relation.quoted())
                        })
                        .collect();
                    statements.join("\n")
                };
                // At boot nobody knows who the owner should be.
                let mend = if way.is_other() {
                    revoke(role, &way)
                } else {
                    (!context.boot).then(given_away)
                };
                found.add(
                    role_object(role),
                    format!("{way} owns {}.", some_of(&owned)),
                    mend,
                );
            }
        }
    },
};

pub(super) const OWNS_DATABASE: Rule = Rule {
    id: "role-owns-database",
    title: "A program connects as the owner of the database",
    why: "It creates schemas that come before the others in the search path, owns the schema public, and \
          drops the database.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        ways(context, found, |way| {
            let owns = way.role.oid == context.catalog.beginning.database_owner;
            owns.then(|| {
                format!(
                    "which owns the database {}",
                    context.catalog.session.database
                )
            })
        });
    },
};

/// What a membership in one of PostgreSQL's own roles gives, and how bad that is.
const PREDEFINED: &[(&str, Severity, &str)] = &[
    (
        "pg_read_all_data",
        Severity::Error,
        "reads all tables, those without policies too",
    ),
    (
        "pg_write_all_data",
        Severity::Error,
        "writes all tables, those without policies too",
    ),
    (
        "pg_read_server_files",
        Severity::Error,
        "reads the files of the server",
    ),
    (
        "pg_write_server_files",
        Severity::Error,
        "writes the files of the server",
    ),
    (
        "pg_execute_server_program",
        Severity::Error,
        "runs programs on the server",
    ),
    (
        "pg_database_owner",
        Severity::Error,
        "owns what belongs to the owner of the database",
    ),
    (
        "pg_create_subscription",
        Severity::Error,
        "writes rows from another server",
    ),
    (
        "pg_maintain",
        Severity::Warning,
        "locks and rewrites all tables",
    ),
    (
        "pg_read_all_stats",
        Severity::Warning,
        "reads the statements of all sessions",
    ),
    (
        "pg_stat_scan_tables",
        Severity::Warning,
        "reads statistics that lock tables",
    ),
    (
        "pg_monitor",
        Severity::Warning,
        "reads the statements of all sessions",
    ),
    (
        "pg_read_all_settings",
        Severity::Warning,
        "reads all settings",
    ),
    (
        "pg_signal_backend",
        Severity::Warning,
        "ends the sessions of others",
    ),
];

pub(super) const PREDEFINED_ROLE: Rule = Rule {
    id: "role-predefined",
    title: "A program has one of PostgreSQL's own roles",
    why: "Those roles reach past the privileges that were granted: copies without policies, partitions, key \
          tables, files of the server, the statements of other tenants' sessions.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        for &role in &context.serving {
            for way in context.catalog.ways(role) {
                let known = PREDEFINED.iter().find(|(name, ..)| *name == way.role.name);
                let Some((name, severity, what)) = known else {
                    continue;
                };
                let finding = found.add(
                    role_object(role),
                    format!("{way}, which {what}."),
                    Some(format!(
                        "REVOKE {name} FROM {};",
                        quote_identifier(&role.name)
                    ))
                    .filter(|_| way.steps() == 1),
                );
                finding.severity = *severity;
            }
        }
    },
};

pub(super) const REACHES_ADMIN: Rule = Rule {
    id: "role-reaches-admin",
    title: "The application can become a role with another purpose",
    why: "The admin role reads the rows of all tenants, the keys role opens what is encrypted, the migrator \
          becomes the owner. Each is for a program of its own.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let options = context.options;
        for &role in &context.serving {
            for way in context
                .catalog
                .ways(role)
                .iter()
                .filter(|way| way.is_other())
            {
                let name = &way.role.name;
                let others = [
                    options.admin.as_ref(),
                    options.keys.as_ref(),
                    options.eraser.as_ref(),
                ];
                let is_other = others.into_iter().flatten().any(|other| other == name)
                    || [&options.app, &options.migrator].contains(&name);
                if is_other {
                    found.add(role_object(role), format!("{way}."), revoke(role, way));
                }
            }
        }
    },
};

pub(super) const OWNER_LOGS_IN: Rule = Rule {
    id: "role-owner-logs-in",
    title: "The owner of the tables can log in",
    why: "Whoever has its password switches the policies off. Migrations can run as a role of their own that \
          becomes the owner.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let serving = &context.serving;
        for role in &context.catalog.roles {
            let owned: Vec<String> = owned(context, role).collect();
            // A superuser as the owner, and a role that programs connect as, are found by other rules.
            let known = role.superuser || serving.iter().any(|other| other.oid == role.oid);
            if role.can_login && !owned.is_empty() && !known {
                found.add(
                    role_object(role),
                    format!("It owns {}, and has LOGIN.", some_of(&owned)),
                    format!("ALTER ROLE {} NOLOGIN;", quote_identifier(&role.name)),
                );
            }
        }
    },
};

pub(super) fn role_object(role: &Role) -> Object {
    Object::new(ObjectKind::Role, plain(&role.name))
}

/// A few names, and how many more there are.
pub(super) fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// Roles that programs connect as, with this attribute.
fn attribute(
    context: &Context<'_>,
    found: &mut Found<'_>,
    has: impl Fn(&Role) -> bool,
    attribute: &str,
) {
    let confined = &context.confined;
    for &role in context.serving.iter().filter(|role| has(role)) {
        let finding = found.add(
            role_object(role),
            format!("It has {attribute}."),
            format!("ALTER ROLE {} NO{attribute};", quote_identifier(&role.name)),
        );
        let is_confined = confined.iter().any(|other| other.oid == role.oid);
        let is_late = attribute == "CREATEROLE" && context.catalog.session.version >= 160_000;
        // The admin role reads all rows anyway, but should do so by its policies.
        if (!is_confined && attribute == "BYPASSRLS") || is_late {
            finding.severity = Severity::Warning;
        }
    }
}

/// Roles that a program reaches, about which something is to be said.
fn ways(context: &Context<'_>, found: &mut Found<'_>, what: impl Fn(&Way<'_>) -> Option<String>) {
    for &role in &context.serving {
        for way in context.catalog.ways(role) {
            // Of itself there are other rules.
            let is_itself =
                !way.is_other() && way.role.oid != context.catalog.beginning.database_owner;
            if let Some(what) = what(&way).filter(|_| !is_itself) {
                found.add(
                    role_object(role),
                    format!("{way}, {what}."),
                    revoke(role, &way),
                );
            }
        }
    }
}

/// Takes the membership that a way begins with, where it is the only one.
fn revoke(role: &Role, way: &Way<'_>) -> Option<String> {
    (way.steps() == 1).then(|| {
        format!(
            "REVOKE {} FROM {};",
            quote_identifier(&way.role.name),
            quote_identifier(&role.name)
        )
    })
}

/// What a role owns of the tables of the registry, their partitions and children.
fn tables_of<'a>(context: &Context<'a>, role: &Role) -> impl Iterator<Item = &'a Relation> {
    let owner = role.oid;
    let catalog = context.catalog;
    context
        .tables()
        .filter_map(|(_, relation)| relation)
        .flat_map(|relation| std::iter::once(relation).chain(catalog.descendants(relation.oid)))
        .filter(move |relation| relation.owner == owner)
}

fn owned(context: &Context<'_>, role: &Role) -> impl Iterator<Item = String> {
    tables_of(context, role).map(Relation::qualified)
}
