//! With what sessions begin, and as whom.

use super::super::catalog::{RoleSetting, Schema, plain};
use super::super::context::Context;
use super::privileges::{creators, owns_tables};
use super::roles::{role_object, some_of};
use super::{Object, ObjectKind, Rule, Severity, Subject};
use tenancy_core::quote_identifier;

pub(super) const TENANT: Rule = Rule {
    id: "setting-tenant",
    title: "Sessions begin with a tenant",
    why: "Whatever runs without a scope, and what runs after RESET or DISCARD ALL, reads and writes the rows \
          of that tenant.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        let mut is_known = false;
        for setting in &context.catalog.role_settings {
            // The server does not mind the case of a variable.
            if setting.name.eq_ignore_ascii_case(context.registry.variable)
                && concerns(context, setting)
            {
                is_known = true;
                found.add(
                    object(context, setting),
                    format!("{} is set to a tenant.", setting.name),
                    reset(context, setting),
                );
            }
        }
        let begins = context.catalog.beginning.tenant.as_ref();
        if begins.is_some_and(|tenant| !tenant.is_empty()) && !is_known {
            found.add(
                Object::new(ObjectKind::Server, context.catalog.session.database.as_str()),
                format!(
                    "A session of this connection's kind begins with a value in {}, from the server's \
                     configuration or the options of the connection.",
                    context.registry.variable
                ),
                None,
            );
        }
    },
};

pub(super) const ROLE: Rule = Rule {
    id: "setting-role",
    title: "Sessions of a program begin as another role",
    why: "What was said about the role that the program connects as does not hold for the one that it is.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for setting in &context.catalog.role_settings {
            let of_program = context.serving.iter().any(|role| role.oid == setting.role);
            if setting.name == "role" && (of_program || setting.role == 0) {
                found.add(
                    object(context, setting),
                    format!("role is set to {}.", plain(&setting.value)),
                    reset(context, setting),
                );
            }
        }
    },
};

pub(super) const SEARCH_PATH: Rule = Rule {
    id: "setting-search-path",
    title: "A search path finds what others create",
    why: "Who creates a table, a function or an operator there decides what the names in the application's \
          queries mean, for all tenants.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        for setting in &context.catalog.role_settings {
            if setting.name != "search_path" || !concerns(context, setting) {
                continue;
            }
            // For all roles `$user` is many schemas, each of which is its role's own affair.
            let role = context.catalog.role(setting.role);
            let path = setting.schemas(role.map_or("$user", |role| &role.name));
            let mut reasons = Vec::new();
            if comes_late(&path) {
                reasons.push("PostgreSQL's own schema pg_catalog is not the first".to_owned());
            }
            let is_writable = |name: &&String| {
                let mut schemas = context.catalog.schemas.iter();
                schemas.any(|schema| schema.name == **name && is_open(context, schema))
            };
            let open: Vec<String> = path.iter().filter(is_writable).cloned().collect();
            if !open.is_empty() {
                reasons.push(format!("not only its owner creates in {}", open.join(", ")));
            }
            if !reasons.is_empty() {
                found.add(
                    object(context, setting),
                    format!("search_path is {}; {}.", setting.value, reasons.join("; ")),
                    reset(context, setting),
                );
            }
        }
        let session = &context.catalog.session;
        if context.boot && comes_late(&session.search_path) {
            found.add(
                Object::new(ObjectKind::Database, plain(&session.database)),
                format!(
                    "The search path of this connection is {}; PostgreSQL's own schema pg_catalog is not the \
                     first.",
                    session.search_path.join(", ")
                ),
                None,
            );
        }
    },
};

