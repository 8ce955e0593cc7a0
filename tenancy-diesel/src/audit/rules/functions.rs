//! Functions and triggers that run with the rights of somebody else.
//!
//! What a function does is in its text, which the auditor does not read: it says who may call it and as whom
//! it runs.

use tenancy_core::quote_identifier;

use super::super::catalog::{Function, Grant, Role, plain};
use super::super::context::Context;
use super::roles::some_of;
use super::{Object, ObjectKind, Rule, Severity, Subject};

pub(super) const DEFINER: Rule = Rule {
    id: "function-definer",
    title: "The application calls a function that runs as a role whom no policy holds",
    why: "Whatever the function reads and gives back, it reads from the rows of all tenants. A look-up before \
          a tenant is known is written so on purpose: it gives back an id and nothing else.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for (function, grants) in callable(context) {
            let Some(owner) = context.catalog.role(function.owner) else {
                continue;
            };
            let tables = seen_by(context, owner);
            if tables.is_empty() {
                continue;
            }
            let callers = callers(context, &grants);
            let finding = found.add(
                function.object(),
                format!(
                    "{callers} may call it. It runs as {}, who sees all rows of {}, and returns {}.",
                    plain(&owner.name),
                    some_of(&tables),
                    if function.returns_rows {
                        format!("rows of {}", function.returns)
                    } else {
                        function.returns.clone()
                    }
                ),
                format!("REVOKE EXECUTE ON {} FROM {callers};", function.routine()),
            );
            // One id is what such a function is for. A person has to read it.
            let gives_an_id = !function.returns_rows
                && [
                    context.registry.tenant_type,
                    "uuid",
                    "integer",
                    "bigint",
                    "boolean",
                ]
                .contains(&function.returns.as_str());
            if gives_an_id || function.of_extension {
                finding.severity = Severity::Warning;
            }
        }
    },
};

pub(super) const SEARCH_PATH: Rule = Rule {
    id: "function-definer-search-path",
    title: "A function that runs as its owner takes its names from the caller's search path",
    why: "The caller puts a schema of its own first, and the function calls what is there, as its owner.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for (function, _) in callable(context).filter(|(f, _)| !f.has_search_path) {
            found.add(
                function.object(),
                "It is SECURITY DEFINER and does not set search_path.",
                format!(
                    "ALTER {} SET search_path = pg_catalog, pg_temp;",
                    function.routine()
                ),
            );
        }
    },
};

pub(super) const TRIGGER: Rule = Rule {
    id: "trigger-definer",
    title: "A trigger of a table of tenants runs as a role whom no policy holds",
    why: "The tenant's statement starts it, and it reads and writes the rows of all tenants.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            let parts = context.catalog.descendants(relation.oid);
            for relation_or_part in std::iter::once(relation).chain(parts) {
                for trigger in context.catalog.triggers_of(relation_or_part) {
                    let Some(function) = context.catalog.function(trigger.function) else {
                        continue;
                    };
                    let owner = context.catalog.role(function.owner);
                    let tables = owner.map_or_else(Vec::new, |owner| seen_by(context, owner));
                    if !function.is_definer || tables.is_empty() {
                        continue;
                    }
                    found.add_to(
                        &relation.qualified(),
                        Object::new(
                            ObjectKind::Trigger,
                            format!(
                                "{} on {}",
                                plain(&trigger.name),
                                relation_or_part.qualified()
                            ),
                        ),
                        format!(
                            "It calls {}, which runs as {} and sees all rows of {}.",
                            function.object(),
                            context.catalog.grantee(function.owner),
                            some_of(&tables)
                        ),
                        format!("ALTER {} SECURITY INVOKER;", function.routine()),
                    );
                }
            }
        }
    },
};

pub(super) const EVENT_TRIGGER: Rule = Rule {
    id: "trigger-event",
    title: "An event trigger runs with every change of the schema",
    why: "Its function runs as whoever changes the schema, the owner of the tables among them. Whoever \
          replaces the function waits for the next migration.",
    severity: Severity::Info,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for trigger in &context.catalog.event_triggers {
            let Some(function) = context.catalog.function(trigger.function) else {
                continue;
            };
            let of_superuser = context
                .catalog
                .role(function.owner)
                .is_some_and(|r| r.superuser);
            // What a superuser wrote, nobody else replaces.
            if !of_superuser {
                found.add(
                    function.object(),
                    format!(
                        "The event trigger {} calls it on {}. Its owner {} is no superuser.",
                        plain(&trigger.name),
                        trigger.event,
                        context.catalog.grantee(function.owner)
                    ),
                    format!("DROP EVENT TRIGGER {};", quote_identifier(&trigger.name)),
                );
            }
        }
    },
};

pub(super) const LEAKPROOF: Rule = Rule {
    id: "function-leakproof",
    title: "A function is marked as telling nothing of its arguments",
    why: "PostgreSQL calls it on rows before the policies have been asked. If it fails or notices something, \
          that tells of the rows of other tenants.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let functions = context.catalog.functions.iter();
        for function in functions.filter(|f| f.is_leakproof && !f.of_extension) {
            found.add(
                function.object(),
                "It is LEAKPROOF.",
                format!("ALTER {} NOT LEAKPROOF;", function.routine()),
            );
        }
    },
};

/// The functions of the application that run as their owner and that a confined role may call.
fn callable<'c, 'a>(
    context: &'c Context<'a>,
) -> impl Iterator<Item = (&'a Function, Vec<&'a Grant>)> + use<'c, 'a> {
    let catalog = context.catalog;
    let ways = &context.reached;
    catalog
        .functions
        .iter()
        // The functions of triggers and of event triggers are not called by name.
        .filter(|f| f.is_definer && !["trigger", "event_trigger"].contains(&f.returns.as_str()))
        // It tells a session what the own variable holds.
        .filter(|f| !catalog.is_sound_seal(f))
        .filter_map(move |function| {
            let grants: Vec<_> = catalog
                .grants_on("function", function.oid, function.owner)
                .filter(|grant| catalog.holds(ways, grant))
                .collect();
            (!grants.is_empty()).then_some((function, grants))
        })
}

fn callers(context: &Context<'_>, grants: &[&Grant]) -> String {
    let names: Vec<String> = grants
        .iter()
        .map(|grant| context.catalog.grantee(grant.grantee))
        .collect();
    names.join(", ")
}

/// The tables of which a role sees the rows of more than one tenant.
fn seen_by(context: &Context<'_>, role: &Role) -> Vec<String> {
    context
        .scoped()
        .filter(|(_, relation)| context.sees_all(role, relation))
        .map(|(_, relation)| relation.qualified())
        .collect()
}
