-- Row-level security for the tables of the tenants. Run it as their owner.

-- Refuses to start where down.sql could not put back what was there.
DO $tenancy$
DECLARE
    roles CONSTANT text[] := ARRAY['shop_app', 'tenancy_admin', 'tenancy_eraser']::text[];
    problems text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO problems
    FROM pg_catalog.unnest(roles) AS role
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles do not exist: %', problems
            USING HINT = 'The script of bootstrap_sql creates them.';
    END IF;

    WITH declared (relation, tenant_column, scoped, owner, owner_key) AS (
        VALUES
        ('"projects"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL),
        ('"countries"'::pg_catalog.regclass, NULL, false, NULL::pg_catalog.regclass, NULL)
    ),
    tables AS (
        SELECT
            d.relation, d.tenant_column, d.scoped, d.owner, d.owner_key, c.relowner, c.relacl,
            c.relrowsecurity OR EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid
            ) AS secured,
            EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid AND polname = 'tenancy_scope'
            ) AS known
        FROM declared AS d
        JOIN pg_catalog.pg_class AS c ON c.oid = d.relation
    ),
    granted (relation, object, grantee) AS (
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
            'ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C"',
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
        pg_catalog.format('%s: %s', relation, finding), E'\n' ORDER BY relation::text, finding
    ) INTO problems
    FROM findings;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION E'tenancy: down.sql could not put back what is there:\n%', problems
            USING HINT = 'Settle it at the beginning of this migration, or in one before.';
    END IF;
END
$tenancy$;

-- projects: rows of the tenant in tenant_id
ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "projects" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "projects";
CREATE POLICY "tenancy_scope" ON "projects" AS PERMISSIVE FOR ALL TO "shop_app", "tenancy_eraser"
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id')::uuid))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "projects";
CREATE POLICY "tenancy_guard" ON "projects" AS RESTRICTIVE FOR ALL TO "shop_app", "tenancy_eraser"
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id')::uuid))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "projects";
CREATE POLICY "tenancy_admin" ON "projects" AS PERMISSIVE FOR SELECT TO "tenancy_admin" USING (true);
REVOKE ALL ON "projects" FROM PUBLIC, "shop_app", "tenancy_admin", "tenancy_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "projects" TO "shop_app";
GRANT SELECT ON "projects" TO "tenancy_admin";
GRANT SELECT, DELETE ON "projects" TO "tenancy_eraser";

-- countries: shared, read only
REVOKE ALL ON "countries" FROM PUBLIC, "shop_app", "tenancy_admin", "tenancy_eraser";
GRANT SELECT ON "countries" TO "shop_app", "tenancy_admin", "tenancy_eraser";

-- Sequences of serial columns
DO $tenancy$
DECLARE
    sequence pg_catalog.regclass;
BEGIN
    FOR sequence IN
        SELECT s.oid::pg_catalog.regclass
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.deptype = 'a'
            AND d.refobjid IN (
                '"projects"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO %I', sequence, 'shop_app');
    END LOOP;
END
$tenancy$;
