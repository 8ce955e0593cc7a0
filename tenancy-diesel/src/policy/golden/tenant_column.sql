-- tenancy_tenant_column
-- The tenant column. It runs as the owner of the tables.
SET LOCAL row_security = off;
DO $tenancy$
DECLARE
    relation pg_catalog.regclass;
BEGIN
    FOR relation IN
        WITH RECURSIVE tree (relation) AS (
            SELECT t::oid FROM pg_catalog.unnest(ARRAY[
                '"tasks"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            ]) AS t
            UNION
            SELECT i.inhrelid
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT tree.relation::pg_catalog.regclass
        FROM tree
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = tree.relation AND polname = ANY (ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete']::text[])
        )
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', relation);
    END LOOP;
END
$tenancy$;
ALTER TABLE "comments" ADD COLUMN "tenant_id" uuid;
ALTER TABLE "comments" ALTER COLUMN "tenant_id" SET DEFAULT nullif(current_setting('app.tenant_id', true), '')::uuid;
UPDATE "comments" AS t SET "tenant_id" = o."tenant_id"
    FROM "tasks" AS o
    WHERE o."id" = t."task_id" AND t."tenant_id" IS NULL;
DO $tenancy$
BEGIN
    IF EXISTS (SELECT FROM "comments" WHERE "tenant_id" IS NULL) THEN
        RAISE EXCEPTION 'tenancy: rows of % have no owner, so that no tenant can be told', '"comments"';
    END IF;
END
$tenancy$;
ALTER TABLE "tasks" ADD CONSTRAINT "tenancy_tasks_id_target" UNIQUE ("tenant_id", "id");
ALTER TABLE "comments" ADD CONSTRAINT "tenancy_comments_owner_fkey"
    FOREIGN KEY ("tenant_id", "task_id") REFERENCES "tasks" ("tenant_id", "id");
ALTER TABLE "comments" ALTER COLUMN "tenant_id" SET NOT NULL;
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
                '"comments"'::pg_catalog.regclass,
                '"attachments"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('DROP POLICY %I ON %s', policy.polname, policy.relation);
    END LOOP;
END
$tenancy$;
-- comments: rows of the tenant in tenant_id
ALTER TABLE "comments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "comments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
CREATE POLICY "tenancy_scope" ON "comments" AS PERMISSIVE FOR ALL TO "app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
CREATE POLICY "tenancy_guard" ON "comments" AS RESTRICTIVE FOR ALL TO "app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
REVOKE ALL ON "comments" FROM PUBLIC, "app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "comments" TO "app";
-- On a large table, create this index CONCURRENTLY beforehand, under this name.
CREATE INDEX IF NOT EXISTS "tenancy_comments_tenant_idx" ON "comments" ("tenant_id", "id");
-- attachments: owned by comments, through comment_id
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "attachments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "attachments";
CREATE POLICY "tenancy_scope" ON "attachments" AS PERMISSIVE FOR ALL TO "app"
    USING (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)));
DROP POLICY IF EXISTS "tenancy_guard" ON "attachments";
CREATE POLICY "tenancy_guard" ON "attachments" AS RESTRICTIVE FOR ALL TO "app"
    USING (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)));
DROP POLICY IF EXISTS "tenancy_admin" ON "attachments";
REVOKE ALL ON "attachments" FROM PUBLIC, "app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "attachments" TO "app";
-- Partitions and inheritance children have no policies of themselves. They get the same, and no
-- privileges: their rows are reached through the parent.
DO $tenancy$
DECLARE
    granted CONSTANT text := '"app"';
    scoped CONSTANT text := '"app"';
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
                ('"comments"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"attachments"', E'EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "tenancy_child"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid))')
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
            FROM pg_catalog.unnest(ARRAY['"organisations"', '"projects"', '"tasks"', '"comments"', '"attachments"', '"billing"."tasks"', '"countries"', '"legacy_events"']::text[]) AS declared
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
DO $tenancy$
DECLARE
    relation pg_catalog.regclass;
BEGIN
    FOR relation IN
        WITH RECURSIVE tree (relation) AS (
            SELECT t::oid FROM pg_catalog.unnest(ARRAY[
                '"tasks"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            ]) AS t
            UNION
            SELECT i.inhrelid
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT tree.relation::pg_catalog.regclass
        FROM tree
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = tree.relation AND polname = ANY (ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete']::text[])
        )
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', relation);
    END LOOP;
END
$tenancy$;
SET LOCAL row_security TO DEFAULT;

