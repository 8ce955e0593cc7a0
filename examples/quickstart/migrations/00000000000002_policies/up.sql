-- Row-level security for the tables of the tenants. Run it as their owner.

-- Refuses to start where down.sql could not put back what was there.
DO $tenancy$
DECLARE
    roles CONSTANT text[] := ARRAY['quickstart_app']::text[];
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
        ('"attachments"'::pg_catalog.regclass, NULL, true, '"comments"'::pg_catalog.regclass, 'id'),
        ('"comments"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL),
        ('"countries"'::pg_catalog.regclass, NULL, false, NULL::pg_catalog.regclass, NULL),
        ('"integrations"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL),
        ('"members"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL),
        ('"organisations"'::pg_catalog.regclass, 'id', true, NULL::pg_catalog.regclass, NULL),
        ('"projects"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL),
        ('"tasks"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL)
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

-- attachments: owned by comments, through comment_id
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "attachments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "attachments";
CREATE POLICY "tenancy_scope" ON "attachments" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)));
DROP POLICY IF EXISTS "tenancy_guard" ON "attachments";
CREATE POLICY "tenancy_guard" ON "attachments" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)));
DROP POLICY IF EXISTS "tenancy_admin" ON "attachments";
REVOKE ALL ON "attachments" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "attachments" TO "quickstart_app";
-- On a large table, create this index CONCURRENTLY beforehand, under this name.
CREATE INDEX IF NOT EXISTS "tenancy_attachments_owner_idx" ON "attachments" ("comment_id");

-- comments: rows of the tenant in tenant_id
ALTER TABLE "comments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "comments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
CREATE POLICY "tenancy_scope" ON "comments" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
CREATE POLICY "tenancy_guard" ON "comments" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
REVOKE ALL ON "comments" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "comments" TO "quickstart_app";

-- countries: shared, read only
REVOKE ALL ON "countries" FROM PUBLIC, "quickstart_app";
GRANT SELECT ON "countries" TO "quickstart_app";

-- integrations: rows of the tenant in tenant_id
ALTER TABLE "integrations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "integrations" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "integrations";
CREATE POLICY "tenancy_scope" ON "integrations" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "integrations";
CREATE POLICY "tenancy_guard" ON "integrations" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "integrations";
REVOKE ALL ON "integrations" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "integrations" TO "quickstart_app";

-- members: rows of the tenant in tenant_id
ALTER TABLE "members" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "members" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "members";
CREATE POLICY "tenancy_scope" ON "members" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "members";
CREATE POLICY "tenancy_guard" ON "members" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "members";
REVOKE ALL ON "members" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "members" TO "quickstart_app";

-- organisations: a tenant's own row, by id
ALTER TABLE "organisations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "organisations" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "organisations";
CREATE POLICY "tenancy_scope" ON "organisations" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "organisations";
CREATE POLICY "tenancy_guard" ON "organisations" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "organisations";
REVOKE ALL ON "organisations" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "organisations" TO "quickstart_app";

-- projects: rows of the tenant in tenant_id
ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "projects" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "projects";
CREATE POLICY "tenancy_scope" ON "projects" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "projects";
CREATE POLICY "tenancy_guard" ON "projects" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "projects";
REVOKE ALL ON "projects" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "projects" TO "quickstart_app";

-- tasks: rows of the tenant in tenant_id
ALTER TABLE "tasks" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tasks" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "tasks";
CREATE POLICY "tenancy_scope" ON "tasks" AS PERMISSIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "tasks";
CREATE POLICY "tenancy_guard" ON "tasks" AS RESTRICTIVE FOR ALL TO "quickstart_app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "tasks";
REVOKE ALL ON "tasks" FROM PUBLIC, "quickstart_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "tasks" TO "quickstart_app";

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
                '"attachments"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass,
                '"integrations"'::pg_catalog.regclass,
                '"members"'::pg_catalog.regclass,
                '"organisations"'::pg_catalog.regclass,
                '"projects"'::pg_catalog.regclass,
                '"tasks"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO %I', sequence, 'quickstart_app');
    END LOOP;
END
$tenancy$;