pub(super) const SESSION_USER: Rule = Rule {
    id: "role-session-user-differs",
    title: "The connection began as another role",
    why: "RESET ROLE or RESET SESSION AUTHORIZATION in injected SQL goes back to that role and to all that it \
          can become. Log in as the application's role itself.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        let session = &context.catalog.session;
        let current = context.catalog.role_named(&session.current_user);
        let Some(current) = current.filter(|_| context.boot) else {
            return;
        };
        let reached: Vec<u32> = context
            .catalog
            .ways(current)
            .iter()
            .map(|way| way.role.oid)
            .collect();
        for began in context.began_as() {
            let more: String = context
                .catalog
                .ways(began)
                .iter()
                .filter(|way| way.is_other() && !reached.contains(&way.role.oid))
                .map(|way| format!(" {way}."))
                .collect();
            found.add(
                role_object(began),
                format!(
                    "The connection acts as {}, and can return to {}.{more}",
                    plain(&current.name),
                    plain(&began.name),
                ),
                None,
            );
        }
    },
};

pub(super) const INACTIVE: Rule = Rule {
    id: "rls-inactive",
    title: "The server says that no policy holds for the application",
    why: "It was asked as the application itself, whatever the reason: the application reads the rows of all \
          tenants that its privileges reach.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        let Some(app) = context.app() else {
            return;
        };
        let mut inactive = Vec::new();
        let mut disagrees = Vec::new();
        for (_, relation) in context.scoped() {
            let mut answers = context.catalog.answers.iter();
            let Some(answer) = answers.find(|answer| answer.relation == relation.oid) else {
                continue;
            };
            if !answer.is_active {
                inactive.push(relation.qualified());
            }
            if answer.is_active == context.catalog.is_exempt(app, relation) {
                disagrees.push(relation.qualified());
            }
        }
        let mut evidence = Vec::new();
        if !inactive.is_empty() {
            let tables = some_of(&inactive);
            evidence.push(format!("row_security_active() is false for {tables}."));
        }
        if !disagrees.is_empty() {
            // Then this audit has not understood the server, and what it says is worth less.
            let tables = some_of(&disagrees);
            evidence.push(format!(
                "The catalog says something else than the server for {tables}."
            ));
        }
        if !evidence.is_empty() {
            found.add(role_object(app), evidence.join(" "), None);
        }
    },
};

/// Whether what is in other schemas hides what is PostgreSQL's own. Where the path does not name
/// `pg_catalog`, it comes first.
fn comes_late(path: &[String]) -> bool {
    path.iter().position(|name| name == "pg_catalog") > Some(0)
}

/// Whether somebody creates in a schema who is neither its owner nor reaches that of the tables.
fn is_open(context: &Context<'_>, schema: &Schema) -> bool {
    // Who can become the owner of the tables needs no schema for what it does.
    let trusted = |oid: u32| {
        context.catalog.role(oid).is_some_and(|role| {
            let ways = context.catalog.ways(role);
            role.superuser || ways.iter().any(|way| owns_tables(context, way.role.oid))
        })
    };
    let owner = schema.owner;
    let is_serving = context.serving.iter().any(|role| role.oid == owner);
    is_serving
        || creators(context, schema)
            .iter()
            .any(|grant| !trusted(grant.grantee))
}

/// Whether it is for all roles, or for one that policies hold to a tenant.
fn concerns(context: &Context<'_>, setting: &RoleSetting) -> bool {
    setting.role == 0 || context.confined.iter().any(|role| role.oid == setting.role)
}

fn object(context: &Context<'_>, setting: &RoleSetting) -> Object {
    match context.catalog.role(setting.role) {
        Some(role) => Object::new(ObjectKind::Role, plain(&role.name)),
        None => Object::new(
            ObjectKind::Database,
            plain(&context.catalog.session.database),
        ),
    }
}

fn reset(context: &Context<'_>, setting: &RoleSetting) -> String {
    let database = quote_identifier(&context.catalog.session.database);
    let name = setting
        .name
        .split('.')
        .map(quote_identifier)
        .collect::<Vec<_>>()
        .join(".");
    let role = context
        .catalog
        .role(setting.role)
        .map_or_else(|| "ALL".to_owned(), |role| quote_identifier(&role.name));
    match (setting.role, setting.database) {
        (0, 0) => format!("ALTER ROLE ALL RESET {name};"),
        (0, _) => format!("ALTER DATABASE {database} RESET {name};"),
        (_, 0) => format!("ALTER ROLE {role} RESET {name};"),
        (..) => format!("ALTER ROLE {role} IN DATABASE {database} RESET {name};"),
    }
}
