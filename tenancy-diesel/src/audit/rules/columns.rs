//! The column that says whose row it is.

use tenancy_core::{Class, quote_identifier, quote_literal};

use super::{Rule, Severity, Subject, column_object};
use crate::audit::catalog::{Column, Relation};
use crate::audit::context::Context;
use crate::audit::judged::is_ours;
use crate::audit::mend::drop_policy;
use crate::policy::predicate::ADMIN;

fn alter(relation: &Relation, column: &Column, action: &str) -> String {
    format!(
        "ALTER TABLE {} ALTER COLUMN {} {action};",
        relation.quoted(),
        quote_identifier(&column.name)
    )
}

pub(super) const TENANT_NULLABLE: Rule = Rule {
    id: "tenant-nullable",
    title: "A row can have no tenant",
    why: "Nobody's row is seen by nobody who is scoped, is erased with no tenant, and is what a hurried policy \
          with `IS NULL OR` shows to everybody.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.scoped().filter(|(_, r)| r.is_table()) {
            let Some(column) = context
                .owner_column(table)
                .and_then(|name| context.catalog.column(relation.oid, name))
            else {
                continue;
            };
            if !column.not_null {
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    "It takes NULL.",
                    alter(relation, column, "SET NOT NULL"),
                );
            }
        }
    },
};

/// The defaults that name the tenant of the session, as PostgreSQL writes them.
fn is_session_tenant(context: &Context<'_>, column: &Column, default: &str) -> bool {
    let variable = quote_literal(context.registry.variable);
    let lenient = format!("NULLIF(current_setting({variable}::text, true), ''::text)");
    let strict = format!("current_setting({variable}::text)");
    let [sealed, sealed_strict] = ["false", "true"]
        .map(|strict| format!("tenancy.sealed_tenant({variable}::text, {strict})"));
    [lenient, strict, sealed, sealed_strict].iter().any(|text| {
        let cast = format!("({text})::{}", column.type_sql);
        default == text || default == cast || default == format!("{text}::{}", column.type_sql)
    })
}

pub(super) const TENANT_DEFAULT: Rule = Rule {
    id: "tenant-default",
    title: "The tenant column has a default that is not the tenant of the session",
    why: "Whoever writes past the policies and forgets the tenant, such as a migration or an import, gives \
          the row to whom the default names. If it is a constant, that tenant reads the rows of the others.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation, column) in context.tenant_columns() {
            // Where the row is the tenant, a made-up or counted id is right.
            let is_root = matches!(table.class, Class::Root { .. });
            let Some(default) = column.default.as_ref().filter(|_| !column.generated) else {
                continue;
            };
            let constant = column.default_is_constant;
            if is_session_tenant(context, column, default) || is_root && !constant {
                continue;
            }
            let (evidence, severity) = if constant {
                (
                    format!("The default is the constant {default}."),
                    Severity::Error,
                )
            } else {
                (format!("The default is {default}."), Severity::Warning)
            };
            found
                .add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    evidence,
                    alter(relation, column, "DROP DEFAULT"),
                )
                .severity = severity;
        }
    },
};

pub(super) const TENANT_EMPTY: Rule = Rule {
    id: "tenant-empty",
    title: "The empty text can be a tenant",
    why: "After its first scope a session without one holds the empty text. A policy without `nullif` would \
          show the rows of that tenant to every such session.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation, column) in context.tenant_columns() {
            if column.category != "S" {
                continue;
            }
            if !is_never_empty(context, relation, column) {
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, &column.name),
                    "No CHECK constraint refuses the empty text.",
                    format!(
                        "ALTER TABLE {} ADD CHECK ({} <> '');",
                        relation.quoted(),
                        quote_identifier(&column.name)
                    ),
                );
            }
        }
    },
};

/// Whether a CHECK constraint that all rows were checked against refuses the empty text.
pub(super) fn is_never_empty(context: &Context<'_>, relation: &Relation, column: &Column) -> bool {
    let constraints = context.catalog.constraints_of(relation.oid).iter();
    constraints
        .filter(|check| check.kind == "c" && check.validated)
        .filter(|check| check.columns.contains(&column.number))
        .filter_map(|check| check.definition.as_deref())
        .any(|definition| refuses_empty(definition, &column.name))
}

/// Whether a CHECK, as PostgreSQL writes it, refuses the empty text by itself. An OR in it could let the
/// text pass; what is not recognised is reported, and then has a second, plain constraint.
fn refuses_empty(definition: &str, column: &str) -> bool {
    let column = crate::audit::catalog::plain(column);
    let texts = [
        format!("{column} <> ''::"),
        format!("({column})::text <> ''::"),
        format!("length({column}) > 0"),
        format!("char_length({column}) > 0"),
        format!("length(({column})::text) > 0"),
        format!("char_length(({column})::text) > 0"),
    ];
    !definition.contains(" OR ") && texts.iter().any(|text| definition.contains(text))
}

pub(super) const TENANT_COLLATION: Rule = Rule {
    id: "tenant-collation",
    title: "Two different tenants can be equal",
    why: "Under this collation `acme` and `ACME`, or two spellings of one letter, are the same: each of \
          the two tenants reads and writes the rows of the other.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (table, relation, column) in context.tenant_columns() {
            let Some(collation) = &column.loose_collation else {
                continue;
            };
            // Only ours, which come back. Another policy makes the statement fail, and a person look.
            let policies: String = context
                .catalog
                .policies_of(relation)
                .iter()
                .filter(|policy| is_ours(policy) || policy.name == ADMIN)
                .map(|policy| drop_policy(relation, policy) + "\n")
                .collect();
            let retype = alter(
                relation,
                column,
                &format!("TYPE {} COLLATE \"C\"", column.type_sql),
            );
            found.add_to(
                &relation.qualified(),
                column_object(relation, &column.name),
                format!("Its collation {collation} is not deterministic."),
                context
                    .security(table, relation)
                    .map(|security| format!("{policies}{retype}\n{security}")),
            );
        }
    },
};

pub(super) const TENANT_GENERATED: Rule = Rule {
    id: "tenant-generated",
    title: "The tenant column is computed",
    why: "Whose row it is follows from columns that the writer sets, and a scope cannot write the tenant that \
          it checks.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (table, relation, column) in context.tenant_columns() {
            let counted = column.identity && !matches!(table.class, Class::Root { .. });
            let evidence = if counted {
                "It is an identity column: each row gets a tenant of its own.".to_owned()
            } else if column.generated {
                format!(
                    "It is {}.",
                    column.default.as_deref().unwrap_or("generated")
                )
            } else {
                continue;
            };
            let action = if counted {
                "DROP IDENTITY"
            } else {
                "DROP EXPRESSION"
            };
            found.add_to(
                &relation.qualified(),
                column_object(relation, &column.name),
                evidence,
                alter(relation, column, action),
            );
        }
    },
};

pub(super) const TENANT_DOMAIN: Rule = Rule {
    id: "tenant-domain",
    title: "A domain stands before the tenant's type",
    why: "Whoever owns the domain changes its constraints for all tables at once, and each comparison goes \
          through a cast.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation, column) in context.tenant_columns().filter(|(.., c)| c.is_domain) {
            found.add_to(
                &relation.qualified(),
                column_object(relation, &column.name),
                format!("It is {}, a domain over {}.", column.type_sql, column.base),
                None,
            );
        }
    },
};
