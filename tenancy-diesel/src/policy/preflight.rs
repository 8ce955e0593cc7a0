//! What `up.sql` refuses.
//!
//! `down.sql` has to put back what was there before, and nothing remembers what that was. So
//! `up.sql` starts only from a state that `down.sql` can tell: no privileges, no policies, and no
//! constraint to be added to a column without being asked for. A table that has our policies already
//! was in that state once.
//!
//! It also refuses what the registry says and the database does not have, columns by which policies
//! would not tell two tenants apart, and default privileges that open every later table.

use tenancy_core::{Class, Registry, Table, quote_literal};

use super::PolicyOptions;
use super::columns::{Index, default_column, not_null_column, tenant_column};
use super::name::{comment, do_block, in_schema_of, regclass, text_array};
use super::predicate::SCOPE;

pub(super) fn up(options: &PolicyOptions, registry: &Registry, tables: &[&Table]) -> String {
    let declared: Vec<String> = tables
        .iter()
        .filter_map(|table| declared(options, registry, table))
        .collect();
    if declared.is_empty() {
        return String::new();
    }
    let code = format!(
        "{}{}\n{}\n{}{}{}",
        declarations(&options.granted_roles()),
        sealing(options),
        tables_as_they_are(&declared.join(",\n        ")),
        FINDINGS,
        other_default(options, registry, tables),
        END,
    );
    comment("Refuses to start from what does not fit, or what down.sql could not put back.")
        + &do_block(&code)
}

/// A row of the list of tables: the table, its tenant column, whether it is scoped, the table and the
/// column by which its rows are owned, the columns it must have, whether a nullable tenant column is
/// in order, whether its tenant column gets a default, and the index that it gets.
fn declared(options: &PolicyOptions, registry: &Registry, table: &Table) -> Option<String> {
    let scoped = match table.class {
        Class::Shared => false,
        class if class.is_scoped() => true,
        _ => return None,
    };
    let nothing = || "NULL".to_owned();
    let column = tenant_column(table).map_or_else(nothing, quote_literal);
    let (owner, key) = match table.class {
        Class::Via {
            owner, owner_key, ..
        } => (
            registry.table(owner).map(regclass),
            quote_literal(owner_key),
        ),
        _ => (None, nothing()),
    };
    let owner = owner.unwrap_or_else(|| "NULL::pg_catalog.regclass".to_owned());
    let index = Index::of(options, table).map_or_else(nothing, |index| {
        quote_literal(&in_schema_of(table, &index.name))
    });
    Some(format!(
        "({}, {column}, {scoped}, {owner}, {key},
            {}, {}, {}, {index})",
        regclass(table),
        text_array(&needed_columns(table)),
        not_null_column(options, table).is_some(),
        default_column(options, table).is_some(),
    ))
}

fn needed_columns(table: &Table) -> Vec<&'static str> {
    if !table.class.is_scoped() {
        return Vec::new();
    }
    let mut columns: Vec<&str> = tenant_column(table).into_iter().collect();
    if let Class::Via { column, .. } = table.class {
        columns.push(column);
    }
    for &key in table.primary_key {
        if !columns.contains(&key) {
            columns.push(key);
        }
    }
    columns
}

fn declarations(roles: &[&str]) -> String {
    format!(
        "DECLARE
    roles CONSTANT text[] := {};
    problems text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO problems
    FROM pg_catalog.unnest(roles) AS role
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles do not exist: %', problems
            USING HINT = 'The script of bootstrap_sql creates them.';
    END IF;
",
        text_array(roles)
    )
}

/// Sealed policies without their function, a key or the privilege to call it would show no rows to anybody.
fn sealing(options: &PolicyOptions) -> String {
    if !options.sealed {
        return String::new();
    }
    format!(
        "
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tenancy' AND p.proname = 'sealed_tenant'
    ) THEN
        RAISE EXCEPTION 'tenancy: the function tenancy.sealed_tenant is missing'
            USING HINT = 'Run the migrations of the library before: tenancy_migrations::run.';
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO problems
    FROM pg_catalog.unnest({}) AS role, pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = 'tenancy' AND p.proname = 'sealed_tenant'
        AND NOT (pg_catalog.has_schema_privilege(role::name, n.oid, 'USAGE')
            AND pg_catalog.has_function_privilege(role::name, p.oid, 'EXECUTE'));
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles may not have a sealed tenant verified: %', problems
            USING HINT = 'tenancy_migrations::grant_sealed grants it.';
    END IF;
    -- Who does not own the keys cannot look.
    IF EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tenancy' AND c.relname = 'sealing_keys'
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
    ) THEN
        IF NOT EXISTS (SELECT FROM tenancy.sealing_keys WHERE retired_at IS NULL) THEN
            RAISE EXCEPTION 'tenancy: there is no key by which sealed tenants could be verified'
                USING HINT = 'tenancy_migrations::create_sealing_key creates one.';
        END IF;
    END IF;
