//! Foreign keys, which are checked, and act, past row-level security.
//!
//! A reference without the tenant reaches the rows of another.

use tenancy_core::{Class, Table, quote_identifier};

use super::keys::is_guessable;
use super::{ObjectKind, Rule, Severity, Subject, part_object};
use crate::audit::catalog::{Constraint, Relation};
use crate::audit::context::Context;

/// A foreign key between two tables of tenants.
struct Reference<'a> {
    table: &'static Table,
    relation: &'a Relation,
    target_table: &'static Table,
    target: &'a Relation,
    key: &'a Constraint,
}

fn references<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Reference<'a>> {
    context
        .with_partitions()
        .flat_map(move |(table, relation)| {
            context
                .catalog
                .constraints_of(relation.oid)
                .iter()
                .filter(|key| key.is_foreign_key())
                .filter_map(move |key| {
                    let target_table = context.holder(key.target)?;
                    target_table.class.is_scoped().then_some(())?;
                    Some(Reference {
                        table,
                        relation,
                        target_table,
                        target: context.catalog.relation(key.target)?,
                        key,
                    })
                })
        })
}

impl Reference<'_> {
    /// Whether only rows of one tenant can point to each other.
    fn pairs_the_tenant(&self, context: &Context<'_>) -> bool {
        let tenant = |table: &Table, relation| match table.class {
            Class::Via { .. } => None,
            _ => context.owner_number(table, relation),
        };
        let paired = |own: Option<i16>, target: Option<i16>| {
            own.is_some()
                && target.is_some()
                && self
                    .key
                    .columns
                    .iter()
                    .zip(&self.key.target_columns)
                    .any(|(column, to)| Some(*column) == own && Some(*to) == target)
        };
        if let Class::Via { owner, .. } = self.table.class {
            // The key by which it is owned: its policy asks for the owner of the very row.
            let own = context.owner_number(self.table, self.relation);
            return owner == self.target_table.path
                && own.is_some_and(|own| self.key.columns == [own]);
        }
        paired(
            tenant(self.table, self.relation),
            tenant(self.target_table, self.target),
        )
    }

    fn cascades(&self) -> bool {
        let acts = |action: &str| matches!(action, "c" | "n" | "d");
        acts(&self.key.on_delete) || acts(&self.key.on_update)
    }

    fn evidence(&self, context: &Context<'_>) -> String {
        let definition = self.key.definition.as_deref().unwrap_or_default();
        let mut evidence = format!("It is {definition}.");
        if context.owner_number(self.table, self.relation).is_none()
            || matches!(self.table.class, Class::Via { .. })
            || matches!(self.target_table.class, Class::Via { .. })
        {
            evidence += " One of the two tables has no tenant column that could be in it.";
        }
        evidence
    }

    /// The same key with the tenant on both sides. The two steps around it are for the owner, whose view of
    /// the rows row-level security restricts too: without them a key over bad rows is found valid.
    fn mend(&self, context: &Context<'_>) -> Option<String> {
        let (Class::Tenant { column: own }, Class::Tenant { column: theirs }) =
            (self.table.class, self.target_table.class)
        else {
            return None;
        };
        // Where one tenant column is in the key already, against another column, nobody else can say what was
        // meant.
        let has = |table, relation, columns: &[i16]| {
            let owner = context.owner_number(table, relation);
            owner.is_some_and(|owner| columns.contains(&owner))
        };
        if has(self.table, self.relation, &self.key.columns)
            || has(self.target_table, self.target, &self.key.target_columns)
        {
            return None;
        }
        let list = |tenant: &str, names: Vec<&str>| {
            let names = std::iter::once(tenant).chain(names);
            let names: Vec<String> = names.map(quote_identifier).collect();
            names.join(", ")
        };
        let columns = context.names(self.relation, &self.key.columns);
        let action = |event: &str, action: &str| match action {
            "c" => format!(" ON {event} CASCADE"),
            "r" => format!(" ON {event} RESTRICT"),
            // Only the reference is cleared. The tenant stays.
            "n" if event == "DELETE" => format!(" ON DELETE SET NULL ({})", plain_list(&columns)),
            "d" if event == "DELETE" => {
                format!(" ON DELETE SET DEFAULT ({})", plain_list(&columns))
            }
            _ => String::new(),
        };
        let target_columns = list(theirs, context.names(self.target, &self.key.target_columns));
        let mut out = "-- In one transaction.\nSET LOCAL row_security = off;\n".to_owned();
        if !self.has_unique_pair(context) {
            out += &format!(
                "ALTER TABLE {} ADD UNIQUE ({target_columns});\n",
                self.target.quoted()
            );
        }
        let actions =
            action("UPDATE", &self.key.on_update) + &action("DELETE", &self.key.on_delete);
        out += &unforced(
            &[self.relation, self.target],
            &format!(
                "ALTER TABLE {table} DROP CONSTRAINT {name};
ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({})
    REFERENCES {} ({target_columns}){actions};\n",
                list(own, columns),
                self.target.quoted(),
                table = self.relation.quoted(),
                name = quote_identifier(&self.key.name),
            ),
        );
        Some(out)
    }

    fn has_unique_pair(&self, context: &Context<'_>) -> bool {
        let Some(tenant) = context.owner_number(self.target_table, self.target) else {
            return false;
        };
        let mut wanted = self.key.target_columns.clone();
        wanted.push(tenant);
        wanted.sort_unstable();
        context
            .catalog
            .indexes_of(self.target.oid)
            .iter()
            .any(|index| {
                let mut columns = index.columns.clone();
                columns.sort_unstable();
                index.unique
                    && index.valid
                    && index.immediate
                    && !index.partial
                    && columns == wanted
            })
    }
}

