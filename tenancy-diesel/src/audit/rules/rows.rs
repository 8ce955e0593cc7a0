//! What only the rows tell.
//!
//! Row-level security hides rows from the owner too, once it is forced: a foreign key that is validated then
//! is found valid over rows that point nowhere, and a backfill changes nothing. The catalog says that all is
//! well.

use std::collections::BTreeMap;

use tenancy_core::{Class, Table, quote_identifier};

use super::{Object, ObjectKind, Rule, Severity, Subject, column_object, part_object};
use crate::audit::catalog::{Column, Constraint, Relation};
use crate::audit::context::Context;
use crate::audit::rows::{About, Question};

/// Everything that is asked of the rows of a database.
pub(in crate::audit) fn questions<'a>(context: &Context<'a>) -> Vec<Question<'a>> {
    let mut questions = Vec::new();
    let root = context
        .scoped()
        .find_map(|(table, relation)| match table.class {
            Class::Root { column } => Some((relation, column)),
            _ => None,
        });
    for (table, relation) in context.scoped().filter(|(_, r)| r.is_table()) {
        questions.extend(no_tenant(context, table, relation));
        questions.extend(unknown_tenants(context, root, table, relation));
        let keys = context.catalog.constraints_of(relation.oid).iter();
        for key in keys.filter(|key| key.is_foreign_key()) {
            questions.extend(orphans(context, relation, key));
        }
        for encrypted in table.encrypted {
            let column = context.catalog.column(relation.oid, encrypted.column);
            questions.extend(column.and_then(|column| plaintext(relation, column)));
        }
    }
    questions
}

/// Not where the catalog rules it out: NOT NULL and CHECK are checked without row-level security.
fn no_tenant<'a>(
    context: &Context<'a>,
    table: &Table,
    relation: &'a Relation,
) -> Option<Question<'a>> {
    let name = context.owner_column(table)?;
    let column = context.catalog.column(relation.oid, name)?;
    let constraints = context.catalog.constraints_of(relation.oid).iter();
    let unchecked = constraints
        .filter(|constraint| constraint.kind == "n" && !constraint.validated)
        .any(|constraint| constraint.columns == [column.number]);
    let quoted = quote_identifier(name);
    let mut conditions = Vec::new();
    if !column.not_null || unchecked {
        conditions.push(format!("{quoted} IS NULL"));
    }
    if column.category == "S" && !super::columns::is_never_empty(context, relation, column) {
        conditions.push(format!("{quoted} = ''"));
    }
    if conditions.is_empty() {
        return None;
    }
    Some(Question {
        about: About::NoTenant,
        relation,
        object: column_object(relation, name),
        counted: "rows have no tenant".to_owned(),
        sql: Ok(format!(
            "SELECT count(*) FROM {} WHERE {}",
            relation.quoted(),
            conditions.join(" OR ")
        )),
    })
}

/// Where a foreign key to the root table says it, the question is whether that is true.
fn unknown_tenants<'a>(
    context: &Context<'a>,
    root: Option<(&'a Relation, &'static str)>,
    table: &Table,
    relation: &'a Relation,
) -> Option<Question<'a>> {
    let Class::Tenant { column } = table.class else {
        return None;
    };
    let (root, key) = root?;
    let number = context.catalog.column(relation.oid, column)?.number;
    let root_number = context.catalog.column(root.oid, key)?.number;
    let mut constraints = context.catalog.constraints_of(relation.oid).iter();
    if constraints.any(|constraint| {
        constraint.target == root.oid
            && constraint.columns == [number]
            && constraint.target_columns == [root_number]
    }) {
        return None;
    }
    let column = context.catalog.column(relation.oid, column)?;
    let root_column = context.catalog.column(root.oid, key)?;
    Some(Question {
        about: About::UnknownTenants,
        relation,
        object: column_object(relation, &column.name),
        counted: format!("tenants have rows here and are not in {}", root.qualified()),
        sql: comparable(&[(column, root_column)]).map(|()| {
            let column = quote_identifier(&column.name);
            format!(
                "SELECT count(*) FROM (SELECT DISTINCT {column} AS tenant FROM {}) AS d \
                 WHERE d.tenant IS NOT NULL \
                   AND NOT EXISTS (SELECT FROM {} AS r WHERE r.{} = d.tenant)",
                relation.quoted(),
                root.quoted(),
                quote_identifier(key)
            )
        }),
    })
}

