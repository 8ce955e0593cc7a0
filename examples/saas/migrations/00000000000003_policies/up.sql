-- Row-level security for the tables of the tenants. Run it as their owner.

-- Refuses to start from what does not fit, or what down.sql could not put back.
DO $tenancy$
DECLARE
    roles CONSTANT text[] := ARRAY['saas_app', 'saas_eraser']::text[];
    problems text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO problems
    FROM pg_catalog.unnest(roles) AS role
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles do not exist: %', problems
            USING HINT = 'The script of bootstrap_sql creates them.';
    END IF;

    WITH RECURSIVE declared (
        relation, tenant_column, scoped, owner, owner_key, columns, nullable, filled, index
    ) AS (
        VALUES
        ('"activity"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"api_tokens"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"attachments"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"comments"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"invitations"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"members"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"organisations"'::pg_catalog.regclass, 'id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['id']::text[], false, false, NULL),
        ('"projects"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"reports"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL),
        ('"tasks"'::pg_catalog.regclass, 'tenant_id', true, NULL::pg_catalog.regclass, NULL,
            ARRAY['tenant_id', 'id']::text[], false, false, NULL)
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
                WHERE polrelid = c.oid AND polname IN ('tenancy_scope', 'tenancy_scope_select')
            ) AS known
        FROM tree
        JOIN declared AS d ON d.relation = tree.declared
        JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
        WHERE d.scoped OR d.relation = tree.relation
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
    )
    SELECT pg_catalog.string_agg(
        pg_catalog.format('%s: %s', relation, finding), E'\n' ORDER BY relation::text, finding
    ) INTO problems
    FROM findings;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION E'tenancy: up.sql does not start from what is there:\n%', problems
            USING HINT = 'Settle it at the beginning of this migration, or in one before.';
    END IF;
END
$tenancy$;

-- Policies of the other form, FOR ALL or one for each command, that an earlier run left
DO $tenancy$
DECLARE
    policy record;
BEGIN
    FOR policy IN
        SELECT polname, polrelid::pg_catalog.regclass AS relation
        FROM pg_catalog.pg_policy
        WHERE polname = ANY (ARRAY['tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete']::text[])
            AND polrelid IN (
                '"activity"'::pg_catalog.regclass,
                '"api_tokens"'::pg_catalog.regclass,
                '"attachments"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass,
                '"invitations"'::pg_catalog.regclass,
                '"members"'::pg_catalog.regclass,
                '"organisations"'::pg_catalog.regclass,
                '"projects"'::pg_catalog.regclass,
                '"reports"'::pg_catalog.regclass,
                '"tasks"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('DROP POLICY %I ON %s', policy.polname, policy.relation);
    END LOOP;
END
$tenancy$;

-- activity: rows of the tenant in tenant_id
ALTER TABLE "activity" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "activity" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "activity";
CREATE POLICY "tenancy_scope" ON "activity" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "activity";
CREATE POLICY "tenancy_guard" ON "activity" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "activity";
REVOKE ALL ON "activity" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "activity" TO "saas_app";
GRANT SELECT, DELETE ON "activity" TO "saas_eraser";

-- api_tokens: rows of the tenant in tenant_id
ALTER TABLE "api_tokens" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "api_tokens" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "api_tokens";
CREATE POLICY "tenancy_scope" ON "api_tokens" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "api_tokens";
CREATE POLICY "tenancy_guard" ON "api_tokens" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "api_tokens";
REVOKE ALL ON "api_tokens" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "api_tokens" TO "saas_app";
GRANT SELECT, DELETE ON "api_tokens" TO "saas_eraser";

-- attachments: rows of the tenant in tenant_id
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "attachments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "attachments";
CREATE POLICY "tenancy_scope" ON "attachments" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "attachments";
CREATE POLICY "tenancy_guard" ON "attachments" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "attachments";
REVOKE ALL ON "attachments" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "attachments" TO "saas_app";
GRANT SELECT, DELETE ON "attachments" TO "saas_eraser";

-- comments: rows of the tenant in tenant_id
ALTER TABLE "comments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "comments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
CREATE POLICY "tenancy_scope" ON "comments" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
CREATE POLICY "tenancy_guard" ON "comments" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
REVOKE ALL ON "comments" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "comments" TO "saas_app";
GRANT SELECT, DELETE ON "comments" TO "saas_eraser";

-- invitations: rows of the tenant in tenant_id
ALTER TABLE "invitations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "invitations" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "invitations";
CREATE POLICY "tenancy_scope" ON "invitations" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "invitations";
CREATE POLICY "tenancy_guard" ON "invitations" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "invitations";
REVOKE ALL ON "invitations" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "invitations" TO "saas_app";
GRANT SELECT, DELETE ON "invitations" TO "saas_eraser";

-- members: rows of the tenant in tenant_id
ALTER TABLE "members" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "members" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "members";
CREATE POLICY "tenancy_scope" ON "members" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "members";
CREATE POLICY "tenancy_guard" ON "members" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "members";
REVOKE ALL ON "members" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "members" TO "saas_app";
GRANT SELECT, DELETE ON "members" TO "saas_eraser";

-- organisations: a tenant's own row, by id
ALTER TABLE "organisations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "organisations" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "organisations";
CREATE POLICY "tenancy_scope" ON "organisations" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "organisations";
CREATE POLICY "tenancy_guard" ON "organisations" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "organisations";
REVOKE ALL ON "organisations" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "organisations" TO "saas_app";
GRANT SELECT, DELETE ON "organisations" TO "saas_eraser";

-- projects: rows of the tenant in tenant_id
ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "projects" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "projects";
CREATE POLICY "tenancy_scope" ON "projects" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "projects";
CREATE POLICY "tenancy_guard" ON "projects" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "projects";
REVOKE ALL ON "projects" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "projects" TO "saas_app";
GRANT SELECT, DELETE ON "projects" TO "saas_eraser";

-- reports: rows of the tenant in tenant_id
ALTER TABLE "reports" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "reports";
CREATE POLICY "tenancy_scope" ON "reports" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "reports";
CREATE POLICY "tenancy_guard" ON "reports" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "reports";
REVOKE ALL ON "reports" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "reports" TO "saas_app";
GRANT SELECT, DELETE ON "reports" TO "saas_eraser";

-- tasks: rows of the tenant in tenant_id
ALTER TABLE "tasks" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tasks" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "tasks";
CREATE POLICY "tenancy_scope" ON "tasks" AS PERMISSIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "tasks";
CREATE POLICY "tenancy_guard" ON "tasks" AS RESTRICTIVE FOR ALL TO "saas_app", "saas_eraser"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "tasks";
REVOKE ALL ON "tasks" FROM PUBLIC, "saas_app", "saas_eraser";
GRANT SELECT, INSERT, UPDATE, DELETE ON "tasks" TO "saas_app";
GRANT SELECT, DELETE ON "tasks" TO "saas_eraser";

-- Partitions and inheritance children have no policies of themselves. They get the same, and no
-- privileges: their rows are reached through the parent.
DO $tenancy$
DECLARE
    granted CONSTANT text := '"saas_app", "saas_eraser"';
    scoped CONSTANT text := '"saas_app", "saas_eraser"';
    names CONSTANT text[] := ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete', 'tenancy_admin']::text[];
    name text;
    condition text;
    child record;
    policy record;
BEGIN
    FOR child IN
        WITH RECURSIVE tree (relation, condition) AS (
            SELECT parent::pg_catalog.regclass::oid, v.condition
            FROM (VALUES
                ('"activity"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"api_tokens"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"attachments"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"comments"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"invitations"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"members"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"organisations"', E'"tenancy_child"."id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"projects"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"reports"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"tasks"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)')
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
            FROM pg_catalog.unnest(ARRAY['"activity"', '"api_tokens"', '"attachments"', '"comments"', '"invitations"', '"members"', '"organisations"', '"projects"', '"reports"', '"tasks"']::text[]) AS declared
            WHERE pg_catalog.to_regclass(declared) IS NOT NULL
        )
        ORDER BY c.oid::pg_catalog.regclass::text
    LOOP
        EXECUTE pg_catalog.format(
            'REVOKE ALL ON %s FROM PUBLIC, %s', child.relation, granted);
        -- A foreign table cannot have policies. Without privileges it is reached through the parent.
        CONTINUE WHEN child.relkind = 'f';
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', child.relation);
        EXECUTE pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', child.relation);
        FOREACH name IN ARRAY names LOOP
            EXECUTE pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', name, child.relation);
        END LOOP;
        condition := pg_catalog.replace(child.condition, '"tenancy_child"', pg_catalog.quote_ident(child.relname));
        FOR policy IN
            SELECT * FROM (VALUES
                ('tenancy_scope', 'PERMISSIVE', 'ALL', true, true),
                ('tenancy_guard', 'RESTRICTIVE', 'ALL', true, true)
            ) AS v (name, kind, command, has_using, has_check)
        LOOP
            EXECUTE pg_catalog.format(
                'CREATE POLICY %I ON %s AS %s FOR %s TO %s',
                policy.name, child.relation, policy.kind, policy.command, scoped
            ) || CASE WHEN policy.has_using THEN ' USING (' || condition || ')' ELSE '' END
            || CASE WHEN policy.has_check THEN ' WITH CHECK (' || condition || ')' ELSE '' END;
        END LOOP;
    END LOOP;
END
$tenancy$;

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
                '"activity"'::pg_catalog.regclass,
                '"api_tokens"'::pg_catalog.regclass,
                '"attachments"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass,
                '"invitations"'::pg_catalog.regclass,
                '"members"'::pg_catalog.regclass,
                '"organisations"'::pg_catalog.regclass,
                '"projects"'::pg_catalog.regclass,
                '"reports"'::pg_catalog.regclass,
                '"tasks"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO %I', sequence, 'saas_app');
    END LOOP;
END
$tenancy$;
