use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};
use tenancy_diesel::{Class, Registry, Table, quote_identifier};

use super::{Doctor, Trouble, Verdict, some};
use crate::args::Context;
use crate::failure::Failure;

/// A table as the database has it.
#[derive(QueryableByName)]
struct Live {
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Array<Text>)]
    columns: Vec<String>,
    #[diesel(sql_type = Bool)]
    enabled: bool,
    #[diesel(sql_type = Bool)]
    forced: bool,
    /// The policies that concern the application's role.
    #[diesel(sql_type = Array<Text>)]
    policies: Vec<String>,
    #[diesel(sql_type = Bool)]
    readable: bool,
}

type Found = HashMap<(String, String), Live>;

fn live(conn: &mut PgConnection, context: &Context) -> Result<Found, Failure> {
    let rows: Vec<Live> = diesel::sql_query(
        "SELECT n.nspname::text AS schema, c.relname::text AS name,
                ARRAY(
                    SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                ) AS columns,
                c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
                ARRAY(
                    SELECT p.polname::text FROM pg_catalog.pg_policy AS p
                    WHERE p.polrelid = c.oid AND (
                        0 = ANY (p.polroles)
                        OR EXISTS (
                            SELECT FROM pg_catalog.pg_roles AS app
                            WHERE app.rolname = $1 AND app.oid = ANY (p.polroles)
                        )
                    )
                ) AS policies,
                coalesce((
                    SELECT pg_catalog.has_table_privilege(app.oid, c.oid, 'SELECT')
                        AND pg_catalog.has_schema_privilege(app.oid, n.oid, 'USAGE')
                    FROM pg_catalog.pg_roles AS app WHERE app.rolname = $1
                ), false) AS readable
         FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
             AND n.nspname NOT IN ('information_schema', 'tenancy')",
    )
    .bind::<Text, _>(&context.app_role)
    .load(conn)?;
    let keyed = rows
        .into_iter()
        .map(|live| ((live.schema.clone(), live.name.clone()), live));
    Ok(keyed.collect())
}

fn key(table: &Table) -> (String, String) {
    let schema = table.schema.unwrap_or("public");
    (schema.to_owned(), table.name.to_owned())
}

fn shown(table: &Table) -> String {
    let (schema, name) = key(table);
    format!("{schema}.{name}")
}

pub(super) fn registered(
    conn: &mut PgConnection,
    _: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let found = live(conn, context)?;
    let Some(registry) = context.source.get() else {
        let secured = found.values().filter(|table| table.enabled).count();
        return Ok(Verdict::Remark(Trouble::new(
            format!(
                "no registry was given, so it cannot be told whose rows the {} tables hold; {secured} of them \
                 have row-level security",
                found.len()
            ),
            [
                "tenancy registry --output tenancy.json        # with the application's own program",
                "tenancy --registry tenancy.json doctor",
            ],
        )));
    };
    let mut missing = Vec::new();
    for table in registry.tables {
        match found.get(&key(table)) {
            None => missing.push(shown(table)),
            Some(live) => missing.extend(
                table
                    .columns
                    .iter()
                    .filter(|column| live.columns.iter().all(|name| name != column.name))
                    .map(|column| format!("{}.{}", shown(table), column.name)),
            ),
        }
    }
    if !missing.is_empty() {
        return Ok(Verdict::Broken(Trouble::new(
            format!("the database does not have {}", some(&missing)),
            [
                "diesel migration run        # or, where the schema file is old:",
                "diesel print-schema > src/schema/generated.rs",
            ],
        )));
    }
    let unknown = unknown(registry, &found);
    if !unknown.is_empty() {
        return Ok(Verdict::Remark(Trouble::new(
            format!(
                "{} have a tenant column, and the program does not know them",
                some(&unknown)
            ),
            [
                "diesel print-schema > src/schema/generated.rs        # then say in tenant_schema! whose rows they hold",
            ],
        )));
    }
    Ok(Verdict::Good(format!(
        "all {} tables of the registry are there, with their columns",
        registry.tables.len()
    )))
}

/// The tables with a tenant's column that the registry does not have.
fn unknown(registry: &Registry, found: &Found) -> Vec<String> {
    let columns: BTreeSet<&str> = registry
        .tables
        .iter()
        .filter_map(|table| match table.class {
            Class::Tenant { column } => Some(column),
            _ => None,
        })
        .collect();
    let known: BTreeSet<(String, String)> = registry.tables.iter().map(key).collect();
    let mut unknown: Vec<String> = found
        .iter()
        .filter(|(key, _)| !known.contains(key))
        .filter(|(_, live)| {
            live.columns
                .iter()
                .any(|name| columns.contains(name.as_str()))
        })
        .map(|((schema, name), _)| format!("{schema}.{name}"))
        .collect();
    unknown.sort_unstable();
    unknown
}

pub(super) fn policies(
    conn: &mut PgConnection,
    _: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let Some(registry) = context.source.get() else {
        return Ok(Verdict::Skipped("no registry was given".to_owned()));
    };
    let found = live(conn, context)?;
    let mut without = Vec::new();
    let mut mend = Vec::new();
    let mut unreadable = Vec::new();
    let mut count = 0;
    for table in registry
        .tables
        .iter()
        .filter(|table| table.class.is_scoped())
    {
        let Some(live) = found.get(&key(table)) else {
            continue;
        };
        count += 1;
        // One for all commands, or one for each.
        let has = |name: &str| live.policies.iter().any(|policy| policy.starts_with(name));
        if !has("tenancy_scope") || !has("tenancy_guard") {
            without.push(format!("{} has no policies of ours", shown(table)));
            continue;
        }
        let name = format!(
            "{}.{}",
            quote_identifier(&live.schema),
            quote_identifier(&live.name)
        );
        for (is, word) in [(live.enabled, "ENABLE"), (live.forced, "FORCE")] {
            if !is {
                without.push(format!("{}: not {word}d", shown(table)).to_lowercase());
                mend.push(format!("ALTER TABLE {name} {word} ROW LEVEL SECURITY;"));
            }
        }
        if !live.readable {
            unreadable.push(shown(table));
        }
    }
    if without.iter().any(|text| text.ends_with("of ours")) {
        mend.push(format!(
            "tenancy policies write --directory migrations --app-role {}",
            context.app_role
        ));
        mend.push("diesel migration run".to_owned());
    }
    if !without.is_empty() {
        return Ok(Verdict::Broken(Trouble::new(
            format!(
                "row-level security is not complete for {}: {}",
                context.app_role,
                some(&without)
            ),
            mend,
        )));
    }
    if !unreadable.is_empty() {
        let mend = unreadable.iter().map(|table| {
            format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {};",
                quote_identifier(&context.app_role)
            )
        });
        return Ok(Verdict::Broken(Trouble::new(
            format!("{} may not read {}", context.app_role, some(&unreadable)),
            mend.collect::<Vec<_>>(),
        )));
    }
    Ok(Verdict::Good(format!(
        "enabled and forced on all {count} scoped tables, with ours for {}",
        context.app_role
    )))
}