",
        text_array(&options.scoped_roles())
    )
}

/// Partitions and inheritance children are in the same state as their parent, or it cannot be told.
fn tables_as_they_are(declared: &str) -> String {
    format!(
        "    WITH RECURSIVE declared (
        relation, tenant_column, scoped, owner, owner_key, columns, nullable, filled, index
    ) AS (
        VALUES
        {declared}
    ),
    tree (relation, declared) AS (
        SELECT relation::oid, relation FROM declared
        UNION
        SELECT i.inhrelid, tree.declared
        FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        WHERE i.inhrelid NOT IN (SELECT relation FROM declared)
    ),
    tables AS (
        SELECT
            tree.relation::pg_catalog.regclass AS relation, d.tenant_column, d.scoped,
            d.owner, d.owner_key, d.columns, d.nullable, d.filled, d.index,
            d.relation = tree.relation AS is_declared,
            c.relowner, c.relacl, c.relkind, c.relnamespace,
            c.relrowsecurity OR EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid
            ) AS secured,
            EXISTS (
                SELECT FROM pg_catalog.pg_policy
                WHERE polrelid = c.oid AND polname IN ({}, {})
            ) AS known
        FROM tree
        JOIN declared AS d ON d.relation = tree.declared
        JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
        WHERE d.scoped OR d.relation = tree.relation
    ),",
        quote_literal(SCOPE),
        quote_literal(&format!("{SCOPE}_select")),
    )
}