fn plain_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote_identifier(name)).collect();
    names.join(", ")
}

/// Statements that see every row, although they run as the owner.
pub(super) fn unforced(relations: &[&Relation], statements: &str) -> String {
    let mut relations: Vec<&&Relation> = relations.iter().filter(|r| r.forced).collect();
    relations.dedup_by_key(|relation| relation.oid);
    let set = |action: &str| -> String {
        relations
            .iter()
            .map(|r| format!("ALTER TABLE {} {action} ROW LEVEL SECURITY;\n", r.quoted()))
            .collect()
    };
    format!("{}{statements}{}", set("NO FORCE"), set("FORCE"))
}

pub(super) const WITHOUT_TENANT: Rule = Rule {
    id: "foreign-key-without-tenant",
    title: "A foreign key does not pair the tenants",
    why: "The check sees all rows: a tenant learns which keys others have, and its row points to theirs. What \
          joins along it without a filter then reads across.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for reference in references(context).filter(|reference| !reference.cascades()) {
            if reference.pairs_the_tenant(context) {
                continue;
            }
            // Ids of tenants are no secret. Tenants that point to tenants are often meant.
            let to_root = matches!(reference.target_table.class, Class::Root { .. });
            let guessable =
                !to_root && is_guessable(context, reference.target, &reference.key.target_columns);
            found
                .add_to(
                    &reference.relation.qualified(),
                    part_object(
                        ObjectKind::Constraint,
                        &reference.key.name,
                        reference.relation,
                    ),
                    reference.evidence(context),
                    reference.mend(context),
                )
                .severity = if guessable {
                Severity::Error
            } else {
                Severity::Warning
            };
        }
    },
};

pub(super) const CASCADES_ACROSS: Rule = Rule {
    id: "foreign-key-cascades-across-tenants",
    title: "A cascade can reach the rows of another tenant",
    why: "The action runs past row-level security: where a tenant deletes or changes its own row, rows of \
          others that point to it are deleted or changed.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for reference in references(context).filter(Reference::cascades) {
            if !reference.pairs_the_tenant(context) {
                found.add_to(
                    &reference.relation.qualified(),
                    part_object(
                        ObjectKind::Constraint,
                        &reference.key.name,
                        reference.relation,
                    ),
                    reference.evidence(context),
                    reference.mend(context),
                );
            }
        }
    },
};

