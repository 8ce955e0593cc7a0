//! Whether row-level security is there at all.

use super::{Object, ObjectKind, Rule, Severity, Subject};

pub(super) const TABLE_MISSING: Rule = Rule {
    id: "table-missing",
    title: "The program's table is not in the database",
    why: "Nothing can be said about a table that is not there. Another schema may come first in the \
          search path, with a table of this name that has no policies.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (table, relation) in context.tables() {
            if relation.is_none() {
                let evidence = match table.schema {
                    Some(schema) => format!("The schema {schema} has no table of this name."),
                    None => format!(
                        "None of the schemas {} has a table of this name.",
                        context.catalog.session.search_path.join(", ")
                    ),
                };
                found.add(Object::new(ObjectKind::Table, table.path), evidence, None);
            }
        }
    },
};

pub(super) const DISABLED: Rule = Rule {
    id: "rls-disabled",
    title: "Row-level security is off",
    why: "Raw SQL, and every program that is not scoped, reads and writes the rows of all tenants.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation) in context.scoped().filter(|(_, relation)| !relation.secured) {
            found.add_to(
                &relation.qualified(),
                Object::new(ObjectKind::Table, relation.qualified()),
                "Row-level security is not enabled.",
                format!(
                    "ALTER TABLE {} ENABLE ROW LEVEL SECURITY;",
                    relation.quoted()
                ),
            );
        }
    },
};

pub(super) const NOT_FORCED: Rule = Rule {
    id: "rls-not-forced",
    title: "Row-level security does not hold for the owner",
    why: "The owner, and every role that inherits from it, reads and writes the rows of all tenants; \
          so do SECURITY DEFINER functions and views that it owns.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation) in context.scoped().filter(|(_, r)| r.secured && !r.forced) {
            found.add_to(
                &relation.qualified(),
                Object::new(ObjectKind::Table, relation.qualified()),
                "Row-level security is enabled, but not forced.",
                format!(
                    "ALTER TABLE {} FORCE ROW LEVEL SECURITY;",
                    relation.quoted()
                ),
            );
        }
    },
};

pub(super) const NO_POLICY: Rule = Rule {
    id: "rls-no-policy",
    title: "There is no policy for the application",
    why: "Without a permissive policy the application sees no rows, and whoever mends that in a hurry \
          writes one that lets all of them through.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        let Some(app) = context.app() else {
            return;
        };
        for (table, relation) in context.scoped() {
            let policies = context.catalog.policies_of(relation);
            let lets_through = policies
                .iter()
                .any(|policy| policy.permissive && context.catalog.is_for(policy, app));
            if !lets_through {
                found.add_to(
                    &relation.qualified(),
                    Object::new(ObjectKind::Table, relation.qualified()),
                    format!("No permissive policy is for the role {}.", app.name),
                    context.missing_policies(table, relation),
                );
            }
        }
    },
};
