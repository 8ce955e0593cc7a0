//! Partitions and inheritance children.
//!
//! A statement that names the parent is judged by the parent's policies alone, and one that names a
//! child by the child's, of which it has none of itself. So every child that exists gets the
//! tenant's policies, and the roles lose their privileges on it: they reach its rows through the
//! parent. The registry does not know the children, so the database is asked when the text runs.

use tenancy_core::{Registry, Table, quote_identifier, quote_literal};

use super::PolicyOptions;
use super::command::{TenantPolicy, policy_names};
use super::name::{comment, do_block, list, qualified, text_array};
use super::predicate::condition_of_row;

pub(super) fn up(options: &PolicyOptions, registry: &Registry, tables: &[&Table]) -> String {
    let marker = marker(options, registry, tables);
    let parents: Vec<String> = scoped(tables)
        .map(|table| {
            let condition = condition_of_row(registry, table, &marker, options);
            format!(
                "({}, {})",
                quote_literal(&qualified(table)),
                quote_literal(&condition)
            )
        })
        .collect();
    if parents.is_empty() {
        return String::new();
    }
    let policies: Vec<String> = TenantPolicy::wanted(options)
        .iter()
        .map(|policy| {
            format!(
                "({}, {}, {}, {}, {})",
                quote_literal(&policy.name),
                quote_literal(policy.kind()),
                quote_literal(policy.command.keyword()),
                policy.command.has_using(),
                policy.command.has_check(),
            )
        })
        .collect();
    let body = format!(
        "        EXECUTE pg_catalog.format(
            'REVOKE ALL ON %s FROM PUBLIC, %s', child.relation, granted);
        -- A foreign table cannot have policies. Without privileges it is reached through the parent.
        CONTINUE WHEN child.relkind = 'f';
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', child.relation);
        EXECUTE pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', child.relation);
        FOREACH name IN ARRAY names LOOP
            EXECUTE pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', name, child.relation);
        END LOOP;
        condition := pg_catalog.replace(child.condition, {}, pg_catalog.quote_ident(child.relname));
        FOR policy IN
            SELECT * FROM (VALUES
                {}
            ) AS v (name, kind, command, has_using, has_check)
        LOOP
            EXECUTE pg_catalog.format(
                'CREATE POLICY %I ON %s AS %s FOR %s TO %s',
                policy.name, child.relation, policy.kind, policy.command, scoped
            ) || CASE WHEN policy.has_using THEN ' USING (' || condition || ')' ELSE '' END
            || CASE WHEN policy.has_check THEN ' WITH CHECK (' || condition || ')' ELSE '' END;
        END LOOP;
",
        quote_literal(&quote_identifier(&marker)),
        policies.join(",\n                "),
    );
    let code = format!(
        "DECLARE
    granted CONSTANT text := {};
    scoped CONSTANT text := {};
{NAMES}    condition text;
    child record;
    policy record;
BEGIN
{}{body}    END LOOP;
END
",
        quote_literal(&list(&options.granted_roles())),
        quote_literal(&list(&options.scoped_roles())),
        children(registry, &parents),
        NAMES = names(),
    );
    comment(
        "Partitions and inheritance children have no policies of themselves. They get the same, and no",
    ) + &comment("privileges: their rows are reached through the parent.")
        + &do_block(&code)
}

pub(super) fn down(registry: &Registry, tables: &[&Table]) -> String {
    let parents: Vec<String> = scoped(tables)
        .map(|table| format!("({}, '')", quote_literal(&qualified(table))))
        .collect();
    if parents.is_empty() {
        return String::new();
    }
    let code = format!(
        "DECLARE
{}    child record;
BEGIN
{}        -- One that has come since, with policies of its own, keeps what it has.
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = child.relation AND polname = ANY (names)
        );
        FOREACH name IN ARRAY names LOOP
            EXECUTE pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', name, child.relation);
        END LOOP;
        EXECUTE pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', child.relation);
        EXECUTE pg_catalog.format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', child.relation);
    END LOOP;
END
",
        names(),
        children(registry, &parents),
    );
    comment("Partitions and inheritance children") + &do_block(&code)
}

fn scoped<'a>(tables: &'a [&'a Table]) -> impl Iterator<Item = &'a Table> {
    tables
        .iter()
        .copied()
        .filter(|table| table.class.is_scoped())
}

fn names() -> String {
    let names = policy_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!(
        "    names CONSTANT text[] := {};\n    name text;\n",
        text_array(&names)
    )
}

/// The beginning of a loop over all descendants. Those that the registry has as tables of their own
/// have statements of their own.
fn children(registry: &Registry, parents: &[String]) -> String {
    let declared: Vec<String> = registry.tables.iter().map(qualified).collect();
    let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
    format!(
        "    FOR child IN
        WITH RECURSIVE tree (relation, condition) AS (
            SELECT parent::pg_catalog.regclass::oid, v.condition
            FROM (VALUES
                {}
            ) AS v (parent, condition)
            UNION
            SELECT i.inhrelid, tree.condition
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT c.oid::pg_catalog.regclass AS relation, c.relname, c.relkind, tree.condition
        FROM tree
        JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
        WHERE c.oid NOT IN (
            SELECT pg_catalog.to_regclass(declared)::oid
            FROM pg_catalog.unnest({}) AS declared
            WHERE pg_catalog.to_regclass(declared) IS NOT NULL
        )
        ORDER BY c.oid::pg_catalog.regclass::text
    LOOP
",
        parents.join(",\n                "),
        text_array(&declared),
    )
}

/// A name for the row that no condition has otherwise, since the name of the child is put for it.
fn marker(options: &PolicyOptions, registry: &Registry, tables: &[&Table]) -> String {
    let mut marker = "tenancy_child".to_owned();
    let plain: Vec<String> = scoped(tables)
        .map(|table| condition_of_row(registry, table, "", options))
        .collect();
    while plain
        .iter()
        .any(|text| text.contains(&quote_identifier(&marker)))
    {
        marker.push('_');
    }
    marker
}
