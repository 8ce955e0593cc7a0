//! What `up.sql` refuses.
//!
//! `down.sql` has to put back what was there before, and nothing remembers what that was. So
//! `up.sql` starts only from a state that `down.sql` can tell: no privileges, no policies, and no
//! constraint to be added to a column. A table that has our policies already was in that state once.
//!
//! It also refuses columns by which policies would not tell two tenants apart.

use tenancy_core::{Class, Registry, Table, quote_literal};

use super::PolicyOptions;
use super::name::{comment, do_block, regclass, text_array};
use super::predicate::SCOPE;
use super::table::tenant_column;

pub(super) fn up(options: &PolicyOptions, registry: &Registry, tables: &[&Table]) -> String {
    let declared: Vec<String> = tables
        .iter()
        .filter_map(|table| declared(registry, table))
        .collect();
    if declared.is_empty() {
        return String::new();
    }
    let code = format!(
        "{}{}\n{}\n{}",
        declarations(&options.granted_roles()),
        sealing(options),
        tables_as_they_are(&declared.join(",\n        ")),
        FINDINGS
    );
    comment("Refuses to start where down.sql could not put back what was there.") + &do_block(&code)
}

/// A row of the list of tables: the table, its tenant column, whether it is scoped, and the table and the
/// column by which its rows are owned.
fn declared(registry: &Registry, table: &Table) -> Option<String> {
    let scoped = match table.class {
        Class::Shared => false,
        class if class.is_scoped() => true,
        _ => return None,
    };
    let column = tenant_column(table).map_or("NULL".to_owned(), quote_literal);
    let (owner, key) = match table.class {
        Class::Via {
            owner, owner_key, ..
        } => (
            registry.table(owner).map(regclass),
            quote_literal(owner_key),
        ),
        _ => (None, "NULL".to_owned()),
    };
    let owner = owner.unwrap_or_else(|| "NULL::pg_catalog.regclass".to_owned());
    Some(format!(
        "({}, {column}, {scoped}, {owner}, {key})",
        regclass(table)
    ))
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

fn tables_as_they_are(declared: &str) -> String {
    format!(
        "    WITH declared (relation, tenant_column, scoped, owner, owner_key) AS (
        VALUES
        {declared}
    ),
    tables AS (
        SELECT
            d.relation, d.tenant_column, d.scoped, d.owner, d.owner_key, c.relowner, c.relacl,
            c.relrowsecurity OR EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid
            ) AS secured,
            EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid AND polname = {}
            ) AS known
        FROM declared AS d
        JOIN pg_catalog.pg_class AS c ON c.oid = d.relation
    ),",
        quote_literal(SCOPE)
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
        WHERE NOT c.attnotnull
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
        WHERE NOT EXISTS (
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
    )
    SELECT pg_catalog.string_agg(
        pg_catalog.format('%s: %s', relation, finding), E'\\n' ORDER BY relation::text, finding
    ) INTO problems
    FROM findings;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION E'tenancy: down.sql could not put back what is there:\\n%', problems
            USING HINT = 'Settle it at the beginning of this migration, or in one before.';
    END IF;
END
";
