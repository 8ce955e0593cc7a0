//! Which policies there are, for whom, and for which commands.

use super::super::catalog::Role;
use super::super::context::Context;
use super::super::judged::{Standing, is_of, is_ours, reference};
use super::predicates::{drop_policy, sentence};
use super::{Object, ObjectKind, Rule, Severity, Subject};
use crate::policy::deparsed::{has_reference, reference_name};
use crate::policy::predicate::GUARD;

/// The commands that policies know, as the catalog writes them.
const COMMANDS: [(char, &str); 4] = [
    ('r', "SELECT"),
    ('a', "INSERT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
];

pub(super) const EXTRA: Rule = Rule {
    id: "policy-extra",
    title: "Another policy lets rows through to the application",
    why: "Permissive policies are alternatives: a row that one of them lets through is seen, whosever it \
          is. Where the restrictive guard holds, nothing is seen because of it yet.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for judged in &context.judged {
            if judged.standing != Standing::Extra {
                continue;
            }
            let reached: Vec<&Role> = context
                .identities
                .iter()
                .copied()
                .filter(|role| context.catalog.is_for(judged.policy, role))
                .collect();
            let is_open = |role: &&Role| {
                COMMANDS.iter().any(|&(command, _)| {
                    judged.lets_through(command)
                        && !context.is_guarded(role, judged.relation, command)
                })
            };
            let open: Vec<&str> = reached
                .iter()
                .copied()
                .filter(is_open)
                .map(|role| role.name.as_str())
                .collect();
            let who: Vec<&str> = reached.iter().map(|role| role.name.as_str()).collect();
            let evidence = format!("it is for {}; {}", who.join(", "), judged.evidence());
            let finding = found.add_to(
                &judged.relation.qualified(),
                Context::policy_object(judged.relation, judged.policy),
                sentence(&evidence),
                drop_policy(judged),
            );
            if open.is_empty() {
                finding.severity = Severity::Warning;
            }
        }
    },
};

pub(super) const NO_GUARD: Rule = Rule {
    id: "policy-no-guard",
    title: "No restrictive policy stands behind the permissive one",
    why: "The next permissive policy that somebody adds for a purpose of its own shows the application the \
          rows of all tenants. A restrictive policy with the tenant's condition would still hold.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.scoped() {
            // A guard that says something else has been found by what it says.
            let is_reported = |command| {
                context.judged_on(relation).any(|judged| {
                    is_of(judged.policy, GUARD)
                        && !judged.policy.permissive
                        && judged.standing == Standing::Differs
                        && judged.covers(command)
                })
            };
            // Where nothing lets a row through there is another rule.
            let is_let_through = |role: &&&Role| {
                let mut policies = context.judged_on(relation);
                policies.any(|j| j.policy.permissive && context.catalog.is_for(j.policy, role))
            };
            for role in context.confined.iter().filter(is_let_through) {
                let missing: Vec<&str> = COMMANDS
                    .iter()
                    .filter(|(command, _)| {
                        !context.is_guarded(role, relation, *command) && !is_reported(*command)
                    })
                    .map(|(_, name)| *name)
                    .collect();
                if !missing.is_empty() {
                    found.add_to(
                        &relation.qualified(),
                        Object::new(ObjectKind::Table, relation.qualified()),
                        format!(
                            "No restrictive policy holds the role {} in {}.",
                            role.name,
                            missing.join(", ")
                        ),
                        context.security(table),
                    );
                }
            }
        }
    },
};

pub(super) const UNCOVERED: Rule = Rule {
    id: "policy-command-uncovered",
    title: "A command has no policy",
    why: "The application has the privilege, and every such command touches no rows or fails. Whoever \
          mends that in a hurry writes a policy that lets all rows through.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        let Some(app) = context.app() else {
            return;
        };
        for (table, relation) in context.scoped() {
            let policies: Vec<_> = context
                .catalog
                .policies_of(relation)
                .iter()
                .filter(|policy| policy.permissive && context.catalog.is_for(policy, app))
                .collect();
            let missing: Vec<&str> = COMMANDS
                .iter()
                .filter(|(command, _)| {
                    !policies
                        .iter()
                        .any(|p| p.command == "*" || p.command.starts_with(*command))
                })
                .map(|(_, name)| *name)
                .collect();
            // Without any there is another rule.
            if !policies.is_empty() && !missing.is_empty() {
                found.add_to(
                    &relation.qualified(),
                    Object::new(ObjectKind::Table, relation.qualified()),
                    format!(
                        "No permissive policy is for the role {} in {}.",
                        app.name,
                        missing.join(", ")
                    ),
                    context.security(table),
                );
            }
        }
    },
};