fn orphans<'a>(
    context: &Context<'a>,
    relation: &'a Relation,
    key: &'a Constraint,
) -> Option<Question<'a>> {
    let target = context.catalog.relation(key.target)?;
    let column = |relation: &Relation, number: i16| {
        let mut columns = context.catalog.columns_of(relation.oid).iter();
        columns.find(|column| column.number == number)
    };
    let pairs: Vec<(&Column, &Column)> = key
        .columns
        .iter()
        .zip(&key.target_columns)
        .map(|(&own, &theirs)| Some((column(relation, own)?, column(target, theirs)?)))
        .collect::<Option<_>>()?;
    Some(Question {
        about: About::Orphans,
        relation,
        object: part_object(ObjectKind::Constraint, &key.name, relation),
        counted: format!("rows point to no row of {}", target.qualified()),
        sql: comparable(&pairs).map(|()| {
            let set: Vec<String> = pairs
                .iter()
                .map(|(own, _)| format!("f.{} IS NOT NULL", quote_identifier(&own.name)))
                .collect();
            let equal: Vec<String> = pairs
                .iter()
                .map(|(own, theirs)| {
                    let (own, theirs) = (quote_identifier(&own.name), quote_identifier(&theirs.name));
                    format!("t.{theirs} = f.{own}")
                })
                .collect();
            format!(
                "SELECT count(*) FROM {} AS f WHERE {} AND NOT EXISTS (SELECT FROM {} AS t WHERE {})",
                relation.quoted(),
                set.join(" AND "),
                target.quoted(),
                equal.join(" AND ")
            )
        }),
    })
}

/// The questions are asked with an empty search path, where `=` is PostgreSQL's own. A text type of an
/// extension, such as citext, would be compared as a text.
fn comparable(pairs: &[(&Column, &Column)]) -> Result<(), String> {
    let foreign = pairs
        .iter()
        .flat_map(|(own, theirs)| [own, theirs])
        .find(|column| matches!(column.category.as_str(), "S" | "U") && !column.base_is_built_in);
    match foreign {
        Some(column) => Err(format!(
            "values of the type {} cannot be compared without its schema",
            column.type_sql
        )),
        None => Ok(()),
    }
}

/// Not where the column's domain rules it out.
fn plaintext<'a>(relation: &'a Relation, column: &Column) -> Option<Question<'a>> {
    if column.type_sql == super::encryption::DOMAIN {
        return None;
    }
    let name = quote_identifier(&column.name);
    let condition = if column.base == "bytea" {
        format!("octet_length({name}) < 80 OR substr({name}, 1, 1) <> '\\xf9'::bytea")
    } else {
        format!("{name} IS NOT NULL")
    };
    Some(Question {
        about: About::Plaintext,
        relation,
        object: column_object(relation, &column.name),
        counted: "values are not what the library writes".to_owned(),
        sql: Ok(format!(
            "SELECT count(*) FROM {} WHERE {condition}",
            relation.quoted()
        )),
    })
}

/// Reports the numbers above zero.
fn report(context: &Context<'_>, about: About, found: &mut crate::audit::report::Found<'_>) {
    for answer in &context.answers {
        let question = &answer.question;
        if question.about == about
            && let Ok(count) = answer.count
            && count > 0
        {
            found.add_to(
                &question.relation.qualified(),
                question.object.clone(),
                format!("{count} {}.", question.counted),
                None,
            );
        }
    }
}

pub(super) const NO_TENANT: Rule = Rule {
    id: "rows-without-tenant",
    title: "There are rows without a tenant",
    why: "No tenant sees them and erasing one passes them by. What they hold belongs to somebody.",
    severity: Severity::Error,
    subject: Subject::Rows,
    boot: false,
    check: |context, found| report(context, About::NoTenant, found),
};

pub(super) const ORPHANS: Rule = Rule {
    id: "rows-orphaned",
    title: "There are rows that point nowhere",
    why: "A foreign key that is said to be valid was checked by a role that saw no rows. Where it holds the \
          tenant, such rows belong to nobody, or to the next tenant with that id.",
    severity: Severity::Error,
    subject: Subject::Rows,
    boot: false,
    check: |context, found| report(context, About::Orphans, found),
};

pub(super) const UNKNOWN_TENANTS: Rule = Rule {
    id: "rows-of-unknown-tenant",
    title: "There are rows of tenants that do not exist",
    why: "A tenant that was erased left rows behind, or a tenant id was mistaken: the next tenant with that \
          id reads them.",
    severity: Severity::Warning,
    subject: Subject::Rows,
    boot: false,
    check: |context, found| report(context, About::UnknownTenants, found),
};

pub(super) const PLAINTEXT: Rule = Rule {
    id: "rows-in-plaintext",
    title: "There is plaintext in an encrypted column",
    why: "Every reader of the table, its backups and its replicas reads it, and the application fails on it.",
    severity: Severity::Error,
    subject: Subject::Rows,
    boot: false,
    check: |context, found| report(context, About::Plaintext, found),
};

pub(super) const UNREADABLE: Rule = Rule {
    id: "rows-unreadable",
    title: "Not all questions to the rows were answered",
    why: "What was not read was not judged.",
    severity: Severity::Warning,
    subject: Subject::Rows,
    boot: false,
    check: |context, found| {
        let mut reasons: BTreeMap<&str, (usize, String)> = BTreeMap::new();
        for answer in &context.answers {
            if let Err(why) = &answer.count {
                let first = || (0, answer.question.object.to_string());
                reasons.entry(why).or_insert_with(first).0 += 1;
            }
        }
        for (why, (count, first)) in reasons {
            found.add(
                Object::new(ObjectKind::Database, &context.catalog.session.database),
                format!(
                    "{count} of {}, about {first} for one: {why}.",
                    context.answers.len()
                ),
                None,
            );
        }
    },
};
