//! Views, materialized views and rules that read the tables of tenants.
//!
//! PostgreSQL keeps which relations a view or a rule names. What a function inside of one reads is not
//! kept; functions are judged by themselves.

use std::collections::HashMap;

use super::super::catalog::{Relation, plain};
use super::super::context::Context;
use super::partitions::{Readers, object};
use super::{Object, ObjectKind, Rule, Severity, Subject};

pub(super) const RUNS_AS_OWNER: Rule = Rule {
    id: "view-runs-as-owner",
    title: "A view reads a table of tenants as its owner",
    why: "The policies that hold for a view are those of its owner. If none hold for the owner, or one that \
          shows all rows, the view shows the rows of all tenants to who may read it; if one lifts FORCE for a \
          while, it does so for that while.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        let reachable = Reachable::of(context);
        for (view, relations) in &reachable.reads {
            let Some(view) = context
                .catalog
                .relation(*view)
                .filter(|view| view.kind == "v")
            else {
                continue;
            };
            let Some(owner) = context.catalog.role(view.owner) else {
                continue;
            };
            // For the application itself the policies are the same.
            let is_application = context.identities.iter().any(|role| role.oid == owner.oid);
            if is_invoker(view) || is_application {
                continue;
            }
            for relation in relations
                .iter()
                .filter_map(|oid| context.catalog.relation(*oid))
            {
                let Some(table) = reachable.table_of(relation.oid) else {
                    continue;
                };
                let is_reached = reachable.views.contains(&view.oid);
                let sees_all = context.sees_all(owner, relation);
                // Nobody whom policies hold reaches it, and its owner sees nothing through it.
                if !is_reached && !sees_all {
                    continue;
                }
                let evidence = format!(
                    "It reads {} as {}, {}{}.",
                    relation.qualified(),
                    plain(&owner.name),
                    if sees_all {
                        "whom no policy holds to one tenant"
                    } else {
                        "for whom other policies hold than for the application"
                    },
                    if is_reached {
                        ""
                    } else {
                        "; the application does not reach it yet"
                    },
                );
                let mend = (context.catalog.session.version >= 150_000).then(|| {
                    format!(
                        "ALTER VIEW {} SET (security_invoker = true);",
                        view.quoted()
                    )
                });
                let finding = found.add_to(&table, object(view), evidence, mend);
                if !(is_reached && sees_all) {
                    finding.severity = Severity::Warning;
                }
            }
        }
    },
};

pub(super) const MATERIALIZED: Rule = Rule {
    id: "view-materialized",
    title: "A materialized view holds rows of tenants",
    why: "Row-level security cannot be enabled on a materialized view. It holds what its owner saw when it \
          was refreshed, and shows it to everybody who may read it.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        let reachable = Reachable::of(context);
        for view in context
            .catalog
            .relations
            .iter()
            .filter(|view| view.kind == "m")
        {
            let Some(table) = reachable.source_of(view.oid) else {
                continue;
            };
            let readers = Readers::of(context, view);
            if !readers.is_empty() {
                found.add_to(
                    &table,
                    object(view),
                    format!("It reads {table}, and {readers} may read it."),
                    readers.revoke(view),
                );
            } else if reachable.views.contains(&view.oid) {
                found
                    .add_to(
                        &table,
                        object(view),
                        format!(
                            "It reads {table}. The application reaches it through a view, which has to have \
                             the tenant's condition and security_barrier."
                        ),
                        None,
                    )
                    .severity = Severity::Warning;
            }
        }
    },
};

