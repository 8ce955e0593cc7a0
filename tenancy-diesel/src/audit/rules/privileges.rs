//! What is granted, past what policies look at.

use tenancy_core::{Class, quote_identifier};

use super::super::catalog::{Grant, Relation, Schema, Way, plain};
use super::super::context::Context;
use super::super::report::Found;
use super::roles::some_of;
use super::{Object, ObjectKind, Rule, Severity, Subject};

pub(super) const PAST_POLICIES: Rule = Rule {
    id: "privilege-past-policies",
    title: "A privilege on a table of tenants that no policy looks at",
    why: "TRUNCATE empties the table for all tenants. TRIGGER adds code that runs whenever anybody writes, \
          with that one's rights. REFERENCES tells by a foreign key which keys other tenants have. MAINTAIN \
          locks the table for all.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        let ways = &context.served;
        for (_, relation) in context.scoped() {
            each_grant(context, ways, found, relation, |grant| {
                match grant.privilege.as_str() {
                    "TRUNCATE" | "TRIGGER" | "REFERENCES" => Some(Severity::Error),
                    "MAINTAIN" => Some(Severity::Warning),
                    _ => None,
                }
            });
        }
    },
};

pub(super) const SHARED_WRITE: Rule = Rule {
    id: "privilege-writes-shared",
    title: "The application writes a table that everybody reads",
    why: "What one tenant writes there, all tenants read, and none is asked.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        let ways = &context.reached;
        for (table, relation) in context.tables() {
            let Some(relation) = relation.filter(|_| table.class == Class::Shared) else {
                continue;
            };
            each_grant(context, ways, found, relation, |grant| {
                (grant.privilege != "SELECT").then_some(Severity::Error)
            });
        }
    },
};

pub(super) const PUBLIC: Rule = Rule {
    id: "privilege-public",
    title: "Everybody has a privilege on a table of tenants",
    why: "Every role that can connect reaches the table, also those that will be created. Between them and \
          the rows stand the policies alone.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        for (_, relation) in context.scoped() {
            each_grant(context, &[], found, relation, |grant| {
                // The others are found by what they do.
                let known = ["TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN"];
                (!known.contains(&grant.privilege.as_str())).then_some(Severity::Warning)
            });
        }
    },
};

pub(super) const SCHEMA_CREATE: Rule = Rule {
    id: "privilege-schema-create",
    title: "The application creates objects in a schema of the tables",
    why: "A table, a function or an operator that injected SQL creates there is met by the queries of all \
          tenants: an operator planted before PostgreSQL's own defeats the filter, a table hides another.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        for (schema, grants) in writable_schemas(context) {
            let who: Vec<String> = grants
                .iter()
                .map(|grant| context.catalog.grantee(grant.grantee))
                .collect();
            let is_owned = grants.is_empty();
            found.add(
                Object::new(ObjectKind::Schema, plain(&schema.name)),
                if is_owned {
                    "The application owns it, or reaches the role that does.".to_owned()
                } else {
                    format!("{} may create in it.", who.join(", "))
                },
                (!is_owned).then(|| {
                    format!(
                        "REVOKE CREATE ON SCHEMA {} FROM {};",
                        quote_identifier(&schema.name),
                        who.join(", ")
                    )
                }),
            );
        }
    },
};

pub(super) const DATABASE_CREATE: Rule = Rule {
    id: "privilege-database-create",
    title: "The application creates schemas",
    why: "The search path begins with a schema of the role's own name. If the application creates it, what \
          injected SQL puts there comes before all other tables, for all tenants.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| database(context, found, "CREATE"),
};

pub(super) const TEMPORARY: Rule = Rule {
    id: "privilege-temporary",
    title: "The application creates temporary tables",
    why: "A temporary table outlives the tenant whose rows were copied into it, and hides the table of its \
          name from the next one on that connection.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| database(context, found, "TEMPORARY"),
};

pub(super) const DEFAULTS: Rule = Rule {
    id: "privilege-default",
    title: "What will be created is open to the application",
    why: "A new table is readable from its first moment, before anybody wrote its policies.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let ways = &context.served;
        let reads = |privilege: &str| !matches!(privilege, "USAGE" | "EXECUTE");
        for grant in &context.catalog.default_grants {
            let reaches = grant.grantee == 0 || ways.iter().any(|w| w.role.oid == grant.grantee);
            let is_open = match grant.kind.as_str() {
                "r" => true,
                "S" | "n" => reads(&grant.privilege),
                _ => false,
            };
            if !reaches || !is_open || grant.grantee == grant.creator {
                continue;
            }
            let kinds = match grant.kind.as_str() {
                "r" => "TABLES",
                "S" => "SEQUENCES",
                _ => "SCHEMAS",
            };
            let creator = context.catalog.grantee(grant.creator);
            let to = context.catalog.grantee(grant.grantee);
            let schema = grant.schema.as_ref().map_or_else(String::new, |schema| {
                format!(" IN SCHEMA {}", quote_identifier(schema))
            });
            found.add(
                Object::new(
                    ObjectKind::Role,
                    context
                        .catalog
                        .role(grant.creator)
                        .map_or_else(|| creator.clone(), |role| plain(&role.name)),
                ),
                format!("{} on the {kinds} that it creates{schema} goes to {to}.", grant.privilege),
                format!(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {creator}{schema} REVOKE {} ON {kinds} FROM {to};",
                    grant.privilege
                ),
            );
        }
    },
};