pub(super) const CHECK_MISSING: Rule = Rule {
    id: "policy-check-missing",
    title: "A policy has no WITH CHECK",
    why: "USING stands in for it, so nothing is written to another tenant. But whoever later widens USING \
          for reading widens what can be written with it.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for judged in &context.judged {
            let policy = judged.policy;
            if is_ours(policy)
                && ["*", "w"].contains(&policy.command.as_str())
                && policy.check.is_none()
                && context
                    .confined
                    .iter()
                    .any(|role| context.catalog.is_for(policy, role))
            {
                found.add_to(
                    &judged.relation.qualified(),
                    Context::policy_object(judged.relation, policy),
                    "It has USING alone.",
                    context.security(judged.table),
                );
            }
        }
    },
};

pub(super) const ADMIN_WRITES: Rule = Rule {
    id: "policy-admin-writes",
    title: "A policy lets the admin role do more than read",
    why: "Work that crosses tenants is read-only, so that a mistake in it changes nobody's rows. With this \
          policy and a privilege, one statement changes the rows of all tenants.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        let Some(admin) = context.admin() else {
            return;
        };
        for judged in &context.judged {
            let policy = judged.policy;
            let writes = COMMANDS[1..].iter().any(|(c, _)| judged.lets_through(*c));
            if policy.permissive && policy.roles.contains(&admin.oid) && writes {
                found.add_to(
                    &judged.relation.qualified(),
                    Context::policy_object(judged.relation, policy),
                    sentence(&format!(
                        "it is for the role {} and not for SELECT alone; {}",
                        admin.name,
                        judged.evidence()
                    )),
                    drop_policy(judged),
                );
            }
        }
    },
};

pub(super) const UNKNOWN_ROLE: Rule = Rule {
    id: "policy-for-unknown-role",
    title: "A policy lets rows through to a role that the options do not name",
    why: "Nobody watches what connects as that role. Where the condition is not the tenant's, it reads the \
          rows of all tenants.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for judged in &context.judged {
            let policy = judged.policy;
            let is_known = |oid: u32| {
                context.confined.iter().any(|role| role.oid == oid)
                    || context.admin().is_some_and(|role| role.oid == oid)
            };
            let unknown: Vec<String> = policy
                .roles
                .iter()
                .filter(|&&oid| !is_known(oid))
                .map(|&oid| context.catalog.grantee(oid))
                .collect();
            if !policy.permissive || unknown.is_empty() {
                continue;
            }
            let opens = COMMANDS.iter().any(|(c, _)| judged.lets_through(*c));
            let reaches = context
                .identities
                .iter()
                .any(|role| context.catalog.is_for(policy, role));
            // What it does to the application has been said.
            if opens && reaches {
                continue;
            }
            let finding = found.add_to(
                &judged.relation.qualified(),
                Context::policy_object(judged.relation, policy),
                sentence(&format!(
                    "it is for {}{}",
                    unknown.join(", "),
                    if opens {
                        format!("; {}", judged.evidence())
                    } else {
                        ", with the tenant's condition".to_owned()
                    }
                )),
                drop_policy(judged),
            );
            if !opens {
                finding.severity = Severity::Warning;
            }
        }
    },
};

pub(super) const UNUSED: Rule = Rule {
    id: "policy-on-unscoped-table",
    title: "A table that is not scoped has policies",
    why: "The registry says that everybody reads it, or that it is left out. The policies say something \
          else, and one of the two is wrong: queries on it have no filter.",
    severity: Severity::Info,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.tables() {
            let Some(relation) = relation.filter(|_| !table.class.is_scoped()) else {
                continue;
            };
            let policies: Vec<&str> = context
                .catalog
                .policies_of(relation)
                .iter()
                .map(|policy| policy.name.as_str())
                .collect();
            if !policies.is_empty() {
                let state = if relation.secured { "on" } else { "off" };
                found.add(
                    Object::new(ObjectKind::Table, relation.qualified()),
                    format!(
                        "It has {}; row-level security is {state}.",
                        policies.join(", ")
                    ),
                    None,
                );
            }
        }
    },
};

pub(super) const REFERENCES: Rule = Rule {
    id: "policy-references-missing",
    title: "The reference tables for policies are missing",
    why: "Nobody reads a row because of it. The texts of policies were judged by what they say alone, not \
          compared with a text that this server wrote itself.",
    severity: Severity::Info,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let tenant_type = context.registry.tenant_type;
        if !has_reference(tenant_type) {
            return;
        }
        let forms = super::super::judged::accepted(context);
        for via in [false, true] {
            for &form in &forms {
                if reference(context, via, form).is_none() {
                    let name = reference_name(tenant_type, via, form);
                    found.add(
                        Object::new(ObjectKind::Table, format!("tenancy.{name}")),
                        "It is not there, or its policy is not the one with which it was created. Run the \
                         migrations of tenancy-migrations.",
                        None,
                    );
                }
            }
        }
    },
};