pub(super) const RULE: Rule = Rule {
    id: "view-rewrite-rule",
    title: "A rule of a table rewrites statements into ones on a table of tenants",
    why: "What a rule adds runs with the rights of the owner of its table: the policies of the application do \
          not hold for it.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        let reachable = Reachable::of(context);
        for rewrite in context
            .catalog
            .rewrites
            .iter()
            .filter(|r| r.rule != "_RETURN")
        {
            let Some(on) = context.catalog.relation(rewrite.relation) else {
                continue;
            };
            let reaches = [rewrite.reaches, rewrite.relation];
            let Some(table) = reaches.iter().find_map(|&oid| reachable.table_of(oid)) else {
                continue;
            };
            let name = format!("{} on {}", plain(&rewrite.rule), on.qualified());
            let object = Object::new(ObjectKind::Rule, name);
            if found.has(&object) {
                continue;
            }
            let target = context
                .catalog
                .relation(rewrite.reaches)
                .map_or_else(|| table.clone(), Relation::qualified);
            let mend = format!(
                "DROP RULE {} ON {};",
                tenancy_core::quote_identifier(&rewrite.rule),
                on.quoted()
            );
            let finding = found.add_to(
                &table,
                object,
                format!("A statement on {} becomes one on {target}.", on.qualified()),
                mend,
            );
            let sees_all = context
                .catalog
                .role(on.owner)
                .zip(context.catalog.relation(rewrite.reaches))
                .is_some_and(|(owner, target)| {
                    reachable.table_of(target.oid).is_some() && context.sees_all(owner, target)
                });
            if sees_all && !Readers::of(context, on).is_empty() {
                finding.severity = Severity::Error;
            }
        }
    },
};

/// PostgreSQL keeps the option as it was written.
fn is_invoker(view: &Relation) -> bool {
    view.options.iter().any(|option| {
        let Some(value) = option.strip_prefix("security_invoker=") else {
            return false;
        };
        let value = value.to_lowercase();
        // As the server reads a boolean: any beginning of the word that is no beginning of another.
        let begins = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
        begins("true", 1) || begins("yes", 1) || begins("on", 2) || value == "1"
    })
}

/// Which views read which relations, and which of them the confined roles reach.
struct Reachable {
    reads: Vec<(u32, Vec<u32>)>,
    views: Vec<u32>,
    /// The tables of tenants, their partitions and children, each with the table's name.
    tables: HashMap<u32, String>,
}

impl Reachable {
    fn of(context: &Context<'_>) -> Self {
        let mut reads: Vec<(u32, Vec<u32>)> = Vec::new();
        for rewrite in context
            .catalog
            .rewrites
            .iter()
            .filter(|r| r.rule == "_RETURN")
        {
            match reads.last_mut() {
                Some((view, relations)) if *view == rewrite.relation => {
                    relations.push(rewrite.reaches);
                }
                _ => reads.push((rewrite.relation, vec![rewrite.reaches])),
            }
        }
        let mut tables = HashMap::new();
        for (_, relation) in context.scoped() {
            for child in context.catalog.descendants(relation.oid) {
                tables
                    .entry(child.oid)
                    .or_insert_with(|| relation.qualified());
            }
        }
        for (_, relation) in context.scoped() {
            tables.insert(relation.oid, relation.qualified());
        }
        let mut views: Vec<u32> = context
            .catalog
            .relations
            .iter()
            .filter(|relation| ["v", "m"].contains(&relation.kind.as_str()))
            .filter(|relation| !Readers::of(context, relation).is_empty())
            .map(|relation| relation.oid)
            .collect();
        // What a view reads is reached through it.
        let mut next = 0;
        while let Some(&view) = views.get(next) {
            next += 1;
            let relations = reads.iter().find(|(reader, _)| *reader == view);
            for &relation in relations.iter().flat_map(|(_, relations)| relations) {
                let is_view = reads.iter().any(|(reader, _)| *reader == relation);
                if is_view && !views.contains(&relation) {
                    views.push(relation);
                }
            }
        }
        Reachable {
            reads,
            views,
            tables,
        }
    }

    /// The table of tenants that a relation is, or is a part of.
    fn table_of(&self, relation: u32) -> Option<String> {
        self.tables.get(&relation).cloned()
    }

    /// A table of tenants that a view reads, also through other views.
    fn source_of(&self, view: u32) -> Option<String> {
        let mut seen = vec![view];
        let mut next = 0;
        while let Some(&relation) = seen.get(next) {
            next += 1;
            if let Some(table) = self.table_of(relation) {
                return Some(table);
            }
            let relations = self.reads.iter().find(|(reader, _)| *reader == relation);
            for &relation in relations.iter().flat_map(|(_, relations)| relations) {
                if !seen.contains(&relation) {
                    seen.push(relation);
                }
            }
        }
        None
    }
}