pub(super) const SEQUENCE: Rule = Rule {
    id: "privilege-sequence",
    title: "The application reads or sets a sequence",
    why: "The value of a sequence tells how many rows all tenants have together. Set back, it makes the \
          inserts of all tenants fail.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let ways = &context.served;
        for sequence in &context.catalog.counters {
            let is_ours = sequence
                .relation
                .is_none_or(|oid| context.declared(oid).is_some());
            for grant in context
                .catalog
                .grants_on("relation", sequence.oid, sequence.owner)
            {
                let reads = ["SELECT", "UPDATE"].contains(&grant.privilege.as_str());
                if !is_ours || !reads || !context.catalog.holds(ways, grant) {
                    continue;
                }
                let to = context.catalog.grantee(grant.grantee);
                found.add(
                    Object::new(
                        ObjectKind::Sequence,
                        format!("{}.{}", plain(&sequence.schema), plain(&sequence.name)),
                    ),
                    format!("{to} has {}.", grant.privilege),
                    format!(
                        "REVOKE {} ON SEQUENCE {}.{} FROM {to};",
                        grant.privilege,
                        quote_identifier(&sequence.schema),
                        quote_identifier(&sequence.name)
                    ),
                );
            }
        }
    },
};

pub(super) const SERVER_FILES: Rule = Rule {
    id: "privilege-server-files",
    title: "The application calls functions that read or write the server's files",
    why: "The files of the server hold the rows of all tenants, and its configuration.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: true,
    check: |context, found| {
        let ways = &context.served;
        let functions = context.catalog.functions.iter();
        for function in functions.filter(|f| f.schema == "pg_catalog" && !f.is_leakproof) {
            for grant in context
                .catalog
                .grants_on("function", function.oid, function.owner)
            {
                if context.catalog.holds(ways, grant) {
                    let to = context.catalog.grantee(grant.grantee);
                    found.add(
                        function.object(),
                        format!("{to} may call it."),
                        format!("REVOKE EXECUTE ON {} FROM {to};", function.routine()),
                    );
                }
            }
        }
    },
};

/// The schemas of the tables, `public` and the search path in which the application creates; with the
/// grants that let it, or none where it owns them.
fn writable_schemas<'a>(context: &Context<'a>) -> Vec<(&'a Schema, Vec<&'a Grant>)> {
    let ways = &context.served;
    let holds_tables = |schema: &Schema| {
        schema.name == "public"
            || context.catalog.session.search_path.contains(&schema.name)
            || context
                .tables()
                .any(|(_, relation)| relation.is_some_and(|r| r.schema == schema.name))
    };
    let mut found = Vec::new();
    for schema in context.catalog.schemas.iter().filter(|s| holds_tables(s)) {
        let mut grants = creators(context, schema);
        grants.retain(|grant| context.catalog.holds(ways, grant));
        // Who owns a table of the registry too is found by another rule.
        let is_owned = ways.iter().any(|way| way.role.oid == schema.owner)
            && !owns_tables(context, schema.owner);
        if is_owned || !grants.is_empty() {
            found.push((schema, grants));
        }
    }
    found
}

/// What lets others than its owner create in a schema.
pub(super) fn creators<'a>(context: &Context<'a>, schema: &'a Schema) -> Vec<&'a Grant> {
    context
        .catalog
        .grants_on("schema", schema.oid, schema.owner)
        .filter(|grant| grant.privilege == "CREATE")
        .collect()
}

pub(super) fn owns_tables(context: &Context<'_>, role: u32) -> bool {
    context
        .tables()
        .any(|(_, relation)| relation.is_some_and(|relation| relation.owner == role))
}

/// What is granted on a table to these roles or to PUBLIC, as far as it has a severity.
fn each_grant(
    context: &Context<'_>,
    ways: &[Way<'_>],
    found: &mut Found<'_>,
    relation: &Relation,
    severity: impl Fn(&Grant) -> Option<Severity>,
) {
    let grants = context
        .catalog
        .grants_on("relation", relation.oid, relation.owner);
    let mut held: Vec<(String, String, Severity, Vec<String>)> = Vec::new();
    for grant in grants.filter(|grant| context.catalog.holds(ways, grant)) {
        let Some(severity) = severity(grant) else {
            continue;
        };
        let to = context.catalog.grantee(grant.grantee);
        let known = held
            .iter_mut()
            .find(|(privilege, grantee, ..)| *privilege == grant.privilege && *grantee == to);
        let columns = grant.column.iter().cloned();
        match known {
            Some((.., known)) => known.extend(columns),
            None => held.push((grant.privilege.clone(), to, severity, columns.collect())),
        }
    }
    for (privilege, to, severity, columns) in held {
        // REVOKE on the table takes the privileges on its columns too.
        let on_columns = if columns.is_empty() {
            String::new()
        } else {
            format!(" on the columns {}", some_of(&columns))
        };
        let finding = found.add_to(
            &relation.qualified(),
            Object::new(ObjectKind::Table, relation.qualified()),
            format!("{to} has {privilege}{on_columns}."),
            format!("REVOKE {privilege} ON {} FROM {to};", relation.quoted()),
        );
        finding.severity = severity;
    }
}

fn database(context: &Context<'_>, found: &mut Found<'_>, privilege: &str) {
    let session = &context.catalog.session;
    let ways = &context.reached;
    for grant in &context.catalog.grants {
        let is_it = grant.class == "database"
            && grant.privilege == privilege
            && grant.grantee != context.catalog.beginning.database_owner
            && context.catalog.holds(ways, grant);
        if is_it {
            let to = context.catalog.grantee(grant.grantee);
            found.add(
                Object::new(ObjectKind::Database, plain(&session.database)),
                format!("{to} has {privilege}."),
                format!(
                    "REVOKE {privilege} ON DATABASE {} FROM {to};",
                    quote_identifier(&session.database)
                ),
            );
        }
    }
}