pub(super) const CLEARS_TENANT: Rule = Rule {
    id: "foreign-key-clears-tenant",
    title: "A foreign key clears the tenant of a row",
    why: "When the row that it points to goes, the action sets the tenant column too: the DELETE fails, or, \
          where the column takes it, the row belongs to nobody or to a default tenant.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for reference in references(context) {
            let key = reference.key;
            let tenant = context.owner_number(reference.table, reference.relation);
            let set = if key.set_columns.is_empty() {
                &key.columns
            } else {
                &key.set_columns
            };
            let clears = matches!(key.on_delete.as_str(), "n" | "d")
                && tenant.is_some_and(|tenant| set.contains(&tenant))
                && reference.pairs_the_tenant(context);
            if !clears {
                continue;
            }
            let others: Vec<i16> = set.iter().copied().filter(|n| Some(*n) != tenant).collect();
            let others = context.names(reference.relation, &others);
            let definition = key.definition.as_deref().unwrap_or_default();
            let mend = ["SET NULL", "SET DEFAULT"].into_iter().find_map(|action| {
                let (head, tail) = definition.split_once(&format!("ON DELETE {action}"))?;
                let tail = tail
                    .strip_prefix(" (")
                    .and_then(|t| t.split_once(')'))
                    .map_or(tail, |t| t.1);
                let relation = reference.relation;
                (!others.is_empty()).then(|| {
                    format!(
                        "ALTER TABLE {table} DROP CONSTRAINT {name};
ALTER TABLE {table} ADD CONSTRAINT {name} {head}ON DELETE {action} ({}){tail};",
                        plain_list(&others),
                        table = relation.quoted(),
                        name = quote_identifier(&key.name),
                    )
                })
            });
            found.add_to(
                &reference.relation.qualified(),
                part_object(ObjectKind::Constraint, &key.name, reference.relation),
                format!("It is {definition}."),
                mend,
            );
        }
    },
};

pub(super) const FROM_SHARED: Rule = Rule {
    id: "foreign-key-from-shared",
    title: "A shared table points to a table of tenants",
    why: "Everybody reads the shared table, and with it the keys of one tenant's rows.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        for (table, relation) in context.tables() {
            let (Class::Shared, Some(relation)) = (table.class, relation) else {
                continue;
            };
            let keys = context.catalog.constraints_of(relation.oid).iter();
            for key in keys.filter(|key| key.is_foreign_key()) {
                if context
                    .holder(key.target)
                    .is_some_and(|t| t.class.is_scoped())
                {
                    found.add(
                        part_object(ObjectKind::Constraint, &key.name, relation),
                        format!("It is {}.", key.definition.as_deref().unwrap_or_default()),
                        None,
                    );
                }
            }
        }
    },
};

pub(super) const NOT_VALID: Rule = Rule {
    id: "constraint-not-valid",
    title: "A constraint was never checked against the rows that were there",
    why: "Rows from before it may have no tenant, or point to another tenant's.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.with_partitions() {
            let constraints = context.catalog.constraints_of(relation.oid).iter();
            for constraint in constraints.filter(|constraint| !constraint.validated) {
                let target = context.catalog.relation(constraint.target);
                let mut relations = vec![relation];
                relations.extend(target);
                let statement = format!(
                    "ALTER TABLE {} VALIDATE CONSTRAINT {};\n",
                    relation.quoted(),
                    quote_identifier(&constraint.name)
                );
                found.add_to(
                    &relation.qualified(),
                    part_object(ObjectKind::Constraint, &constraint.name, relation),
                    "It is NOT VALID.",
                    format!(
                        "-- In one transaction: the owner sees no rows while it is forced.
SET LOCAL row_security = off;\n{}",
                        unforced(&relations, &statement)
                    ),
                );
            }
        }
    },
};
