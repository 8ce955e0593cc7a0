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

    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tenancy' AND p.proname = 'sealed_tenant'
    ) THEN
        RAISE EXCEPTION 'tenancy: the function tenancy.sealed_tenant is missing'
            USING HINT = 'Run the migrations of the library before: tenancy_migrations::run.';
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO problems
    FROM pg_catalog.unnest(ARRAY['shop_app', 'tenancy_eraser']::text[]) AS role, pg_catalog.pg_proc AS p
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

    WITH declared (relation, tenant_column, scoped, owner, owner_key) AS (
        VALUES
        ('"projects"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL),
        ('"comments"'::pg_catalog.regclass, NULL, true, '"tasks"'::pg_catalog.regclass, 'id')
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
    USING ("tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid))
    WITH CHECK ("tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "projects";
CREATE POLICY "tenancy_guard" ON "projects" AS RESTRICTIVE FOR ALL TO "shop_app", "tenancy_eraser"
    USING ("tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid))
    WITH CHECK ("tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "projects";
CREATE POLICY "tenancy_admin" ON "projects" AS PERMISSIVE FOR SELECT TO "tenancy_admin" USING (true);
REVOKE ALL ON "projects" FROM PUBLIC, "shop_app", "tenancy_admin", "tenancy_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "projects" TO "shop_app";
GRANT SELECT ON "projects" TO "tenancy_admin";
GRANT SELECT, DELETE ON "projects" TO "tenancy_eraser";

-- comments: owned by tasks, through task_id
ALTER TABLE "comments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "comments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
CREATE POLICY "tenancy_scope" ON "comments" AS PERMISSIVE FOR ALL TO "shop_app", "tenancy_eraser"
    USING (EXISTS (SELECT 1 FROM "tasks" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "comments"."task_id" AND "tenancy_owner_0"."tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "tasks" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "comments"."task_id" AND "tenancy_owner_0"."tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid)));
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
CREATE POLICY "tenancy_guard" ON "comments" AS RESTRICTIVE FOR ALL TO "shop_app", "tenancy_eraser"
    USING (EXISTS (SELECT 1 FROM "tasks" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "comments"."task_id" AND "tenancy_owner_0"."tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "tasks" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "comments"."task_id" AND "tenancy_owner_0"."tenant_id" = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid)));
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
CREATE POLICY "tenancy_admin" ON "comments" AS PERMISSIVE FOR SELECT TO "tenancy_admin" USING (true);
REVOKE ALL ON "comments" FROM PUBLIC, "shop_app", "tenancy_admin", "tenancy_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "comments" TO "shop_app";
GRANT SELECT ON "comments" TO "tenancy_admin";
GRANT SELECT, DELETE ON "comments" TO "tenancy_eraser";
-- On a large table, create this index CONCURRENTLY beforehand, under this name.
CREATE INDEX IF NOT EXISTS "tenancy_comments_owner_idx" ON "comments" ("task_id");

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
                '"projects"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO %I', sequence, 'shop_app');
    END LOOP;
END
$tenancy$;
