//! Keys: what row-level security does not cover.
//!
//! Uniqueness and foreign keys are checked against all rows. A key without the tenant tells one tenant what
//! another has, and a reference without the tenant reaches it.

use tenancy_core::{Class, Table, quote_identifier};

use super::{ObjectKind, Rule, Severity, Subject, column_object, part_object, relation_object};
use crate::audit::catalog::{Constraint, Index, Relation};
use crate::audit::context::Context;

/// Whether one of the columns holds what nobody guesses. A uuid is taken for that: one of version 1 or 7
/// is harder to guess than a number, but not as hard.
fn is_guessable(context: &Context<'_>, relation: &Relation, columns: &[i16]) -> bool {
    !context
        .catalog
        .columns_of(relation.oid)
        .iter()
        .any(|column| columns.contains(&column.number) && column.base == "uuid")
}

/// A unique key, primary key or exclusion that leaves the tenant out.
struct Oracle<'a> {
    table: &'static Table,
    relation: &'a Relation,
    index: &'a Index,
}

fn oracles<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Oracle<'a>> {
    context.scoped().flat_map(move |(table, relation)| {
        let owner = context.owner_number(table, relation);
        context
            .catalog
            .indexes_of(relation.oid)
            .iter()
            .filter(|index| index.unique || index.constraint.is_some())
            .filter(move |index| owner.is_some_and(|owner| !index.columns.contains(&owner)))
            .map(move |index| Oracle {
                table,
                relation,
                index,
            })
    })
}

impl Oracle<'_> {
    fn constraint<'c>(&self, context: &'c Context<'_>) -> Option<&'c Constraint> {
        let name = self.index.constraint.as_ref()?;
        let mut constraints = context.catalog.constraints_of(self.relation.oid).iter();
        constraints.find(|constraint| constraint.name == *name)
    }

    fn severity(&self, context: &Context<'_>) -> Severity {
        // The table of the tenants has names that are unique by what they are for, such as a subdomain.
        let is_root = matches!(self.table.class, Class::Root { .. });
        let nulls_collide = self.index.definition.contains("NULLS NOT DISTINCT");
        let guessable = is_guessable(context, self.relation, &self.index.columns);
        if is_root || !guessable && !nulls_collide {
            Severity::Info
        } else {
            Severity::Warning
        }
    }

    /// The same key with the tenant in front. None where a foreign key rests on it, or where somebody has to
    /// decide.
    fn mend(&self, context: &Context<'_>) -> Option<String> {
        let Class::Tenant { column } = self.table.class else {
            return None;
        };
        let tenant = quote_identifier(column);
        let index = self.index;
        let used = context
            .catalog
            .constraints
            .iter()
            .any(|key| key.is_foreign_key() && key.index == index.oid);
        if used {
            return None;
        }
        let with_tenant = |definition: &str, before: &str| {
            let (head, rest) = definition.split_once(before)?;
            Some(format!("{head}{before}{tenant}, {rest}"))
        };
        let Some(constraint) = self.constraint(context) else {
            let definition = with_tenant(&index.definition, " USING btree (")?;
            return Some(format!(
                "DROP INDEX {}.{};\n{definition};",
                quote_identifier(&index.schema),
                quote_identifier(&index.name)
            ));
        };
        if constraint.kind == "x" {
            return None;
        }
        Some(format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name};\nALTER TABLE {table} ADD CONSTRAINT {name} {};",
            with_tenant(constraint.definition.as_deref()?, "(")?,
            table = self.relation.quoted(),
            name = quote_identifier(&constraint.name),
        ))
    }
}

pub(super) const UNIQUE_WITHOUT_TENANT: Rule = Rule {
    id: "unique-without-tenant",
    title: "A key is unique over all tenants",
    why: "An INSERT that fails tells a tenant that another one has the value: an address, a name, a number. It \
          can take values away from others, and is what ON CONFLICT needs to meet a hidden row.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for oracle in oracles(context) {
            let (index, relation) = (oracle.index, oracle.relation);
            let (kind, name) = match &index.constraint {
                Some(name) => (ObjectKind::Constraint, name),
                None => (ObjectKind::Index, &index.name),
            };
            let severity = oracle.severity(context);
            let mut evidence = match oracle.constraint(context) {
                Some(Constraint {
                    definition: Some(definition),
                    ..
                }) => format!("It is {definition}."),
                _ => format!("It is {}.", index.definition),
            };
            if index.definition.contains("NULLS NOT DISTINCT") {
                evidence += " One tenant's NULL shuts out the NULL of every other.";
            } else if severity == Severity::Info && !is_guessable(context, relation, &index.columns)
            {
                evidence += " Nobody guesses a uuid, but whoever has seen one can ask for it.";
            }
            found
                .add_to(
                    &relation.qualified(),
                    part_object(kind, name, relation),
                    evidence,
                    oracle.mend(context),
                )
                .severity = severity;
        }
    },
};

/// A foreign key between two tables of tenants.
struct Reference<'a> {
    table: &'static Table,
    relation: &'a Relation,
    target_table: &'static Table,
    target: &'a Relation,
    key: &'a Constraint,
}

