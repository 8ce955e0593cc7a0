//! Partitions, children and parents of the tables of tenants.
//!
//! A query through a table is held by that table's policies alone. Its partitions and children have their
//! own row-level security, for who names them directly; so have its parents.

use super::super::catalog::Relation;
use super::super::context::Context;
use super::privileges::owns_tables;
use super::{Object, ObjectKind, Rule, Severity, Subject};

pub(super) const OPEN: Rule = Rule {
    id: "partition-open",
    title: "A partition or a child is reached without policies",
    why: "Policies of a table hold for queries that name that table. Whoever names the partition reads the \
          rows of all tenants in it.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            for child in context.catalog.descendants(relation.oid) {
                // As a table of its own it is judged by itself.
                if context.declared(child.oid).is_some() {
                    continue;
                }
                let readers = Readers::of(context, child);
                if let Some(reason) = openness(context, child).filter(|_| !readers.is_empty()) {
                    found.add_to(
                        &relation.qualified(),
                        object(child),
                        format!("{readers} may read or write it; {reason}."),
                        readers.revoke(child),
                    );
                }
            }
        }
    },
};

pub(super) const PARENT: Rule = Rule {
    id: "partition-parent-open",
    title: "The parent of a table of tenants is reached without policies",
    why: "A query that names the parent is held by the parent's policies alone, and reads the table's rows of \
          all tenants through it.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            for parent in context.catalog.ancestors(relation.oid) {
                let is_scoped = context
                    .declared(parent.oid)
                    .is_some_and(|table| table.class.is_scoped());
                let readers = Readers::of(context, parent);
                if let Some(reason) =
                    openness(context, parent).filter(|_| !is_scoped && !readers.is_empty())
                {
                    found.add_to(
                        &relation.qualified(),
                        object(parent),
                        format!("{readers} may read or write it; {reason}."),
                        readers.revoke(parent),
                    );
                }
            }
        }
    },
};

pub(super) const FOREIGN: Rule = Rule {
    id: "partition-foreign",
    title: "A part of a table of tenants is on another server",
    why: "Row-level security cannot be enabled on a foreign table. The other server sees one role for all \
          tenants, and is sent the rows of all of them by what is written there.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            let children = context.catalog.descendants(relation.oid);
            for child in children.into_iter().filter(|child| child.kind == "f") {
                found.add_to(
                    &relation.qualified(),
                    object(child),
                    format!("It is a partition or a child of {}.", relation.qualified()),
                    None,
                );
            }
        }
    },
};

pub(super) fn object(relation: &Relation) -> Object {
    let kind = match relation.kind.as_str() {
        "v" => ObjectKind::View,
        "m" => ObjectKind::MaterializedView,
        "f" => ObjectKind::ForeignTable,
        _ => ObjectKind::Table,
    };
    Object::new(kind, relation.qualified())
}

/// Who lets a confined role reach a relation by its own name: those who are granted a privilege, as SQL
/// writes them, and its owner.
pub(super) struct Readers {
    grantees: Vec<String>,
    owner: Option<String>,
}

impl Readers {
    pub(super) fn of(context: &Context<'_>, relation: &Relation) -> Self {
        let ways = &context.reached;
        let catalog = context.catalog;
        let mut grantees: Vec<String> = catalog
            .grants_on("relation", relation.oid, relation.owner)
            .filter(|grant| catalog.holds(ways, grant))
            .map(|grant| catalog.grantee(grant.grantee))
            .collect();
        grantees.sort();
        grantees.dedup();
        // Who owns a table of the registry too is found by another rule.
        let is_owner = ways.iter().any(|way| way.role.oid == relation.owner)
            && !owns_tables(context, relation.owner);
        Readers {
            grantees,
            owner: is_owner.then(|| catalog.grantee(relation.owner)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.grantees.is_empty() && self.owner.is_none()
    }

    /// Takes the privileges. An owner keeps its own.
    pub(super) fn revoke(&self, relation: &Relation) -> Option<String> {
        self.owner.is_none().then(|| {
            format!(
                "REVOKE ALL ON {} FROM {};",
                relation.quoted(),
                self.grantees.join(", ")
            )
        })
    }
}

impl std::fmt::Display for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self
            .owner
            .iter()
            .chain(&self.grantees)
            .map(String::as_str)
            .collect();
        f.write_str(&names.join(", "))
    }
}

/// Why a relation shows the rows of all tenants to a confined role that may read it.
fn openness(context: &Context<'_>, relation: &Relation) -> Option<String> {
    if !relation.secured {
        return Some("row-level security is not enabled".to_owned());
    }
    // Without a policy for the role there are no rows.
    let policies = context.judged_on(relation).filter(|judged| {
        judged.policy.permissive
            && context.identities.iter().any(|role| {
                context.catalog.is_for(judged.policy, role)
                    && ['r', 'a', 'w', 'd'].into_iter().any(|command| {
                        judged.lets_through(command)
                            && !context.is_guarded(role, judged.relation, command)
                    })
            })
    });
    let open: Vec<&str> = policies.map(|judged| judged.policy.name.as_str()).collect();
    (!open.is_empty()).then(|| format!("its policy {} is not the tenant's", open.join(", ")))
}