/// SELECT on a shared table is let through: it may be what an earlier run granted.
const FINDINGS: &str = "    granted (relation, object, grantee) AS (
        SELECT t.relation, t.relation::text, a.grantee
        FROM tables AS t, pg_catalog.aclexplode(t.relacl) AS a
        WHERE NOT t.known AND (t.scoped OR a.grantee = 0 OR a.privilege_type <> 'SELECT')
        UNION
        SELECT t.relation, t.relation::text, a.grantee
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation,
            pg_catalog.aclexplode(c.attacl) AS a
        WHERE NOT t.known
        UNION
        SELECT t.relation, 'SEQUENCE ' || s.oid::pg_catalog.regclass::text, a.grantee
        FROM tables AS t
        JOIN pg_catalog.pg_depend AS d ON d.refobjid = t.relation AND d.deptype = 'a'
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S',
            pg_catalog.aclexplode(s.relacl) AS a
        WHERE NOT t.known
    ),
    findings (relation, finding) AS (
        SELECT t.relation, 'it is not a table'
        FROM tables AS t
        WHERE is_declared AND relkind NOT IN ('r', 'p')
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'the registry names the column %I, which it does not have', col)
        FROM tables AS t, pg_catalog.unnest(t.columns) AS col
        WHERE is_declared AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = t.relation AND a.attname = col AND NOT a.attisdropped
        )
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'the registry names the column %I of %s, which that does not have', t.owner_key, t.owner)
        FROM tables AS t
        WHERE is_declared AND t.owner IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = t.owner AND a.attname = t.owner_key AND NOT a.attisdropped
        )
        UNION ALL
        SELECT t.relation, 'its own policy has an alias of this name: rename it'
        FROM tables AS t
        JOIN pg_catalog.pg_class AS c ON c.oid = t.relation
        WHERE t.owner IS NOT NULL AND pg_catalog.starts_with(c.relname::text, 'tenancy_owner_')
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'the build of an index has failed: DROP INDEX CONCURRENTLY %s, and create it again', t.index)
        FROM tables AS t
        JOIN pg_catalog.pg_index AS i ON i.indexrelid = pg_catalog.to_regclass(t.index)
        WHERE is_declared AND NOT i.indisvalid
        UNION ALL
        (SELECT DISTINCT ON (t.relowner, d.defaclnamespace) t.relation, pg_catalog.format(
            'tables that %I creates later would be open to all tenants: '
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON TABLES FROM %s',
            pg_catalog.pg_get_userbyid(t.relowner), pg_catalog.pg_get_userbyid(t.relowner),
            (SELECT pg_catalog.format(' IN SCHEMA %I', nspname) FROM pg_catalog.pg_namespace
             WHERE oid = d.defaclnamespace),
            opened.roles)
        FROM tables AS t
        JOIN pg_catalog.pg_default_acl AS d ON d.defaclrole = t.relowner
            AND d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, t.relnamespace),
        LATERAL (
            SELECT pg_catalog.string_agg(DISTINCT CASE grantee
                WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END, ', ')
            FROM pg_catalog.aclexplode(d.defaclacl)
            WHERE grantee = 0 OR pg_catalog.pg_get_userbyid(grantee) = ANY (roles)
        ) AS opened (roles)
        WHERE t.scoped AND opened.roles IS NOT NULL
        ORDER BY t.relowner, d.defaclnamespace, t.relation::text)
        UNION ALL
        SELECT relation, pg_catalog.format(
            '%I owns it, can become its owner, or is a superuser: let another role own it', role)
        FROM tables, pg_catalog.unnest(roles) AS role
        WHERE pg_catalog.pg_has_role(role::name, relowner, 'MEMBER')
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'rows without a tenant are possible: ALTER TABLE %s ALTER COLUMN %I SET NOT NULL',
            t.relation, t.tenant_column)
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation AND c.attname = t.tenant_column
        WHERE NOT c.attnotnull AND NOT t.nullable
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'ids of two tenants can be equal, because the collation of %I is not deterministic: '
            'ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE \"C\"',
            t.tenant_column, t.relation, t.tenant_column,
            pg_catalog.format_type(c.atttypid, c.atttypmod))
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation AND c.attname = t.tenant_column
        JOIN pg_catalog.pg_collation AS l ON l.oid = c.attcollation
        WHERE NOT l.collisdeterministic
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'two tenants could own a row, because %I of %s is not unique: ALTER TABLE %s ADD UNIQUE (%I)',
            t.owner_key, t.owner, t.owner, t.owner_key)
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS k ON k.attrelid = t.owner AND k.attname = t.owner_key
        WHERE is_declared AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = t.owner AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = k.attnum
        )
        UNION ALL
        SELECT relation, 'it has row-level security of another origin: drop its policies and disable it'
        FROM tables
        WHERE scoped AND secured AND NOT known
        UNION ALL
        SELECT relation, pg_catalog.format(
            'there are privileges already: REVOKE ALL ON %s FROM %s', object,
            pg_catalog.string_agg(grantee_name, ', ' ORDER BY grantee_name))
        FROM granted, LATERAL (
            SELECT 'PUBLIC' WHERE grantee = 0
            UNION ALL
            SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles
            WHERE oid = grantee AND rolname = ANY (roles)
        ) AS named (grantee_name)
        GROUP BY relation, object
";

const END: &str = "    )
    SELECT pg_catalog.string_agg(
        pg_catalog.format('%s: %s', relation, finding), E'\\n' ORDER BY relation::text, finding
    ) INTO problems
    FROM findings;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION E'tenancy: up.sql does not start from what is there:\\n%', problems
            USING HINT = 'Settle it at the beginning of this migration, or in one before.';
    END IF;
END
";

/// Only where the options ask for a default: another one would be lost.
fn other_default(options: &PolicyOptions, registry: &Registry, tables: &[&Table]) -> String {
    if tables
        .iter()
        .all(|table| default_column(options, table).is_none())
    {
        return String::new();
    }
    // Also the other form, which is replaced.
    let reads = |function: &str| {
        quote_literal(&format!(
            "{function}({}::text",
            quote_literal(registry.variable)
        ))
    };
    format!(
        "        UNION ALL
        SELECT t.relation, pg_catalog.format(
            '%I has another default: ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT',
            t.tenant_column, t.relation, t.tenant_column)
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation AND c.attname = t.tenant_column
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
        WHERE t.filled AND c.atthasdef AND pg_catalog.strpos(
            pg_catalog.pg_get_expr(d.adbin, d.adrelid), {}) = 0 AND pg_catalog.strpos(
            pg_catalog.pg_get_expr(d.adbin, d.adrelid), {}) = 0
",
        reads("current_setting"),
        reads("sealed_tenant"),
    )
}