fn references<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Reference<'a>> {
    context.scoped().flat_map(move |(table, relation)| {
        context
            .catalog
            .constraints_of(relation.oid)
            .iter()
            .filter(|key| key.is_foreign_key())
            .filter_map(move |key| {
                let target_table = context.declared(key.target)?;
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
fn unforced(relations: &[&Relation], statements: &str) -> String {
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

pub(super) const REFERENCE_WITHOUT_TENANT: Rule = Rule {
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
            let guessable = is_guessable(context, reference.target, &reference.key.target_columns);
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

pub(super) const REFERENCE_FROM_SHARED: Rule = Rule {
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
                    .declared(key.target)
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

fn owners<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<
    Item = (
        &'static Table,
        &'a Relation,
        &'static str,
        &'a Relation,
        &'static str,
    ),
> {
    context.scoped().filter_map(|(table, relation)| {
        let Class::Via {
            column,
            owner,
            owner_key,
        } = table.class
        else {
            return None;
        };
        let owner = context.registry.table(owner)?;
        let owner = context.catalog.find(owner.schema, owner.name)?;
        Some((table, relation, column, owner, owner_key))
    })
}

pub(super) const OWNER_NOT_UNIQUE: Rule = Rule {
    id: "via-owner-not-unique",
    title: "Two rows can be the owner of one",
    why: "The policy asks whether *an* owner is the tenant's. Where the key is there twice, each of the two \
          tenants reads and writes the row.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for (_, relation, _, owner, key) in owners(context) {
            let Some(column) = context.catalog.column(owner.oid, key) else {
                continue;
            };
            let unique = context.catalog.indexes_of(owner.oid).iter().any(|index| {
                index.unique
                    && index.valid
                    && index.immediate
                    && !index.partial
                    && index.columns == [column.number]
            });
            if !unique {
                found.add_to(
                    &relation.qualified(),
                    column_object(owner, key),
                    format!(
                        "{} is owned through it, and it is not unique.",
                        relation.qualified()
                    ),
                    format!(
                        "ALTER TABLE {} ADD UNIQUE ({});",
                        owner.quoted(),
                        quote_identifier(key)
                    ),
                );
            }
        }
    },
};

pub(super) const OWNER_NOT_REFERENCED: Rule = Rule {
    id: "via-without-foreign-key",
    title: "Nothing ties a row to its owner",
    why: "When the owner goes, the row stays, seen by nobody. If its key is given to another tenant's row, \
          that tenant reads it.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation, column, owner, key) in owners(context) {
            let number = context
                .catalog
                .column(relation.oid, column)
                .map(|c| c.number);
            let target = context.catalog.column(owner.oid, key).map(|c| c.number);
            let (Some(number), Some(target)) = (number, target) else {
                continue;
            };
            let keys = context.catalog.constraints_of(relation.oid).iter();
            let tied = keys
                .filter(|constraint| constraint.is_foreign_key())
                .any(|constraint| {
                    constraint.target == owner.oid
                        && constraint.columns == [number]
                        && constraint.target_columns == [target]
                });
            if !tied {
                let statement = format!(
                    "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({});\n",
                    relation.quoted(),
                    quote_identifier(column),
                    owner.quoted(),
                    quote_identifier(key)
                );
                found.add_to(
                    &relation.qualified(),
                    column_object(relation, column),
                    format!("No foreign key points from it to {}.", owner.qualified()),
                    format!(
                        "-- In one transaction.\nSET LOCAL row_security = off;\n{}",
                        unforced(&[relation, owner], &statement)
                    ),
                );
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
        for (_, relation) in context.scoped() {
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

pub(super) const SEQUENCE_SHARED: Rule = Rule {
    id: "sequence-shared",
    title: "Two tables take their ids from one sequence",
    why: "The gaps in one tell a tenant how much is written to the other.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            for used in context.catalog.sequences_of(relation.oid) {
                let others: Vec<String> = context
                    .catalog
                    .sequences
                    .iter()
                    .filter(|other| {
                        other.sequence == used.sequence && other.relation != relation.oid
                    })
                    .filter_map(|other| context.catalog.relation(other.relation))
                    // A partition has the default of its parent.
                    .filter(|other| !other.is_partition)
                    .map(Relation::qualified)
                    .collect();
                if !others.is_empty() {
                    let names = context.names(relation, &[used.column]);
                    found.add_to(
                        &relation.qualified(),
                        column_object(relation, names.first().copied().unwrap_or_default()),
                        format!("{} also gives ids to {}.", used.name, others.join(", ")),
                        None,
                    );
                }
            }
        }
    },
};

pub(super) const COUNTED_IDS: Rule = Rule {
    id: "ids-count-all-tenants",
    title: "Ids count the rows of all tenants",
    why: "Two ids of its own tell a tenant how many rows all tenants wrote between them, and what the ids of \
          others are.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            let Some(used) = context.catalog.sequences_of(relation.oid).first() else {
                continue;
            };
            found.add_to(
                &relation.qualified(),
                relation_object(relation),
                format!(
                    "{} comes from the sequence {}.",
                    context.names(relation, &[used.column]).join(", "),
                    used.name
                ),
                None,
            );
        }
    },
};
